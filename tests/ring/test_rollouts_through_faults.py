"""Rollouts that something happens to: crashes after every single pass, nodes that vanish, full
machines, protection, deletion.  What the seeds do at random is done on purpose here."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from conftest import CountedIds, TurnedClock
from homeport.app.services import providers
from homeport.services.ecs.reconcile.lost_nodes import LOST_AFTER_S
from ring.ring_seeds import EmptiedStore
from ring.rollout_steps import course, created, deployments, is_steady, one_step, running, sentences
from ring.service_world import ServiceWorld, Wanted

OLD, NEW = "good:1", "good:2"


@pytest.fixture(scope="module")
def emptied() -> EmptiedStore:
    return EmptiedStore()


def rolled_out(emptied: EmptiedStore, *, crash_after: int) -> tuple[int, list[str]]:
    """An update from one revision to the next, with a crash after so many passes: how many passes
    it took, and what became of it."""
    emptied.empty()
    clock = TurnedClock()
    world = ServiceWorld(emptied.store, clock=clock, ids=CountedIds(), peers=providers(clock))
    world.fleet.add(world.plane)
    created(world, desired=2, percents=(50, 100), kind="awsvpc", breaker="rollback")
    world.update("web", image=NEW)
    passes = 0
    while True:
        if passes == crash_after:
            world.crash()
            for node in world.fleet.nodes:
                node.come_back()
            passes += 1
        elif world.plane.drain(passes=1):
            passes += 1
        elif not world.fleet.settle_once(world.plane):
            if is_steady(world):
                break
            clock.turn((world.plane.next_due() or clock.now()) - clock.now())
    assert running(world) == {NEW: 2}
    told = [each for each in sentences(world) if "steady" not in each]
    world.plane.end()
    return passes, [*told, *deployments(world)]


def test_a_crash_after_any_pass_of_a_rollout_changes_nothing_of_it(emptied: EmptiedStore) -> None:
    passes, undisturbed = rolled_out(emptied, crash_after=-1)
    assert passes > 30
    for crash_after in range(passes):
        _, became = rolled_out(emptied, crash_after=crash_after)
        assert became == undisturbed, f"after pass {crash_after}"


def test_a_node_that_vanishes_during_a_rollout_is_replaced_and_welcome_again(
    world: ServiceWorld,
) -> None:
    created(world, desired=4, percents=(50, 100))
    world.update("web", image=NEW)
    one_step(world)
    gone, there = world.fleet.nodes
    gone.goodbye()
    world.fleet.nodes = [there]
    assert not world.end_fairly(lambda: is_steady(world), within_s=LOST_AFTER_S - 1)
    assert world.end_fairly(lambda: is_steady(world), within_s=60.0)
    assert running(world) == {NEW: 4}
    world.fleet.nodes = [gone, there]
    assert len(world.fleet.up()) > 4  # Nobody could tell it that its tasks are over.
    gone.come_back()
    assert course(world)[-1] == {NEW: 4}
    assert not gone.tasks


def test_a_task_that_waits_for_room_starts_when_another_services_task_ends(
    world: ServiceWorld,
) -> None:
    for node in world.fleet.nodes:
        node.has = {**node.has, "cpu": 128}
        node.hello()
    assert world.create(Wanted("other", desired=2))
    assert world.end_fairly(lambda: is_steady(world, "other"))
    assert world.create(Wanted("web", desired=1))
    assert course(world) == [{}]
    assert "insufficient CPU units available" in sentences(world)[-1]
    world.update("other", desired=1)
    assert course(world) == [{}, {OLD: 1}]


@pytest.mark.parametrize("ends", ["by request", "by time"])
def test_a_protected_task_goes_as_soon_as_its_protection_ends(
    world: ServiceWorld, ends: str
) -> None:
    created(world, desired=2)
    guarded = list(world.fleet.up())
    protect = {"tasks": guarded, "cluster": "default", "protectionEnabled": True}
    world.plane.ask("UpdateTaskProtection", **protect, expiresInMinutes=10)
    world.update("web", desired=0)
    assert course(world) == [{OLD: 2}]
    assert sentences(world)[-1].endswith("(reason 2 tasks under protection)")
    if ends == "by request":
        world.plane.ask("UpdateTaskProtection", **(protect | {"protectionEnabled": False}))
        assert course(world)[-1] == {}
    else:
        assert not world.end_fairly(lambda: not world.fleet.up(), within_s=599.0)
        assert world.end_fairly(lambda: not world.fleet.up(), within_s=601.0)


def test_a_bad_image_neither_loops_hot_nor_stops_being_tried(world: ServiceWorld) -> None:
    """Attempts are 1, 2, 4 ... seconds apart, and at last 15 minutes."""
    assert world.create(Wanted("web", desired=1, image="never:1"))
    assert not world.end_fairly(lambda: False, within_s=3 * 3600.0)
    times = sorted(each.created_at for each in world.watch.last.tasks.values())
    waits = [later - sooner for sooner, later in pairwise(times)]
    assert waits[:10] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0]
    assert set(waits[10:]) == {900.0}
    assert sentences(world).count("is unable to consistently start tasks successfully.") == 1
    world.fleet.images.broken.clear()
    assert world.end_fairly(lambda: is_steady(world), within_s=901.0)


def test_a_deleted_services_name_is_free_once_nothing_of_it_is_left(world: ServiceWorld) -> None:
    created(world, desired=2, kind="fargate")
    world.delete("web")
    assert not world.create(Wanted("web", desired=1))
    assert course(world)[-1] == {}
    assert world.plane.ask("DescribeNetworkInterfaces")["NetworkInterfaces"] == []
    before = dict(world.watch.last.tasks)
    assert world.create(Wanted("web", desired=1))
    assert world.end_fairly(lambda: is_steady(world))
    assert len(world.watch.last.tasks) == len(before) + 1
    assert deployments(world) == ["SUCCESSFUL"]


@pytest.mark.parametrize("order", [min, max], ids=["oldest first", "newest first"])
def test_the_order_of_passes_does_not_matter(
    world: ServiceWorld, order: Callable[..., int]
) -> None:
    created(world, desired=4, percents=(50, 100), checked=True)
    world.update("web", image=NEW)
    while world.plane.drain(lambda count: order(0, count - 1)) + world.fleet.settle_once(
        world.plane
    ):
        continue
    assert running(world) == {NEW: 4}
