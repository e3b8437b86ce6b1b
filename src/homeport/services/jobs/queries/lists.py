"""The ledger as it is listed and counted; nothing here writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row, Select, bindparam, func, select

from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.ledger import Tally
from homeport.services.jobs.records.outcomes import LedgerOutcome
from homeport.services.jobs.records.runs import Run
from homeport.services.jobs.tables import firings, runs
from homeport.store import ReadTx

NEWEST: Final = 2**62
"""A sequence after every firing's."""

_FIRING: Final = msgspec.json.Decoder(Firing)
_RUN: Final = msgspec.json.Decoder(Run)

_IN_REGION: Final = (
    firings.c.account == bindparam("in_account"),
    firings.c.region == bindparam("in_region"),
)


def _every_source() -> Select[tuple[str]]:
    """From one source to the next by the index: it costs as much as there are sources, however
    many firings each has."""
    first = select(func.min(firings.c.source).label("source")).where(*_IN_REGION)
    seen = first.cte("seen", recursive=True)
    following = (
        select(func.min(firings.c.source))
        .where(*_IN_REGION, firings.c.source > seen.c.source)
        .scalar_subquery()
    )
    seen = seen.union_all(select(following).where(seen.c.source.is_not(None)))
    return select(seen.c.source).where(seen.c.source.is_not(None))


_SOURCES: Final = _every_source()
_HAS: Final = (
    select(firings.c.source).where(*_IN_REGION, firings.c.source == bindparam("of")).limit(1)
)
_TALLY: Final = (
    select(firings.c.source, firings.c.outcome, func.sum(firings.c.stands_for).label("number"))
    .where(*_IN_REGION, firings.c.source.in_(bindparam("of", expanding=True)))
    .group_by(firings.c.source, firings.c.outcome)
)
_LAST: Final = (
    select(firings.c.sequence, firings.c.body)
    .where(firings.c.source == bindparam("of"), firings.c.due_at <= bindparam("until"))
    .order_by(firings.c.sequence.desc())
    .limit(1)
)
_PAGE: Final = (
    select(firings.c.sequence, firings.c.body)
    .where(firings.c.source == bindparam("of"), firings.c.sequence < bindparam("before"))
    .order_by(firings.c.sequence.desc())
    .limit(bindparam("most"))
)
_PAGE_OF_OUTCOME: Final = (
    select(firings.c.sequence, firings.c.body)
    .where(
        *_IN_REGION,
        firings.c.source == bindparam("of"),
        firings.c.outcome == bindparam("came_to"),
        firings.c.sequence < bindparam("before"),
    )
    .order_by(firings.c.sequence.desc())
    .limit(bindparam("most"))
)
_BY_ID: Final = (
    select(firings.c.sequence, firings.c.body)
    .where(firings.c.source == bindparam("of"), firings.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(firings.c.sequence.desc())
)
_RUNS: Final = (
    select(runs.c.sequence, runs.c.body)
    .where(runs.c.firing_id.in_(bindparam("of", expanding=True)))
    .order_by(runs.c.firing_id, runs.c.number)
)


def sources(tx: ReadTx, account: str, region: str) -> frozenset[str]:
    """The ARN of every job that has a history."""
    rows = tx.rows(_SOURCES, {"in_account": account, "in_region": region})
    return frozenset(row.source for row in rows)


def has_history(tx: ReadTx, account: str, region: str, source: str) -> bool:
    """Whether a firing of the job is kept."""
    asked = {"in_account": account, "in_region": region, "of": source}
    return tx.scalar(_HAS, asked) is not None


def tallies(tx: ReadTx, account: str, region: str, of: Sequence[str]) -> Mapping[str, Tally]:
    """How the firings of each source ended; sources without any are left out."""
    counted: dict[str, dict[LedgerOutcome, int]] = {}
    asked = {"in_account": account, "in_region": region, "of": list(of)}
    for row in tx.rows(_TALLY, asked) if of else ():
        counted.setdefault(row.source, {})[row.outcome] = int(row.number)
    return {source: Tally(counts=counts) for source, counts in counted.items()}


def last_firing(tx: ReadTx, source: str, *, until: float) -> Firing | None:
    """The newest firing of a job that was due by then."""
    row = tx.row(_LAST, {"of": source, "until": until})
    return None if row is None else _firing(row)


def page_of(
    tx: ReadTx,
    place: tuple[str, str],
    source: str,
    *,
    outcome: str | None,
    before: int,
    most: int,
) -> Sequence[Firing]:
    """At most so many firings of a job before a sequence, of an outcome if one is said; the
    newest first."""
    asked: dict[str, object] = {"of": source, "before": before, "most": most}
    if outcome is None:
        return [_firing(row) for row in tx.rows(_PAGE, asked)]
    asked |= {"in_account": place[0], "in_region": place[1], "came_to": outcome}
    return [_firing(row) for row in tx.rows(_PAGE_OF_OUTCOME, asked)]


def by_ids(tx: ReadTx, source: str, ids: Sequence[str]) -> Sequence[Firing]:
    """Those of a job's firings that have one of these ids, the newest first."""
    rows = tx.rows(_BY_ID, {"of": source, "ids": list(ids)}) if ids else ()
    return [_firing(row) for row in rows]


def runs_of(tx: ReadTx, firing_ids: Sequence[str]) -> Mapping[str, Sequence[Run]]:
    """The runs of each firing that has any, in their order."""
    found: dict[str, list[Run]] = {}
    for row in tx.rows(_RUNS, {"of": list(firing_ids)}) if firing_ids else ():
        run = replace(_RUN.decode(row.body), sequence=row.sequence)
        found.setdefault(run.firing_id, []).append(run)
    return found


def _firing(row: Row[Any]) -> Firing:
    return replace(_FIRING.decode(row.body), sequence=row.sequence)
