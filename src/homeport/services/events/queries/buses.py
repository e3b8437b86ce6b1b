"""Statements over event buses."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.events.records.buses import Bus, Place
from homeport.services.events.tables import buses as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Bus)

_OF_REGION = (table.c.account == bindparam("of_account")) & (
    table.c.region == bindparam("of_region")
)
_NAMED = _OF_REGION & (table.c.name == bindparam("of"))
_FIND = select(table.c.body).where(_NAMED)
_ALL = select(table.c.body).where(_OF_REGION).order_by(table.c.name)
_COUNT = select(func.count()).select_from(table).where(_OF_REGION)
_INSERT = insert(table)
_UPDATE = update(table).where(_NAMED).values(body=bindparam("content"))
_DELETE = delete(table).where(_NAMED)


def find_bus(tx: ReadTx, place: Place) -> Bus | None:
    """The bus, as it was stored."""
    body = tx.scalar(_FIND, _key(place))
    return None if body is None else _DECODER.decode(body)


def buses_of(tx: ReadTx, account: str, region: str) -> tuple[Bus, ...]:
    """The stored buses of a region, by name."""
    rows = tx.rows(_ALL, {"of_account": account, "of_region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def count_of(tx: ReadTx, account: str, region: str) -> int:
    """How many buses of a region are stored."""
    return int(tx.scalar(_COUNT, {"of_account": account, "of_region": region}))


def save_bus(tx: Tx, bus: Bus) -> None:
    """Store the bus, known before or not."""
    content = _ENCODER.encode(bus)
    if tx.execute(_UPDATE, {**_key(bus.place), "content": content}):
        return
    home = {"account": bus.place.account, "region": bus.place.region, "name": bus.name}
    tx.execute(_INSERT, {**home, "body": content})


def delete_bus(tx: Tx, bus: Bus) -> None:
    """Remove the bus alone."""
    tx.execute(_DELETE, _key(bus.place))


def _key(place: Place) -> dict[str, object]:
    return {"of_account": place.account, "of_region": place.region, "of": place.bus}
