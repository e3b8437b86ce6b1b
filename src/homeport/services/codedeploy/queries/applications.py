"""Statements over applications."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.codedeploy.records.applications import Application
from homeport.services.codedeploy.tables import applications as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Application)

_OF_REGION = (table.c.account == bindparam("account")) & (table.c.region == bindparam("region"))
_NAMED = select(table.c.name, table.c.body).where(
    _OF_REGION, table.c.name.in_(bindparam("names", expanding=True))
)
_NAMES = select(table.c.name).where(_OF_REGION).order_by(table.c.name)
_COUNT = select(func.count()).select_from(table).where(_OF_REGION)
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(name=bindparam("new_name"), body=bindparam("new_body"))
)
_DELETE = delete(table).where(table.c.id == bindparam("of"))


def find_application(tx: ReadTx, account: str, region: str, name: str) -> Application | None:
    """The region's application of this name."""
    return find_all(tx, account, region, [name]).get(name)


def find_all(tx: ReadTx, account: str, region: str, names: Sequence[str]) -> dict[str, Application]:
    """Those of the region's applications that have one of these names, by name."""
    where = {"account": account, "region": region, "names": list(names)}
    return {row.name: _DECODER.decode(row.body) for row in tx.rows(_NAMED, where)}


def names_of(tx: ReadTx, account: str, region: str) -> tuple[str, ...]:
    """The names of the region's applications, in order."""
    rows = tx.rows(_NAMES, {"account": account, "region": region})
    return tuple(row.name for row in rows)


def count_of(tx: ReadTx, account: str, region: str) -> int:
    """How many applications the region has."""
    return int(tx.scalar(_COUNT, {"account": account, "region": region}))


def insert_application(tx: Tx, application: Application) -> None:
    """Add a new application."""
    row = {
        "id": application.id,
        "account": application.account,
        "region": application.region,
        "name": application.name,
        "body": _ENCODER.encode(application),
    }
    tx.execute(_INSERT, row)


def save_application(tx: Tx, application: Application) -> None:
    """Replace the record of the application."""
    row = {
        "of": application.id,
        "new_name": application.name,
        "new_body": _ENCODER.encode(application),
    }
    tx.execute(_UPDATE, row)


def delete_application(tx: Tx, application_id: str) -> None:
    """Remove the application alone."""
    tx.execute(_DELETE, {"of": application_id})
