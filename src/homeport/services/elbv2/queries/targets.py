"""Statements over targets.  What to write is planned in plan.target_health and plan.draining.

Announces ``target group`` with the group's ARN when there are other targets than before, or one
begins to drain, and ``target health`` when one is shown otherwise than before.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.elbv2.records.target_groups import Observed, Target
from homeport.services.elbv2.tables import targets as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Target)

_KEY = (
    table.c.group_arn == bindparam("of_group"),
    table.c.target_id == bindparam("of_id"),
    table.c.port == bindparam("of_port"),
)
_OF_GROUP = select(table.c.body).where(table.c.group_arn == bindparam("group"))
_OF_GROUPS = select(table.c.group_arn, table.c.body).where(
    table.c.group_arn.in_(bindparam("groups", expanding=True))
)
_OF_IDS = select(table.c.body).where(
    table.c.group_arn == bindparam("group"),
    table.c.target_id.in_(bindparam("ids", expanding=True)),
)
_COUNT = select(func.count()).select_from(table).where(table.c.group_arn == bindparam("group"))
_DRAINING = (
    select(table.c.body)
    .where(table.c.group_arn == bindparam("group"), table.c.draining_since.is_not(None))
    .order_by(table.c.draining_since)
)
_GROUPS_DRAINING = select(table.c.group_arn).where(table.c.draining_since.is_not(None)).distinct()
_INSERT = insert(table)
_UPDATE = (
    update(table).where(*_KEY).values(draining_since=bindparam("since"), body=bindparam("body"))
)
_DELETE = delete(table).where(*_KEY)
_DELETE_ALL = delete(table).where(table.c.group_arn == bindparam("group"))


def targets_of(tx: ReadTx, group_arn: str) -> tuple[Target, ...]:
    """Every target of the group, those that drain included, by id and port."""
    rows = tx.rows(_OF_GROUP, {"group": group_arn})
    return tuple(sorted((_DECODER.decode(row.body) for row in rows), key=_order))


def targets_of_many(tx: ReadTx, group_arns: Sequence[str]) -> dict[str, list[Target]]:
    """The targets of each of these groups, in the order of `targets_of`."""
    found: dict[str, list[Target]] = {arn: [] for arn in group_arns}
    if found:
        for row in tx.rows(_OF_GROUPS, {"groups": list(found)}):
            found[row.group_arn].append(_DECODER.decode(row.body))
    for members in found.values():
        members.sort(key=_order)
    return found


def find_targets(tx: ReadTx, group_arn: str, ids: Sequence[str]) -> dict[tuple[str, int], Target]:
    """Targets of the group with one of these ids, at whatever port, by id and port."""
    if not ids:
        return {}
    rows = tx.rows(_OF_IDS, {"group": group_arn, "ids": list(dict.fromkeys(ids))})
    found = (_DECODER.decode(row.body) for row in rows)
    return {(target.target_id, target.port): target for target in found}


def count_of(tx: ReadTx, group_arn: str) -> int:
    """How many targets the group has, those that drain included."""
    return int(tx.scalar(_COUNT, {"group": group_arn}))


def draining_targets(tx: ReadTx, group_arn: str) -> tuple[Target, ...]:
    """Targets of the group that drain, the longest first."""
    rows = tx.rows(_DRAINING, {"group": group_arn})
    return tuple(_DECODER.decode(row.body) for row in rows)


def groups_with_draining(tx: ReadTx) -> tuple[str, ...]:
    """The groups of which a target drains."""
    return tuple(row.group_arn for row in tx.rows(_GROUPS_DRAINING))


def insert_targets(tx: Tx, targets: Sequence[Target]) -> None:
    """Add new targets."""
    if not targets:
        return
    rows = [
        {
            "group_arn": target.group_arn,
            "target_id": target.target_id,
            "port": target.port,
            "draining_since": target.draining_since,
            "body": _ENCODER.encode(target),
        }
        for target in targets
    ]
    tx.execute(_INSERT, rows)
    _announce(tx, targets)


def save_targets(tx: Tx, targets: Sequence[Target]) -> None:
    """Replace the records of these targets: they are routed to otherwise than before."""
    if targets:
        tx.execute(_UPDATE, [_moving(target) for target in targets])
        _announce(tx, targets)


def save_observed(tx: Tx, targets: Sequence[Target]) -> None:
    """Replace the records of these targets: they are only shown otherwise than before.

    One that drains is shown as it was.
    """
    if targets:
        tx.execute(_UPDATE, [_moving(target) for target in targets])
        for arn in {each.group_arn for each in targets if each.draining_since is None}:
            tx.changed("target health", arn)


def begin_anew(tx: Tx, group_arn: str, *, is_used: bool) -> None:
    """The group begins or ceases to be used: what health checks said of its targets is forgotten.

    Where no load balancer is, nobody is connected: targets that drain are free.
    """
    before = targets_of(tx, group_arn)
    after = [
        replace(
            each,
            observed=Observed(),
            is_free=each.is_free or (each.draining_since is not None and not is_used),
        )
        for each in before
    ]
    save_targets(tx, [new for old, new in zip(before, after, strict=True) if new != old])


def delete_targets(tx: Tx, targets: Sequence[Target]) -> None:
    """Remove these targets."""
    if targets:
        tx.execute(_DELETE, [_key(target) for target in targets])
        _announce(tx, targets)


def delete_all(tx: Tx, group_arn: str) -> None:
    """Remove every target of the group."""
    tx.execute(_DELETE_ALL, {"group": group_arn})


def _order(target: Target) -> tuple[str, int]:
    """In Python: databases do not agree on how to sort text."""
    return target.target_id, target.port


def _key(target: Target) -> dict[str, object]:
    return {"of_group": target.group_arn, "of_id": target.target_id, "of_port": target.port}


def _moving(target: Target) -> dict[str, object]:
    return {
        **_key(target),
        "since": target.draining_since,
        "body": _ENCODER.encode(target),
    }


def _announce(tx: Tx, targets: Sequence[Target]) -> None:
    for arn in {target.group_arn for target in targets}:
        tx.changed("target group", arn)
        tx.changed("target health", arn)
