"""Statements about alarms, what they watch, and their history."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from homeport.services.cloudwatch.records.alarms import (
    Alarm,
    HistoryItem,
    HistoryScope,
    watch_of_alarm,
)
from homeport.services.cloudwatch.tables import alarm_history, alarm_watches, alarms
from homeport.store import ReadTx, Tx

EVALUATION: Final = "alarm evaluation"
"""Announced with an alarm's ARN when there may be something new to evaluate."""
STATE: Final = "alarm"
"""Announced with an alarm's ARN when it is in another state, or gone (contracts/alarms.py)."""

_HIGHEST: Final = "\U0010ffff"
_IN_MAX: Final = 500

_OF_REGION = (alarms.c.account == bindparam("account"), alarms.c.region == bindparam("region"))
_FIND = select(alarms.c.body).where(alarms.c.arn == bindparam("key"))
_NAMED = (
    select(alarms.c.body)
    .where(*_OF_REGION, alarms.c.name.in_(bindparam("names", expanding=True)))
    .order_by(alarms.c.name)
)
_STATES = select(alarms.c.name, alarms.c.state).where(
    *_OF_REGION, alarms.c.name.in_(bindparam("names", expanding=True))
)
_COUNT = select(func.count()).select_from(alarms).where(*_OF_REGION)
_INSERT = insert(alarms)
_SAVE = (
    update(alarms)
    .where(alarms.c.arn == bindparam("key"))
    .values(type=bindparam("of_type"), state=bindparam("in_state"), body=bindparam("content"))
)
_DELETE = delete(alarms).where(alarms.c.arn == bindparam("key"))
_ARNS = select(alarms.c.arn)
_PAGE = select(alarms.c.body).where(
    *_OF_REGION,
    alarms.c.name > bindparam("after"),
    alarms.c.name >= bindparam("lowest"),
    alarms.c.name < bindparam("highest"),
)
_WATCHERS = (
    select(alarm_watches.c.arn)
    .where(
        alarm_watches.c.account == bindparam("account"),
        alarm_watches.c.region == bindparam("region"),
        alarm_watches.c.watched.in_(bindparam("watched", expanding=True)),
    )
    .distinct()
)
_UNWATCH = delete(alarm_watches).where(alarm_watches.c.arn == bindparam("key"))
_WATCH = insert(alarm_watches)
_ADD_HISTORY = insert(alarm_history)
_OLD_HISTORY = (
    select(alarm_history.c.id)
    .where(alarm_history.c.at < bindparam("before"))
    .order_by(alarm_history.c.at)
    .limit(bindparam("count"))
)
_DELETE_HISTORY = delete(alarm_history).where(alarm_history.c.id == bindparam("key"))


def find_alarm(tx: ReadTx, arn: str) -> Alarm | None:
    """The alarm with this ARN."""
    body = tx.scalar(_FIND, {"key": arn})
    return None if body is None else _alarm(body)


def named_alarms(tx: ReadTx, account: str, region: str, names: Sequence[str]) -> tuple[Alarm, ...]:
    """Those of the alarms that exist, by name."""
    found = {"account": account, "region": region, "names": list(names)}
    return tuple(_alarm(row.body) for row in tx.rows(_NAMED, found))


def states_of(tx: ReadTx, account: str, region: str, names: Sequence[str]) -> dict[str, str]:
    """The states of those of the alarms that exist."""
    found = {"account": account, "region": region, "names": list(names)}
    return {row.name: row.state for row in tx.rows(_STATES, found)}


def count_alarms(tx: ReadTx, account: str, region: str) -> int:
    """How many alarms there are."""
    return int(tx.scalar(_COUNT, {"account": account, "region": region}))


def alarm_arns(tx: ReadTx) -> tuple[str, ...]:
    """Every alarm of every account and region."""
    return tuple(row[0] for row in tx.rows(_ARNS))


def alarms_after(
    tx: ReadTx,
    account: str,
    region: str,
    *,
    after: str = "",
    prefix: str = "",
    types: Sequence[str] = (),
    state: str | None = None,
) -> Iterator[Alarm]:
    """Alarms by name, after the name `after`; no types means all."""
    statement = _PAGE.order_by(alarms.c.name)
    if types:
        statement = statement.where(alarms.c.type.in_(types))
    if state is not None:
        statement = statement.where(alarms.c.state == state)
    found = {
        "account": account,
        "region": region,
        "after": after,
        "lowest": prefix,
        "highest": prefix + _HIGHEST,
    }
    return (_alarm(row.body) for row in tx.rows(statement, found))


def watching_alarms(tx: ReadTx, account: str, region: str, watched: str) -> tuple[Alarm, ...]:
    """The alarms that wait for this, by name."""
    arns = _watchers(tx, account, region, [watched])
    found = [find_alarm(tx, arn) for arn in arns]
    return tuple(sorted((each for each in found if each), key=lambda each: each.name))


