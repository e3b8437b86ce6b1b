"""What is forgotten of services and of events, and when; and what is never."""

from collections.abc import Callable
from typing import Any

import pytest

from conftest import TurnedClock
from ecs_asking import Asked
from homeport.runtime import Again, Call, Tick
from homeport.services.ecs.queries import bus_events, service_history
from homeport.services.ecs.queries.service_deployments import (
    deployments_of_service,
    find_deployments,
    find_revisions,
)
from homeport.services.ecs.queries.service_events import events_of, tell
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.queries.tags import put_tags, tags_of
from homeport.services.ecs.reconcile import history
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.services import ServiceEvent
from homeport.services.ecs.records.tags import Tag
from homeport.store import Store
from known_services import (
    CREATED,
    deployment,
    deployment_arn,
    put,
    revision,
    revision_arn,
    rollout,
    service,
)

WEEK_S = 7 * 86_400.0
QUARTER_S = history.DEPLOYMENTS_KEPT_S


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


@pytest.fixture
def forget(store: Store, tick: Callable[[], Tick]) -> Callable[[], Again | None]:
    reconcile = history.reconciling(WEEK_S)
    return lambda: store.write(lambda tx: reconcile(tx, history.KEY, tick()))


def kept(ecs: Asked, *numbers: int, name: str = "web") -> tuple[list[int], list[int]]:
    """Of these deployments and of these revisions, those that are there."""
    deployments = [deployment_arn(number, name) for number in numbers]
    revisions = [revision_arn(number, name) for number in numbers]
    found = ecs.store.read(
        lambda tx: {*find_deployments(tx, deployments), *find_revisions(tx, revisions)}
    )
    return (
        [number for number in numbers if deployment_arn(number, name) in found],
        [number for number in numbers if revision_arn(number, name) in found],
    )


def event(number: int, at: float) -> BusEvent:
    return BusEvent(
        id=str(number), at=at, account="0", region="r", kind="deployment", resource="a", body=b"{}"
    )


def ids(ecs: Asked) -> list[str]:
    return [each.id for each in ecs.store.read(lambda tx: bus_events.events_after(tx, 0))]


