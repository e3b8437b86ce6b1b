"""Statements over the events that were put on a bus and not looked at yet.

Announces ``bus event`` when there are new ones.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, insert, select

from homeport.services.events.queries.rules import is_listened_to
from homeport.services.events.records.buses import PutEvent
from homeport.services.events.tables import inbox as table
from homeport.store import ReadTx, Tx

NEWS: Final = "bus event"
"""Announced when an event was put on a bus with a rule that may match it."""
KEY: Final = ""
"""The one key of the loop that looks at events; ECS announces its own events with the same."""

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(PutEvent)

_OLDEST = select(table).order_by(table.c.sequence).limit(bindparam("count"))
_INSERT = insert(table)
_DELETE = delete(table).where(table.c.sequence.in_(bindparam("sequences", expanding=True)))


def put(tx: Tx, event: PutEvent) -> None:
    """Have the event looked at, after those that were put before, if any rule would."""
    if not is_listened_to(tx, event.place):
        return
    tx.execute(_INSERT, {"body": _ENCODER.encode(event)})
    tx.changed(NEWS, KEY)


def oldest(tx: ReadTx, count: int) -> tuple[PutEvent, ...]:
    """The events that wait longest, in the order in which they were put."""
    return tuple(
        replace(_DECODER.decode(row.body), sequence=row.sequence)
        for row in tx.rows(_OLDEST, {"count": count})
    )


def remove(tx: Tx, events: Sequence[PutEvent]) -> None:
    """Forget events that were looked at."""
    if events:
        tx.execute(_DELETE, {"sequences": [each.sequence for each in events]})
