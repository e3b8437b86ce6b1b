"""Has firings tried again that wait for room on a cluster, when there may be some."""

from typing import Final

from homeport.kernel.arn import BadArn, parse
from homeport.runtime import Tick
from homeport.services.jobs.queries import firings
from homeport.services.jobs.reconcile.waking import wake
from homeport.store import ReadTx, Tx

WATCHES: Final = ("capacity", "instance", "room")
_ROOM: Final = "room "


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Wake some of those that wait for room where something changed, the longest waiting first."""
    for what in _waited_for(tx, key):
        for each in firings.waiting_for(tx, what):
            wake(tx, tick, each)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every cluster on which something waits for room."""
    return tuple(each.removeprefix(_ROOM) for each in firings.awaited(tx) if _is_room(each))


def _waited_for(tx: ReadTx, key: str) -> tuple[str, ...]:
    """An instance may have room for tasks of any cluster: those of Fargate run anywhere."""
    try:
        arn = parse(key)
    except BadArn:
        return ()
    if arn.kind == "cluster":
        return (_ROOM + key,)
    place = f":{arn.region}:{arn.account}:"
    return tuple(each for each in firings.awaited(tx) if _is_room(each) and place in each)


def _is_room(what: str) -> bool:
    return what.startswith(_ROOM)
