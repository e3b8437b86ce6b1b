"""Statements over target groups.

Announces ``target group`` with a group's ARN for every change of what the data plane should do
with it, ``target health`` where that also changes how its targets are shown.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.elbv2.queries import forwards, targets
from homeport.services.elbv2.records.target_groups import TargetGroup
from homeport.services.elbv2.tables import target_groups as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(TargetGroup)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_BY_ARNS = select(table.c.body).where(table.c.arn.in_(bindparam("arns", expanding=True)))
_BY_NAME = select(table.c.body).where(
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
    table.c.name == bindparam("name"),
)
_BY_NAMES = select(table.c.body).where(
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
    table.c.name.in_(bindparam("names", expanding=True)),
)
_OF_REGION = (
    select(table.c.body)
    .where(table.c.account == bindparam("account"), table.c.region == bindparam("region"))
    .order_by(table.c.name)
)
_COUNT = (
    select(func.count())
    .select_from(table)
    .where(table.c.account == bindparam("account"), table.c.region == bindparam("region"))
)
_INSERT = insert(table)
_UPDATE = update(table).where(table.c.arn == bindparam("of")).values(body=bindparam("body"))
_DELETE = delete(table).where(table.c.arn == bindparam("arn"))


def find_group(tx: ReadTx, arn: str) -> TargetGroup | None:
    """The target group with this ARN."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def find_groups(tx: ReadTx, arns: Sequence[str]) -> dict[str, TargetGroup]:
    """Those of `arns` that exist, by ARN."""
    if not arns:
        return {}
    found = (_DECODER.decode(row.body) for row in tx.rows(_BY_ARNS, {"arns": list(arns)}))
    return {group.arn: group for group in found}


def find_named(tx: ReadTx, account: str, region: str, name: str) -> TargetGroup | None:
    """The region's target group of this name."""
    body = tx.scalar(_BY_NAME, {"account": account, "region": region, "name": name})
    return None if body is None else _DECODER.decode(body)


def find_all_named(
    tx: ReadTx, account: str, region: str, names: Sequence[str]
) -> tuple[TargetGroup, ...]:
    """Those of the region's target groups that have one of these names."""
    rows = tx.rows(_BY_NAMES, {"account": account, "region": region, "names": list(names)})
    return tuple(_DECODER.decode(row.body) for row in rows)


def groups_of(tx: ReadTx, account: str, region: str) -> tuple[TargetGroup, ...]:
    """The region's target groups, by name."""
    rows = tx.rows(_OF_REGION, {"account": account, "region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def count_of(tx: ReadTx, account: str, region: str) -> int:
    """How many target groups the region has."""
    return int(tx.scalar(_COUNT, {"account": account, "region": region}))


def insert_group(tx: Tx, group: TargetGroup) -> None:
    """Add a new target group."""
    row = {
        "arn": group.arn,
        "account": group.account,
        "region": group.region,
        "name": group.name,
        "body": _ENCODER.encode(group),
    }
    tx.execute(_INSERT, row)
    tx.changed("target group", group.arn)


def save_group(tx: Tx, group: TargetGroup) -> None:
    """Replace the record of the group."""
    tx.execute(_UPDATE, {"of": group.arn, "body": _ENCODER.encode(group)})
    tx.changed("target group", group.arn)


def delete_group(tx: Tx, arn: str) -> None:
    """Remove the group with everything that is registered with it."""
    targets.delete_all(tx, arn)
    tx.execute(_DELETE, {"arn": arn})
    tx.changed("target group", arn)
    tx.changed("target health", arn)


def announce(tx: Tx, group_arns: Iterable[str]) -> None:
    """What listeners forward to these groups has changed: call it after it is written.

    The health of a group's targets starts anew when it begins to be used.  `queries.forwards`
    never imports this module.
    """
    arns = sorted(set(group_arns))
    for group in find_groups(tx, arns).values():
        in_use = bool(forwards.load_balancers_of_group(tx, group.arn))
        if in_use != group.in_use:
            save_group(tx, replace(group, in_use=in_use))
            targets.begin_anew(tx, group.arn, is_used=in_use)
        tx.changed("target group", group.arn)
        tx.changed("target health", group.arn)
