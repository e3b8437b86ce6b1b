"""Each firing happens exactly once, however passes, changes and times without us mix."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import CountedIds, TurnedClock, create_tables
from homeport.app.services import providers
from homeport.services.scheduler.queries.schedules import SHARDS, shard_of
from homeport.store.sqlite import SqliteStore
from scheduler_world import BEGIN, SchedulerWorld

STEPS = st.one_of(
    st.tuples(st.just("turn"), st.floats(0.5, 400.0)),
    st.tuples(st.just("pass"), st.integers(0, SHARDS - 1)),
    st.tuples(st.just("lost pass"), st.integers(0, SHARDS - 1)),
    st.tuples(st.just("settle"), st.none()),
    st.tuples(st.just("retarget"), st.sampled_from(["five", "seven"])),
)


class Lost(Exception):
    """The process dies before the commit."""


def a_world() -> SchedulerWorld:
    store, clock = SqliteStore(), TurnedClock()
    store.write(create_tables)
    return SchedulerWorld(store, clock, CountedIds(), providers(clock))


def lose(world: SchedulerWorld, shard: int) -> None:
    """A pass whose transaction is never committed: what it told others is undone with it."""
    before = dict(world.firings.fired)
    reconcile = world.loop("schedules").reconcile
    from homeport.runtime import Tick

    tick = Tick(now=world.clock.now(), ids=world.ids, clock=world.clock, peers=world.peers)

    def die(tx: Any) -> None:
        reconcile(tx, str(shard), tick)
        raise Lost

    with pytest.raises(Lost):
        world.store.write(die)
    world.firings.fired = before


@given(steps=st.lists(STEPS, max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_firing_happens_exactly_once(steps: list[tuple[str, Any]]) -> None:
    world = a_world()
    beats = {"five": 300.0, "seven": 420.0}
    for name, beat in beats.items():
        world.create(f"rate({int(beat / 60)} minutes)", name)
    for step, argument in steps:
        match step:
            case "turn":
                world.clock.turn(argument)
            case "pass":
                world.one_pass("schedules", str(argument))
            case "lost pass":
                lose(world, argument)
            case "settle":
                world.settle()
            case "retarget":
                minutes = int(beats[argument] / 60)
                world.update(f"rate({minutes} minutes)", argument)
    world.settle()
    now = world.clock.now() - BEGIN
    for name, beat in beats.items():
        assert world.times(name) == [beat * n for n in range(int(now // beat) + 1)]
    assert world.firings.told == []
    world.store.close()


def test_schedules_are_spread_over_the_shards() -> None:
    counts = [0] * SHARDS
    for number in range(800):
        counts[shard_of(f"arn:aws:scheduler:us-east-1:000000000000:schedule/a/{number}")] += 1
    assert min(counts) > 50