def insert_alarm(tx: Tx, alarm: Alarm) -> None:
    """Record a new alarm, and have it evaluated."""
    tx.execute(_INSERT, {"arn": alarm.arn, **_columns(alarm)})
    _watch(tx, alarm)
    tx.changed(EVALUATION, alarm.arn)
    _tell_state(tx, alarm)


def save_alarm(tx: Tx, before: Alarm, after: Alarm) -> None:
    """Record what changed of an alarm, and tell those who wait for it."""
    columns = _columns(after)
    tx.execute(
        _SAVE,
        {
            "key": after.arn,
            "of_type": columns["type"],
            "in_state": columns["state"],
            "content": columns["body"],
        },
    )
    if before.watches != after.watches:
        tx.execute(_UNWATCH, {"key": after.arn})
        _watch(tx, after)
    if (before.metric_rule, before.composite_rule, before.held_until) != (
        after.metric_rule,
        after.composite_rule,
        after.held_until,
    ):
        tx.changed(EVALUATION, after.arn)
    if before.standing.state != after.standing.state:
        _tell_state(tx, after)


def delete_alarm(tx: Tx, alarm: Alarm) -> None:
    """Remove an alarm; its history stays."""
    tx.execute(_UNWATCH, {"key": alarm.arn})
    tx.execute(_DELETE, {"key": alarm.arn})
    _tell_state(tx, alarm)


def wake_watchers(tx: Tx, account: str, region: str, watched: Iterable[str]) -> None:
    """Have every alarm evaluated that waits for one of these."""
    for arn in _watchers(tx, account, region, sorted(set(watched))):
        tx.changed(EVALUATION, arn)


def add_history(tx: Tx, items: Sequence[HistoryItem]) -> None:
    """Record lines of history, in their order."""
    rows = [
        {
            "account": each.account,
            "region": each.region,
            "alarm_name": each.alarm_name,
            "alarm_type": each.alarm_type,
            "at": each.at,
            "item_type": each.item_type,
            "body": msgspec.json.encode(each),
        }
        for each in items
    ]
    if rows:
        tx.execute(_ADD_HISTORY, rows)


def history_after(
    tx: ReadTx, scope: HistoryScope, *, after: tuple[float, int] | None, count: int
) -> tuple[tuple[HistoryItem, int], ...]:
    """Up to `count` lines after the one at (time, id), each with its id."""
    statement = _history(scope, after).limit(count)
    return tuple(
        (msgspec.json.decode(row.body, type=HistoryItem), row.id) for row in tx.rows(statement)
    )


def forget_history(tx: Tx, before: float, count: int) -> int:
    """Remove up to `count` lines that are older than `before`; answers how many."""
    ids = [row[0] for row in tx.rows(_OLD_HISTORY, {"before": before, "count": count})]
    if ids:
        tx.execute(_DELETE_HISTORY, [{"key": each} for each in ids])
    return len(ids)


def _history(scope: HistoryScope, after: tuple[float, int] | None) -> Select[Any]:
    columns = alarm_history.c
    statement = select(columns.id, columns.body).where(
        columns.account == scope.account,
        columns.region == scope.region,
        columns.alarm_type.in_(scope.types),
    )
    if scope.alarm_name is not None:
        statement = statement.where(columns.alarm_name == scope.alarm_name)
    if scope.item_type is not None:
        statement = statement.where(columns.item_type == scope.item_type)
    if scope.start is not None:
        statement = statement.where(columns.at >= scope.start)
    if scope.end is not None:
        statement = statement.where(columns.at <= scope.end)
    if scope.newest_first:
        statement = statement.order_by(columns.at.desc(), columns.id.desc())
    else:
        statement = statement.order_by(columns.at, columns.id)
    if after is not None:
        at, row = after
        earlier = (columns.at < at) | ((columns.at == at) & (columns.id < row))
        later = (columns.at > at) | ((columns.at == at) & (columns.id > row))
        statement = statement.where(earlier if scope.newest_first else later)
    return statement


def _watch(tx: Tx, alarm: Alarm) -> None:
    rows = [
        {
            "account": alarm.account,
            "region": alarm.region,
            "watched": each,
            "arn": alarm.arn,
        }
        for each in sorted(alarm.watches)
    ]
    if rows:
        tx.execute(_WATCH, rows)


def _watchers(tx: ReadTx, account: str, region: str, watched: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for first in range(0, len(watched), _IN_MAX):
        some = {
            "account": account,
            "region": region,
            "watched": list(watched[first : first + _IN_MAX]),
        }
        found |= {row[0]: None for row in tx.rows(_WATCHERS, some)}
    return tuple(found)


def _tell_state(tx: Tx, alarm: Alarm) -> None:
    tx.changed(STATE, alarm.arn)
    wake_watchers(tx, alarm.account, alarm.region, [watch_of_alarm(alarm.name)])


def _columns(alarm: Alarm) -> dict[str, object]:
    return {
        "account": alarm.account,
        "region": alarm.region,
        "name": alarm.name,
        "type": alarm.type,
        "state": alarm.standing.state,
        "body": msgspec.json.encode(alarm),
    }


def _alarm(body: bytes) -> Alarm:
    return msgspec.json.decode(body, type=Alarm)
