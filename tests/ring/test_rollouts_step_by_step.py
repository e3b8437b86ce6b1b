"""Rollouts worked by hand: what runs after every step, in the order in which it happens."""

import pytest

from ring.rollout_steps import (
    course,
    created,
    deployments,
    is_steady,
    one_step,
    running,
    sentences,
    states,
)
from ring.service_world import ServiceWorld, Wanted

OLD, NEW = "good:1", "good:2"


def test_half_of_four_tasks_make_room_for_the_new_ones(world: ServiceWorld) -> None:
    """50 % and 100 % of 4: two may stop first, and there are never more than four."""
    created(world, desired=4, percents=(50, 100), checked=True)
    world.update("web", image=NEW)
    assert course(world) == [{OLD: 4}, {OLD: 2}, {OLD: 2, NEW: 2}, {NEW: 2}, {NEW: 4}]
    assert states(world) == ["COMPLETED"]


def test_three_halves_of_four_tasks_take_turns(world: ServiceWorld) -> None:
    """100 % and 150 % of 4: two more start, then two old ones go for each two that are healthy."""
    created(world, desired=4, percents=(100, 150), checked=True)
    world.update("web", image=NEW)
    assert course(world) == [
        {OLD: 4},
        {OLD: 4, NEW: 2},
        {OLD: 2, NEW: 2},
        {OLD: 2, NEW: 4},
        {NEW: 4},
    ]


def test_without_a_health_check_the_old_ones_wait_for_40_seconds(world: ServiceWorld) -> None:
    created(world, desired=2)
    world.update("web", image=NEW)
    assert course(world) == [{OLD: 2}, {OLD: 2, NEW: 2}]
    world.clock.turn(39.9)
    assert course(world) == [{OLD: 2, NEW: 2}]
    assert states(world) == ["IN_PROGRESS", "COMPLETED"]
    world.clock.turn(0.1)
    assert course(world) == [{OLD: 2, NEW: 2}, {NEW: 2}]
    assert states(world) == ["COMPLETED"]


def test_percentages_that_allow_nothing_are_told_of_and_do_nothing(world: ServiceWorld) -> None:
    """50 % of 1 rounds up to 1 and 100 % is 1: neither a start nor a stop is possible."""
    created(world, desired=1, percents=(50, 100), checked=True)
    world.update("web", image=NEW)
    assert course(world) == [{OLD: 1}]
    blocked = "was unable to stop or start tasks during a deployment"
    assert sentences(world)[-1].startswith(blocked)
    world.update("web", percents=(100, 200))
    assert course(world) == [{OLD: 1}, {OLD: 1, NEW: 1}, {NEW: 1}]


def test_only_the_newest_of_three_updates_in_a_row_is_rolled_out(world: ServiceWorld) -> None:
    created(world, desired=3, checked=True)
    for image in ("good:2", "good:3"):
        world.update("web", image=image)
        one_step(world)
        one_step(world)
    assert len(states(world)) == 3
    world.update("web", image="good:4")
    assert course(world)[-1] == {"good:4": 3}
    assert states(world) == ["COMPLETED"]
    assert deployments(world) == ["SUCCESSFUL", "STOPPED", "STOPPED", "SUCCESSFUL"]


def test_a_bad_image_is_rolled_back_in_ecs_words(world: ServiceWorld) -> None:
    created(world, desired=2, breaker="rollback", checked=True)
    before = running(world)
    world.update("web", image="never:1")
    assert world.end_fairly(lambda: is_steady(world), within_s=60.0)
    assert running(world) == before
    assert deployments(world) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    told = sentences(world)
    failed = told.index("deployment failed: tasks failed to start.")
    assert told.count("has started 2 tasks.") == 3  # At first, and two rounds of a bad image.
    assert told[failed + 1] == "rolling back to deployment."
    assert told[-2:] == ["deployment completed.", "has reached a steady state."]


def test_without_anything_to_go_back_to_a_failed_deployment_stays(world: ServiceWorld) -> None:
    assert world.create(Wanted("web", desired=2, breaker="rollback", image="never:1"))
    assert world.end_fairly(lambda: states(world) == ["FAILED"], within_s=60.0)
    started = len(world.watch.last.tasks)
    world.fleet.images.broken.clear()
    assert not world.end_fairly(lambda: is_steady(world))
    assert len(world.watch.last.tasks) == started
    assert deployments(world) == ["ROLLBACK_FAILED"]
    world.update("web", force=True)
    assert world.end_fairly(lambda: is_steady(world))


def test_an_unhealthy_task_stays_until_its_replacement_is_healthy(world: ServiceWorld) -> None:
    created(world, desired=2, checked=True)
    ill = next(iter(world.fleet.up()))
    world.fleet.images.ill.add(ill)
    counts = [sum(each.values()) for each in course(world)]
    assert (max(counts), counts[-1]) == (3, 2)
    assert ill not in world.fleet.up()
    assert world.watch.last.tasks[ill].stopped_reason == "Task failed container health checks"
    told = sentences(world)
    replaced = "has started 1 tasks. Amazon ECS replaced 1 tasks due to an unhealthy status."
    assert told.index(replaced) < told.index("failed container health checks.")


@pytest.mark.parametrize("daemon", [True, False])
def test_what_ran_on_a_drained_instance_runs_elsewhere_or_not_at_all(
    world: ServiceWorld, daemon: bool
) -> None:
    created(world, desired=2, daemon=daemon, checked=True)
    drained = world.fleet.nodes[0]
    assert len(drained.tasks) == 1
    world.set_state("DRAINING", drained.arn)
    assert world.end_fairly(lambda: is_steady(world) and not drained.tasks)
    assert running(world) == {OLD: 1 if daemon else 2}
    world.set_state("ACTIVE", drained.arn)
    assert world.end_fairly(lambda: is_steady(world))
    assert len(drained.tasks) == 1  # A daemon is on each; other tasks are balanced over zones.
