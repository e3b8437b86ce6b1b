"""Statements over schedule groups.

The group ``default`` is there even where no row says so: see `find_group`.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from homeport.services.scheduler.queries.schedules import HIGHEST
from homeport.services.scheduler.records.groups import DEFAULT, Group
from homeport.services.scheduler.tables import groups as table
from homeport.store import ReadTx, Tx

DELETING: Final = "schedule group"
"""The kind of change that says that a group is to be removed; its key is the ARN."""

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Group)

_OF_REGION = and_(
    table.c.account == bindparam("of_account"), table.c.region == bindparam("of_region")
)
_FIND = select(table.c.body).where(_OF_REGION, table.c.name == bindparam("called"))
_ALL = select(table.c.body).where(_OF_REGION)
_COUNT = select(func.count()).select_from(table).where(_OF_REGION, table.c.name != DEFAULT)
_PAGE = (
    select(table.c.body)
    .where(
        _OF_REGION,
        table.c.name > bindparam("after"),
        table.c.name >= bindparam("lowest"),
        table.c.name < bindparam("highest"),
    )
    .order_by(table.c.name)
    .limit(bindparam("most"))
)
_INSERT = insert(table)
_SAVE = (
    update(table)
    .where(_OF_REGION, table.c.name == bindparam("called"))
    .values(is_deleting=bindparam("new_is_deleting"), body=bindparam("new_body"))
)
_DELETE = delete(table).where(_OF_REGION, table.c.name == bindparam("called"))
_DELETING = select(table.c.body).where(table.c.is_deleting.is_(True))


def find_group(tx: ReadTx, account: str, region: str, name: str) -> Group | None:
    """The region's group of this name; `default` always is."""
    body = tx.scalar(_FIND, _key(account, region, name))
    if body is not None:
        return _DECODER.decode(body)
    return Group(account=account, region=region, name=name) if name == DEFAULT else None


def groups_of(tx: ReadTx, account: str, region: str) -> dict[str, Group]:
    """All groups of a region, by name."""
    rows = tx.rows(_ALL, _of(account, region))
    found = [_DECODER.decode(row.body) for row in rows]
    always = {DEFAULT: Group(account=account, region=region, name=DEFAULT)}
    return always | {each.name: each for each in found}


def count_of(tx: ReadTx, account: str, region: str) -> int:
    """How many groups a region has beside `default`."""
    return int(tx.scalar(_COUNT, _of(account, region)))


def page_of(
    tx: ReadTx, account: str, region: str, *, prefix: str, after: str, most: int
) -> tuple[Group, ...]:
    """Up to `most` groups by name, behind `after`."""
    wanted = {
        **_of(account, region),
        "after": after,
        "lowest": prefix,
        "highest": prefix + HIGHEST,
        "most": most,
    }
    found = [_DECODER.decode(row.body) for row in tx.rows(_PAGE, wanted)]
    default = find_group(tx, account, region, DEFAULT)
    if default is not None and after < DEFAULT and DEFAULT.startswith(prefix):
        found = [*(each for each in found if each.name != DEFAULT), default]
    return tuple(sorted(found, key=lambda each: each.name)[:most])


def put_group(tx: Tx, group: Group) -> None:
    """Record a group, new or not."""
    key = _key(group.account, group.region, group.name)
    body = _ENCODER.encode(group)
    if not tx.execute(_SAVE, key | {"new_is_deleting": group.is_deleting, "new_body": body}):
        row: dict[str, Any] = {
            "account": group.account,
            "region": group.region,
            "name": group.name,
            "is_deleting": group.is_deleting,
            "body": body,
        }
        tx.execute(_INSERT, row)
    if group.is_deleting:
        tx.changed(DELETING, group.arn)


def delete_group(tx: Tx, group: Group) -> None:
    """Remove a group alone."""
    tx.execute(_DELETE, _key(group.account, group.region, group.name))


def deleting(tx: ReadTx) -> tuple[Group, ...]:
    """Every group of every region that is to be removed."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_DELETING))


def _key(account: str, region: str, name: str) -> dict[str, object]:
    return {**_of(account, region), "called": name}


def _of(account: str, region: str) -> dict[str, object]:
    return {"of_account": account, "of_region": region}
