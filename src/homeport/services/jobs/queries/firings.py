"""Statements over firings.

Announces ``firing`` with the lane of one that is to be tried, and ``firing over`` with the source's
ARN of one that is awaited and was delivered or given up.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import BindParameter, Row, bindparam, delete, false, func, insert, select, update

from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.outcomes import ledger_outcome
from homeport.services.jobs.records.runs import Outcome
from homeport.services.jobs.tables import firings as table
from homeport.services.jobs.tables import run_tasks, runs
from homeport.store import ReadTx, Tx

DUE_AT_ONCE: Final = 25
"""Firings of a lane that one pass tries."""
FORGOTTEN_AT_ONCE: Final = 200
WOKEN_AT_ONCE: Final = 20
"""Firings that news of room on a cluster has tried again."""

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Firing)
_ROW: Final = (table.c.sequence, table.c.body)

_BY_ID = select(*_ROW).where(table.c.id == bindparam("of"))
_BY_TOKEN = select(table.c.id).where(
    table.c.source == bindparam("source"),
    table.c.target_id == bindparam("target_id"),
    table.c.token == bindparam("token"),
)
_DUE = (
    select(*_ROW)
    .where(table.c.lane == bindparam("of"), table.c.next_attempt_at <= bindparam("now"))
    .order_by(table.c.sequence)
    .limit(DUE_AT_ONCE)
)
_NEXT = select(func.min(table.c.next_attempt_at)).where(
    table.c.lane == bindparam("of"), table.c.next_attempt_at.is_not(None)
)
_PENDING_LANES = (
    select(table.c.lane).where(table.c.next_attempt_at.is_not(None)).group_by(table.c.lane)
)
_UNDELIVERED = (
    select(func.count())
    .select_from(table)
    .where(table.c.source == bindparam("of"), table.c.is_over == false())
)
_WAITING_IN_LANE = (
    select(*_ROW)
    .where(
        table.c.source == bindparam("source"),
        table.c.is_over == false(),
        table.c.lane == bindparam("of"),
        table.c.waits_for.is_not(None),
    )
    .order_by(table.c.sequence)
)
_WAITING = (
    select(*_ROW)
    .where(table.c.waits_for == bindparam("what"))
    .order_by(table.c.sequence)
    .limit(WOKEN_AT_ONCE)
)
_AWAITED = select(table.c.waits_for).where(table.c.waits_for.is_not(None)).distinct()
_CLOSED = (
    select(table.c.id)
    .where(table.c.closed_at < bindparam("until"))
    .order_by(table.c.closed_at)
    .limit(FORGOTTEN_AT_ONCE)
)
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "state",
                "outcome",
                "next_attempt_at",
                "waits_for",
                "is_over",
                "closed_at",
                "body",
            )
        }
    )
)
_OF_FIRINGS: Final[BindParameter[str]] = bindparam("firing_ids", expanding=True)
_FORGET_TASKS = delete(run_tasks).where(
    run_tasks.c.run_id.in_(select(runs.c.id).where(runs.c.firing_id.in_(_OF_FIRINGS)))
)
_FORGET_RUNS = delete(runs).where(runs.c.firing_id.in_(_OF_FIRINGS))
_FORGET = delete(table).where(table.c.id.in_(_OF_FIRINGS))


def find_firing(tx: ReadTx, firing_id: str) -> Firing | None:
    """The firing with this id."""
    row = tx.row(_BY_ID, {"of": firing_id})
    return None if row is None else _firing(row)


def known_id(tx: ReadTx, source: str, target_id: str, token: str) -> str | None:
    """The id of the firing that a source and its target know by this token."""
    found = tx.scalar(_BY_TOKEN, {"source": source, "target_id": target_id, "token": token})
    return None if found is None else str(found)


def due_firings(tx: ReadTx, lane: str, *, now: float) -> tuple[Firing, ...]:
    """Those of a lane that are to be tried now, in their order: at most `DUE_AT_ONCE`."""
    return tuple(_firing(row) for row in tx.rows(_DUE, {"of": lane, "now": now}))


def next_attempt_at(tx: ReadTx, lane: str) -> float | None:
    """When the next firing of a lane is to be tried."""
    found = tx.scalar(_NEXT, {"of": lane})
    return None if found is None else float(found)


def pending_lanes(tx: ReadTx) -> tuple[str, ...]:
    """Every lane with a firing that is to be tried at some time."""
    return tuple(row.lane for row in tx.rows(_PENDING_LANES))


def count_undelivered(tx: ReadTx, source: str) -> int:
    """How many firings of a source are not over."""
    return int(tx.scalar(_UNDELIVERED, {"of": source}))


def waiting_in_lane(tx: ReadTx, source: str, lane: str) -> tuple[Firing, ...]:
    """The firings of a lane that wait for something, in their order."""
    rows = tx.rows(_WAITING_IN_LANE, {"source": source, "of": lane})
    return tuple(_firing(row) for row in rows)


def waiting_for(tx: ReadTx, what: str) -> tuple[Firing, ...]:
    """The firings that wait for this, in their order: at most `WOKEN_AT_ONCE`."""
    return tuple(_firing(row) for row in tx.rows(_WAITING, {"what": what}))


def awaited(tx: ReadTx) -> tuple[str, ...]:
    """Everything that some firing waits for."""
    return tuple(row.waits_for for row in tx.rows(_AWAITED))


def insert_firing(tx: Tx, firing: Firing) -> None:
    """Add a new firing."""
    wanted = firing.wanted
    row = {
        "id": firing.id,
        "account": wanted.account,
        "region": wanted.region,
        "source": wanted.source,
        "target_id": wanted.target_id,
        "token": wanted.token,
        "lane": firing.lane,
        "stands_for": max(1, firing.missed_count),
        "due_at": wanted.due_at,
        **_moving(firing, None),
    }
    tx.execute(_INSERT, row)
    _announce(tx, firing, is_news=True)


def save_firing(
    tx: Tx, before: Firing, after: Firing, *, run_outcome: Outcome | None = None
) -> None:
    """Replace the record; `run_outcome`: of its newest run, if it has one."""
    moving = {f"new_{name}": value for name, value in _moving(after, run_outcome).items()}
    tx.execute(_UPDATE, {"of": after.id, **moving})
    _announce(tx, after, is_news=not before.is_over)


def wake_firing(tx: Tx, firing: Firing, *, now: float) -> None:
    """Have a firing that waits tried now; the time it waited is not counted in its age."""
    since = firing.waiting_since if firing.waiting_since is not None else now
    woken = replace(
        firing,
        state="PENDING",
        waits_for="",
        waiting_since=None,
        waited_s=firing.waited_s + max(0.0, now - since),
        next_attempt_at=now,
    )
    save_firing(tx, firing, woken)


def forget_closed(tx: Tx, *, until: float) -> int:
    """Drop some firings that were over with their runs before then: how many."""
    ids = [row.id for row in tx.rows(_CLOSED, {"until": until})]
    if ids:
        for statement in (_FORGET_TASKS, _FORGET_RUNS, _FORGET):
            tx.execute(statement, {"firing_ids": ids})
    return len(ids)


def _announce(tx: Tx, firing: Firing, *, is_news: bool) -> None:
    if firing.state == "PENDING":
        tx.changed("firing", firing.lane)
    elif firing.is_over and is_news and firing.wanted.is_awaited:
        tx.changed("firing over", firing.wanted.source)


def _moving(firing: Firing, run_outcome: Outcome | None) -> dict[str, object]:
    return {
        "state": firing.state,
        "outcome": ledger_outcome(firing.state, run_outcome),
        "next_attempt_at": firing.next_attempt_at,
        "waits_for": firing.waits_for or None,
        "is_over": firing.is_over,
        "closed_at": firing.closed_at,
        "body": _ENCODER.encode(firing),
    }


def _firing(row: Row[Any]) -> Firing:
    return replace(_DECODER.decode(row.body), sequence=row.sequence)