def test_deployments_are_kept_for_ninety_days_and_the_last_for_as_long_as_its_service(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    for number in (1, 2, 3):
        when = {"created_at": CREATED + number}
        of = (revision(number, **when), deployment(number, **when))
        ecs.store.write(lambda tx, of=of: put(tx, *of))
    now = {"rollouts": (rollout(3),), "completed_revision_arn": revision_arn(3)}
    ecs.store.write(lambda tx: put(tx, service(**now)))
    clock.turn(QUARTER_S + 1)
    assert forget() == Again(after_s=60.0)
    assert kept(ecs, 1, 2, 3) == ([1, 2, 3], [1, 2, 3])
    clock.turn(0.5)
    forget()
    assert kept(ecs, 1, 2, 3) == ([2, 3], [2, 3])
    clock.turn(10 * QUARTER_S)
    forget()
    assert kept(ecs, 1, 2, 3) == ([3], [3])


def test_what_a_service_would_be_rolled_back_to_is_never_forgotten(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    """The first was successful, the second failed, the third is under way."""
    for number in (1, 2, 3):
        when = {"created_at": CREATED + number}
        of = (revision(number, **when), deployment(number, **when))
        ecs.store.write(lambda tx, of=of: put(tx, *of))
    told = service(
        rollouts=(rollout(3), rollout(1, status="ACTIVE")),
        completed_revision_arn=revision_arn(1),
    )
    ecs.store.write(lambda tx: put(tx, told, deployment(9, "other"), revision(9, "other")))
    clock.turn(2 * QUARTER_S)
    forget()
    assert kept(ecs, 1, 2, 3) == ([3], [1, 3])
    assert kept(ecs, 9, name="other") == ([9], [9])


def test_forgetting_many_deployments_takes_several_passes(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    many = range(service_history.FORGOTTEN_AT_ONCE + 2)
    of = [deployment(number, created_at=CREATED + number) for number in many]
    ecs.store.write(lambda tx: put(tx, service(), *of))
    clock.turn(2 * QUARTER_S)
    assert forget() == Again(after_s=0.0)
    assert forget() == Again(after_s=60.0)
    left = ecs.store.read(lambda tx: deployments_of_service(tx, service().arn))
    assert [each.arn for each in left] == [deployment_arn(many[-1])]


def test_a_deleted_service_is_forgotten_with_all_that_is_its_own(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    def fill(name: str, **changes: Any) -> None:
        arn = service(name).arn
        of = (service(name, **changes), revision(1, name), deployment(1, name))
        said = ServiceEvent(id="e", at=CREATED + 100, message="said")
        ecs.store.write(lambda tx: put(tx, *of))
        ecs.store.write(lambda tx: tell(tx, arn, [said]))
        ecs.store.write(lambda tx: put_tags(tx, arn, (Tag(key="a"),)))

    def traces(name: str) -> list[bool]:
        arn = service(name).arn
        found = ecs.store.read(
            lambda tx: (find_service(tx, arn), events_of(tx, arn), tags_of(tx, arn))
        )
        return [bool(each) for each in (*found, *kept(ecs, 1, name=name))]

    over: dict[str, Any] = {"status": "INACTIVE", "rollouts": ()}
    fill("gone", **over)
    fill("draining", status="DRAINING")
    fill("active")
    clock.turn(WEEK_S + 99)
    forget()
    assert traces("gone") == [True] * 5
    clock.turn(2)
    forget()
    assert traces("gone") == [False] * 5
    assert traces("draining") == traces("active") == [True] * 5


def test_a_deleted_service_of_which_nothing_was_told_is_as_old_as_its_last_revision(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    over: dict[str, Any] = {"status": "INACTIVE", "rollouts": ()}
    ecs.store.write(lambda tx: put(tx, service(**over), revision(created_at=CREATED + 10)))
    clock.turn(WEEK_S + 9)
    forget()
    assert ecs.store.read(lambda tx: find_service(tx, service().arn)) is not None
    clock.turn(2)
    forget()
    assert ecs.store.read(lambda tx: find_service(tx, service().arn)) is None


def test_a_deleted_service_that_never_was_anything_is_as_old_as_it_is(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    """One that others should have deployed, and never did: it has no revision at all."""
    gone = service(status="INACTIVE", rollouts=(), created_at=CREATED)
    ecs.store.write(lambda tx: put(tx, gone))
    clock.turn(WEEK_S - 1)
    forget()
    assert ecs.store.read(lambda tx: find_service(tx, gone.arn)) is not None
    clock.turn(2)
    forget()
    assert ecs.store.read(lambda tx: find_service(tx, gone.arn)) is None


def test_events_are_kept_for_a_day(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    times = (CREATED, CREATED + 10, CREATED + 5)
    events = [event(number, at) for number, at in enumerate(times)]
    ecs.store.write(lambda tx: bus_events.emit(tx, events))
    ecs.store.write(bus_events.pass_by)
    clock.turn(history.EVENTS_KEPT_S)
    forget()
    assert ids(ecs) == ["0", "1", "2"]
    clock.turn(7)
    assert forget() == Again(after_s=60.0)
    assert ids(ecs) == ["1"]
    before = ecs.store.read(bus_events.last_sequence)
    clock.turn(history.EVENTS_KEPT_S)
    forget()
    assert ids(ecs) == []
    ecs.store.write(lambda tx: bus_events.emit(tx, [event(9, clock.at)]))
    assert ecs.store.read(bus_events.last_sequence) > before  # None is used twice.


def test_no_more_events_are_kept_than_there_is_room_for(ecs: Asked) -> None:
    ecs.store.write(lambda tx: bus_events.emit(tx, [event(n, CREATED) for n in range(10)]))
    more = ecs.store.write(lambda tx: bus_events.forget_events(tx, until=0.0, kept=4))
    assert not more
    assert ids(ecs) == ["6", "7", "8", "9"]


def test_forgetting_many_events_takes_several_passes(
    ecs: Asked, clock: TurnedClock, forget: Callable[[], Again | None]
) -> None:
    many = [event(number, CREATED) for number in range(bus_events.FORGOTTEN_AT_ONCE + 1)]
    ecs.store.write(lambda tx: bus_events.emit(tx, many))
    ecs.store.write(bus_events.pass_by)
    clock.turn(2 * history.EVENTS_KEPT_S)
    assert forget() == Again(after_s=0.0)
    assert len(ids(ecs)) == 1
    assert forget() == Again(after_s=60.0)
    assert ids(ecs) == []
