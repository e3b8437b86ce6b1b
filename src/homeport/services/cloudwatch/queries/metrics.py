"""Statements about metrics and their points."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select, update

from homeport.services.cloudwatch.records.metrics import (
    KnownMetric,
    Metric,
    NewPoint,
    Point,
    Tally,
)
from homeport.services.cloudwatch.tables import metric_points, metrics
from homeport.store import ReadTx, Tx

IN_MAX: Final = 500
"""Values in one list of a statement."""
PUT_NOTED_EVERY_S: Final = 60.0

Together = Callable[[Sequence[Tally]], Tally]
"""Several tallies of one point as the one that is kept."""

_OF_REGION = (
    metrics.c.account == bindparam("account"),
    metrics.c.region == bindparam("region"),
)
_BY_DIGESTS = select(metrics).where(
    *_OF_REGION, metrics.c.digest.in_(bindparam("digests", expanding=True))
)
_INSERT = insert(metrics)
_NOTE_PUT = (
    update(metrics)
    .where(metrics.c.id == bindparam("key"))
    .values(last_put_at=bindparam("put_at"), resolution_s=bindparam("resolution"))
)
_POINTS_AT = select(metric_points).where(
    metric_points.c.metric_id.in_(bindparam("ids", expanding=True)),
    metric_points.c.at.in_(bindparam("times", expanding=True)),
)
_INSERT_POINT = insert(metric_points)
_SAVE_POINT = (
    update(metric_points)
    .where(
        metric_points.c.metric_id == bindparam("key"),
        metric_points.c.at == bindparam("time"),
        metric_points.c.unit == bindparam("of_unit"),
    )
    .values(body=bindparam("content"))
)
_POINTS = (
    select(metric_points.c.at, metric_points.c.unit, metric_points.c.body)
    .where(
        metric_points.c.metric_id == bindparam("key"),
        metric_points.c.at >= bindparam("start"),
        metric_points.c.at < bindparam("end"),
    )
    .order_by(metric_points.c.at)
)
_OLDEST = (
    select(metric_points.c.metric_id, metric_points.c.at)
    .where(metric_points.c.span_s == bindparam("span"), metric_points.c.at < bindparam("before"))
    .order_by(metric_points.c.span_s, metric_points.c.at)
    .limit(bindparam("count"))
)
_DELETE_POINTS = delete(metric_points).where(
    metric_points.c.metric_id == bindparam("key"),
    metric_points.c.at >= bindparam("start"),
    metric_points.c.at < bindparam("end"),
)
_SILENT = (
    select(metrics.c.id)
    .where(metrics.c.last_put_at < bindparam("before"))
    .limit(bindparam("count"))
)
_FORGET = delete(metrics).where(metrics.c.id == bindparam("key"))
_PAGE = select(metrics).where(*_OF_REGION).order_by(metrics.c.id)


def find_metrics(
    tx: ReadTx, account: str, region: str, wanted: Iterable[Metric]
) -> dict[Metric, KnownMetric]:
    """Those of the metrics that data were put to."""
    digests = sorted({each.digest for each in wanted})
    found = {}
    for first in range(0, len(digests), IN_MAX):
        some = digests[first : first + IN_MAX]
        for row in tx.rows(_BY_DIGESTS, {"account": account, "region": region, "digests": some}):
            known = _known(row)
            found[known.metric] = known
    return found


def metrics_after(
    tx: ReadTx,
    account: str,
    region: str,
    *,
    after: int,
    namespace: str | None,
    name: str | None,
    count: int,
) -> tuple[KnownMetric, ...]:
    """Up to `count` metrics that came after the one with the id `after`."""
    statement = _PAGE.where(metrics.c.id > after).limit(count)
    if namespace is not None:
        statement = statement.where(metrics.c.namespace == namespace)
    if name is not None:
        statement = statement.where(metrics.c.name == name)
    rows = tx.rows(statement, {"account": account, "region": region})
    return tuple(_known(row) for row in rows)


def put_points(
    tx: Tx,
    account: str,
    region: str,
    points: Sequence[NewPoint],
    *,
    now: float,
    together: Together,
) -> tuple[Metric, ...]:
    """Keep the points, `together` with what is there for the same second; answers their metrics."""
    wanted = {each.metric: each for each in points}
    known = find_metrics(tx, account, region, wanted)
    missing = [metric for metric in wanted if metric not in known]
    if missing:
        rows = [_row_of(account, region, each, wanted[each].resolution_s, now) for each in missing]
        tx.execute(_INSERT, rows)
        known |= find_metrics(tx, account, region, missing)
    _note_puts(tx, points, known, now)
    sums: dict[tuple[int, int, str], list[Tally]] = {}
    for each in points:
        key = (known[each.metric].id, each.point.at, each.point.unit)
        sums.setdefault(key, []).append(each.point.tally)
    _keep(tx, sums, together)
    return tuple(wanted)


def points_between(tx: ReadTx, metric_id: int, start: int, end: int) -> tuple[Point, ...]:
    """The points of a metric from `start` up to before `end`, oldest first."""
    rows = tx.rows(_POINTS, {"key": metric_id, "start": start, "end": end})
    return tuple(Point(at=row.at, unit=row.unit, tally=_tally(row.body)) for row in rows)


def oldest_points(tx: ReadTx, span_s: int, before: int, count: int) -> tuple[tuple[int, int], ...]:
    """(metric id, time) of the oldest points of this span that are older than `before`."""
    rows = tx.rows(_OLDEST, {"span": span_s, "before": before, "count": count})
    return tuple((row.metric_id, row.at) for row in rows)


def delete_points(tx: Tx, metric_id: int, start: int, end: int) -> None:
    """Remove the points of a metric from `start` up to before `end`."""
    tx.execute(_DELETE_POINTS, {"key": metric_id, "start": start, "end": end})


def insert_points(tx: Tx, metric_id: int, span_s: int, points: Sequence[Point]) -> None:
    """Add points where there are none."""
    rows = [
        {
            "metric_id": metric_id,
            "at": each.at,
            "unit": each.unit,
            "span_s": span_s,
            "body": _packed(each.tally),
        }
        for each in points
    ]
    if rows:
        tx.execute(_INSERT_POINT, rows)


def forget_silent_metrics(tx: Tx, before: float, count: int) -> int:
    """Remove up to `count` metrics that nobody put data to since `before`; answers how many."""
    ids = [row[0] for row in tx.rows(_SILENT, {"before": before, "count": count})]
    if ids:
        tx.execute(_FORGET, [{"key": each} for each in ids])
    return len(ids)


def _note_puts(
    tx: Tx, points: Sequence[NewPoint], known: dict[Metric, KnownMetric], now: float
) -> None:
    finest: dict[Metric, int] = {}
    for each in points:
        finest[each.metric] = min(each.resolution_s, finest.get(each.metric, 60))
    notes = []
    for metric, resolution_s in finest.items():
        before = known[metric]
        finer = min(resolution_s, before.resolution_s)
        if finer < before.resolution_s or now - before.last_put_at >= PUT_NOTED_EVERY_S:
            notes.append({"key": before.id, "put_at": now, "resolution": finer})
    if notes:
        tx.execute(_NOTE_PUT, notes)


def _keep(tx: Tx, sums: dict[tuple[int, int, str], list[Tally]], together: Together) -> None:
    ids = sorted({key[0] for key in sums})
    times = sorted({key[1] for key in sums})
    there: dict[tuple[int, int, str], Tally] = {}
    for first in range(0, len(ids), IN_MAX):
        some = {"ids": ids[first : first + IN_MAX], "times": times}
        for row in tx.rows(_POINTS_AT, some):
            key = (row.metric_id, row.at, row.unit)
            if key in sums:
                there[key] = _tally(row.body)
    fresh, changed = [], []
    for key, found in sums.items():
        before = there.get(key)
        tally = together(found if before is None else (before, *found))
        metric_id, at, unit = key
        if before is None:
            fresh.append(
                {
                    "metric_id": metric_id,
                    "at": at,
                    "unit": unit,
                    "span_s": 1,
                    "body": _packed(tally),
                }
            )
        else:
            changed.append(
                {"key": metric_id, "time": at, "of_unit": unit, "content": _packed(tally)}
            )
    if fresh:
        tx.execute(_INSERT_POINT, fresh)
    if changed:
        tx.execute(_SAVE_POINT, changed)


def _row_of(
    account: str, region: str, metric: Metric, resolution_s: int, now: float
) -> dict[str, object]:
    return {
        "account": account,
        "region": region,
        "digest": metric.digest,
        "namespace": metric.namespace,
        "name": metric.name,
        "dimensions": msgspec.json.encode(metric.dimensions),
        "resolution_s": resolution_s,
        "last_put_at": now,
    }


def _known(row: Row[Any]) -> KnownMetric:
    dimensions = msgspec.json.decode(row.dimensions, type=tuple[tuple[str, str], ...])
    return KnownMetric(
        id=row.id,
        metric=Metric(namespace=row.namespace, name=row.name, dimensions=dimensions),
        resolution_s=row.resolution_s,
        last_put_at=row.last_put_at,
    )


_packed = msgspec.msgpack.Encoder().encode
_tally = msgspec.msgpack.Decoder(Tally).decode
