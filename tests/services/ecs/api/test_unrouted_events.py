"""Events on their way to EventBridge's rules: each is handed out once, in order."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from ecs_asking import ACCOUNT, REGION, Asked, task
from homeport.contracts.events import SequencedEvent
from homeport.runtime import Call
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.queries import bus_events as queries
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.store import Store
from homeport.store.sqlite import SqliteStore

EVENTS = EcsEvents()
AT = 1_700_000_000.0


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def event(number: int, at: float = AT) -> BusEvent:
    return BusEvent(
        id=str(number),
        at=at,
        account=ACCOUNT,
        region=REGION,
        kind="deployment",
        resource="arn",
        body=b"{}",
    )


def emit(ecs: Asked, *numbers: int) -> None:
    ecs.store.write(lambda tx: queries.emit(tx, [event(number) for number in numbers]))


def take(ecs: Asked) -> tuple[SequencedEvent, ...]:
    return ecs.store.write(EVENTS.take_unrouted)


def ids(events: tuple[SequencedEvent, ...]) -> list[object]:
    return [each.envelope["id"] for each in events]


def test_each_event_is_handed_out_once_and_in_order(ecs: Asked) -> None:
    emit(ecs, 1, 2, 3)
    assert ids(take(ecs)) == ["1", "2", "3"]
    emit(ecs, 4)
    assert ids(take(ecs)) == ["4"]
    assert take(ecs) == ()


def test_what_is_handed_out_is_what_every_other_reader_sees(ecs: Asked) -> None:
    ecs.add_tasks(task(1), task(2))
    assert take(ecs) == ecs.store.read(lambda tx: EVENTS.events_after(tx, 0))
    assert len(ecs.store.read(lambda tx: EVENTS.events_after(tx, 0))) == 2


def test_who_takes_events_and_fails_has_not_taken_them(ecs: Asked) -> None:
    emit(ecs, 1, 2)

    def fail(tx: object) -> None:
        assert len(EVENTS.take_unrouted(tx)) == 2  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        ecs.store.write(fail)
    assert ids(take(ecs)) == ["1", "2"]


def test_no_more_are_handed_out_at_once_than_a_transaction_can_bear(ecs: Asked) -> None:
    emit(ecs, *range(queries.READ_AT_ONCE + 2))
    first = take(ecs)
    assert ids(first) == [str(number) for number in range(queries.READ_AT_ONCE)]
    assert ids(take(ecs)) == [str(queries.READ_AT_ONCE), str(queries.READ_AT_ONCE + 1)]


def test_an_event_that_was_committed_late_is_still_handed_out(ecs: Asked) -> None:
    emit(ecs, 1, 2)
    early = text("UPDATE ecs_bus_events SET sequence = sequence + 100 WHERE id = '2'")
    ecs.store.write(lambda tx: tx._connection.execute(early))
    assert ids(take(ecs)) == ["1", "2"]
    emit(ecs, 3)
    newest = "(SELECT max(sequence) FROM ecs_bus_events)"
    late = text(f"UPDATE ecs_bus_events SET sequence = {newest} - 50 WHERE id = '3'")
    ecs.store.write(lambda tx: tx._connection.execute(late))
    assert ids(take(ecs)) == ["3"]


def test_events_that_nobody_wants_are_passed_by(ecs: Asked) -> None:
    emit(ecs, *range(queries.READ_AT_ONCE + 2))
    ecs.store.write(EVENTS.pass_by)
    assert take(ecs) == ()
    emit(ecs, 9_999)
    assert ids(take(ecs)) == ["9999"]


def test_an_old_event_waits_until_it_is_handed_out(ecs: Asked) -> None:
    emit(ecs, 1, 2)
    assert not ecs.store.write(lambda tx: queries.forget_events(tx, until=AT + 1, kept=10))
    assert ids(take(ecs)) == ["1", "2"]
    ecs.store.write(lambda tx: queries.forget_events(tx, until=AT + 1, kept=10))
    assert ecs.store.read(lambda tx: EVENTS.events_after(tx, 0)) == ()


def test_there_is_an_end_to_how_many_events_wait(ecs: Asked) -> None:
    emit(ecs, *range(10))
    ecs.store.write(lambda tx: queries.forget_events(tx, until=AT + 1, kept=4))
    assert ids(take(ecs)) == ["6", "7", "8", "9"]


def test_asking_for_news_looks_at_the_news_alone(ecs: Asked) -> None:
    if not isinstance(ecs.store, SqliteStore):
        pytest.skip("PostgreSQL chooses by how many rows there are")
    emit(ecs, *range(50))
    for statement in (queries._UNROUTED, queries._PASS_BY, queries._ROUTED):
        said = str(statement.compile(ecs.store.read(lambda tx: tx._connection.engine)))
        explain = text(f"EXPLAIN QUERY PLAN {said}".replace("?", "1"))
        plan = ecs.store.read(lambda tx, asked=explain: tx._connection.execute(asked).all())
        assert all("ecs_bus_events_unrouted" in row.detail for row in plan), plan
