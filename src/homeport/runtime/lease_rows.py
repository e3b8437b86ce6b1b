"""Statements over the control planes that share a database, and over who holds which shard.

Announces ``lease`` when who holds what has changed, or should.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.runtime.tables import leases, planes
from homeport.store import ReadTx, Tx

KIND = "lease"

_BEAT = (
    update(planes).where(planes.c.plane == bindparam("of")).values(heartbeat=planes.c.heartbeat + 1)
)
_ARRIVE = insert(planes)
_PLANES = select(planes.c.plane, planes.c.heartbeat)
_LEASES = select(leases.c.shard, leases.c.plane)
_BURY = delete(planes).where(
    planes.c.plane == bindparam("of"), planes.c.heartbeat == bindparam("count")
)
_LEAVE = delete(planes).where(planes.c.plane == bindparam("of"))
_LET_GO_OF_ALL = delete(leases).where(leases.c.plane == bindparam("of"))
_LET_GO = delete(leases).where(
    leases.c.plane == bindparam("of"), leases.c.shard.in_(bindparam("shards", expanding=True))
)
_TAKE_FREE = insert(leases)
_TAKE_OVER = (
    update(leases)
    .where(leases.c.shard == bindparam("of"), leases.c.plane == bindparam("before"))
    .values(plane=bindparam("by"))
)


class Seen(Struct, frozen=True):
    """All of it, at one moment."""

    heartbeats: Mapping[str, int]
    holders: Mapping[int, str]


def beat(tx: Tx, plane: str) -> bool:
    """Show that `plane` lives; False when it was not there and arrives with this."""
    if tx.execute(_BEAT, {"of": plane}):
        return True
    tx.execute(_ARRIVE, {"plane": plane, "heartbeat": 1})
    tx.changed(KIND, plane)
    return False


def look(tx: ReadTx) -> Seen:
    """Who lives, and who holds what."""
    return Seen(
        {row.plane: row.heartbeat for row in tx.rows(_PLANES)},
        {row.shard: row.plane for row in tx.rows(_LEASES)},
    )


def bury(tx: Tx, plane: str, count: int) -> bool:
    """Forget a plane, unless it has shown meanwhile that it lives; its shards are nobody's then."""
    if not tx.execute(_BURY, {"of": plane, "count": count}):
        return False
    tx.execute(_LET_GO_OF_ALL, {"of": plane})
    tx.changed(KIND, plane)
    return True


def leave(tx: Tx, plane: str) -> None:
    """The plane ends: its shards are nobody's from now on."""
    tx.execute(_LEAVE, {"of": plane})
    tx.execute(_LET_GO_OF_ALL, {"of": plane})
    tx.changed(KIND, plane)


def give(tx: Tx, plane: str, shards: Sequence[int]) -> None:
    """Let go of some shards."""
    tx.execute(_LET_GO, {"of": plane, "shards": list(shards)})
    tx.changed(KIND, plane)


def take(tx: Tx, plane: str, shards: Mapping[int, str | None]) -> frozenset[int]:
    """Have shards that were nobody's (None) or this holder's; answers those that are ours now.

    Raises `AlreadyThere` when another was faster with one of nobody's.
    """
    free = [shard for shard, before in shards.items() if before is None]
    if free:
        tx.execute(_TAKE_FREE, [{"shard": shard, "plane": plane} for shard in free])
    taken = [
        shard
        for shard, before in shards.items()
        if before is not None
        and tx.execute(_TAKE_OVER, {"of": shard, "before": before, "by": plane})
    ]
    return frozenset((*free, *taken))
