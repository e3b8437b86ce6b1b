"""What removes events: retention, and what is left of deleted streams."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from homeport.runtime import Again, Reconciler, Tick
from homeport.services.logs import wiring
from homeport.services.logs.reconcile import discards, retention
from homeport.services.logs.tables import log_discards, log_events
from homeport.store import Store

Ask = Callable[..., Any]
NOW = 1_700_000_000_000
DAY = 86_400_000
EVENTS, DISCARDS = (select(func.count()).select_from(table) for table in (log_events, log_discards))


@pytest.fixture
def settle(store: Store, tick: Callable[[], Tick]) -> Callable[[str], list[Again | None]]:
    """Sweep a reconciler's keys until none wants to come back; answers what each pass said."""
    reconcilers = {each.name: each for each in wiring.services()[0].reconcilers}

    def run(name: str) -> list[Again | None]:
        reconciler: Reconciler = reconcilers[name]
        said: list[Again | None] = []
        for key in store.read(lambda tx: tuple(reconciler.sweep(tx))):
            again: Again | None = Again(0)
            while again is not None:
                again = store.write(lambda tx, k=key: reconciler.reconcile(tx, k, tick()))
                said.append(again)
        return said

    return run


def put(ask: Ask, stream: str, *offsets: int) -> None:
    ask("CreateLogStream", logGroupName="g", logStreamName=stream)
    for offset in offsets:
        event = {"timestamp": NOW + offset, "message": "12345"}
        ask("PutLogEvents", logGroupName="g", logStreamName=stream, logEvents=[event])


def test_expired_events_are_removed_in_batches(
    ask: Ask, store: Store, settle: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    ask("CreateLogGroup", logGroupName="g")
    put(ask, "a", -3 * DAY, -2 * DAY, 0)
    put(ask, "b", -3 * DAY, -DAY)
    assert settle("log-retention") == []
    ask("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    assert settle("log-retention") == [Again(0.0), None]
    assert store.read(lambda tx: tx.scalar(EVENTS)) == 2
    assert ask("DescribeLogGroups")["logGroups"][0]["storedBytes"] == 10
    assert settle("log-retention") == [None]


def test_a_group_that_is_gone_has_nothing_to_expire(store: Store, tick: Callable[[], Tick]) -> None:
    key = "arn:aws:logs:us-east-1:000000000000:log-group:none"
    assert store.write(lambda tx: retention.reconcile(tx, key, tick())) is None


def test_events_of_deleted_streams_are_discarded_in_batches(
    ask: Ask, store: Store, settle: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discards, "BATCH", 2)
    ask("CreateLogGroup", logGroupName="g")
    put(ask, "a", 0, 1, 2)
    put(ask, "b", 0)
    put(ask, "c", 0, 1)
    ask("DeleteLogStream", logGroupName="g", logStreamName="a")
    assert settle("log-discards") == [Again(0.0), None]
    assert store.read(lambda tx: tx.scalar(EVENTS)) == 3
    ask("DeleteLogGroup", logGroupName="g")
    settle("log-discards")
    assert store.read(lambda tx: (tx.scalar(EVENTS), tx.scalar(DISCARDS))) == (0, 0)


def test_a_stream_made_anew_is_not_discarded(
    ask: Ask, store: Store, settle: Callable[[str], Any]
) -> None:
    ask("CreateLogGroup", logGroupName="g")
    put(ask, "a", 0)
    ask("DeleteLogStream", logGroupName="g", logStreamName="a")
    put(ask, "a", 1)
    settle("log-discards")
    assert store.read(lambda tx: tx.scalar(EVENTS)) == 1
