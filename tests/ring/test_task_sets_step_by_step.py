"""Task sets worked by hand: what runs of each after every step, and what is told of it."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.app.services import providers
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.ring_seeds import EmptiedStore
from ring.rollout_steps import course, running
from ring.task_set_world import TaskSetWorld

BLUE, GREEN = "good:1", "good:2"


@pytest.fixture
def sets(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> TaskSetWorld:
    """A service of four tasks that others deploy, and two nodes in two zones."""
    return laid_out(TaskSetWorld(store, clock=clock, ids=ids, peers=peers))


def laid_out(made: TaskSetWorld) -> TaskSetWorld:
    for zone in ("us-east-1a", "us-east-1b"):
        made.fleet.add(made.plane, zone=zone)
    made.create_external("web", 4)
    return made


def steady(world: TaskSetWorld, scale: float = 100, **what: Any) -> str:
    """A task set that is STEADY_STATE."""
    made = world.make("web", scale, **what)
    assert made is not None
    assert world.end_fairly(world.is_stable, within_s=300.0)
    task_set_id: str = made["id"]
    return task_set_id


def told(world: TaskSetWorld) -> list[str]:
    """The events of the service, oldest first, ids of tasks left out."""
    shown = world.shown("web")
    assert shown is not None
    sentences = [each["message"].partition(": (task")[0] for each in shown["events"]]
    return sentences[::-1]


def test_each_task_set_has_its_share_and_knows_nothing_of_the_other(sets: TaskSetWorld) -> None:
    blue = steady(sets, image=BLUE, checked=True)
    green = steady(sets, 25, image=GREEN, checked=True)
    assert running(sets) == {BLUE: 4, GREEN: 1}
    found = sets.shown_sets()
    assert (found[blue]["runningCount"], found[blue]["pendingCount"]) == (4, 0)
    assert (found[green]["runningCount"], found[green]["pendingCount"]) == (1, 0)
    sets.rescale(green, 75)
    assert course(sets) == [{BLUE: 4, GREEN: 1}, {BLUE: 4, GREEN: 3}]
    sets.update("web", desired=8)
    assert course(sets)[-1] == {BLUE: 8, GREEN: 6}
    sets.rescale(blue, 0)
    assert course(sets)[-1] == {GREEN: 6}
    assert sets.is_stable()


def test_its_tasks_are_started_by_it_and_are_of_the_service(sets: TaskSetWorld) -> None:
    blue = steady(sets)
    arns = sets.tasks("web")
    tasks = sets.plane.ask("DescribeTasks", tasks=arns)["tasks"]
    assert len(arns) == 4
    assert {(each["startedBy"], each["group"]) for each in tasks} == {(blue, "service:web")}
    assert len(sets.plane.ask("ListTasks", startedBy=blue)["taskArns"]) == 4


def test_what_is_told_is_told_of_the_task_set(sets: TaskSetWorld) -> None:
    blue = steady(sets, 50, group=0)
    group = sets.traffic.groups["instance", 0]
    named = f"(service web, taskSet {blue})"
    assert told(sets) == [
        f"(service web) updated computedDesiredCount for taskSet {blue} to 2.",
        f"{named} has started 2 tasks",
        f"{named} registered 2 targets in (target-group {group})",
        f"{named} updated state to STEADY_STATE.",
        "(service web) has reached a steady state.",
    ]
    before = len(told(sets))
    sets.drop(blue)
    assert sets.end_fairly(lambda: not sets.shown_sets())
    assert told(sets)[before:] == [
        f"(service web) updated computedDesiredCount for taskSet {blue} to 0.",
        f"{named} deregistered 2 targets in (target-group {group})",
        f"{named} has begun draining connections on 2 tasks.",
        f"{named} has stopped 2 running tasks",
    ]


def test_who_is_connected_to_a_task_set_that_goes_is_waited_for(sets: TaskSetWorld) -> None:
    blue = steady(sets, 50, group=0, image=BLUE)
    green = steady(sets, 50, group=1, image=GREEN)
    sets.promote(green)
    sets.drop(blue)
    sets.plane.drain()
    sets.traffic.busy.update(sets.traffic.draining())
    sets.run_dry()
    assert sets.shown_sets()[blue]["status"] == "DRAINING"
    assert running(sets) == {BLUE: 2, GREEN: 2}
    sets.traffic.busy.clear()
    sets.run_dry()
    assert running(sets) == {GREEN: 2}
    assert list(sets.shown_sets()) == [green]


def test_it_is_steady_only_once_its_targets_are_healthy(sets: TaskSetWorld) -> None:
    made = sets.make("web", 50, group=0)
    assert made is not None
    sets.plane.drain()
    while sets.fleet.settle_once(sets.plane):
        sets.plane.drain()
    shown = sets.shown_sets()[made["id"]]
    assert (shown["runningCount"], shown["stabilityStatus"]) == (2, "STABILIZING")
    sets.clock.turn(7)
    sets.check_targets()
    sets.plane.drain()
    shown = sets.shown_sets()[made["id"]]
    assert (shown["stabilityStatus"], shown["stabilityStatusAt"]) == (
        "STEADY_STATE",
        sets.clock.now(),
    )


def test_without_any_check_it_is_steady_when_it_runs(sets: TaskSetWorld) -> None:
    made = sets.make("web", 100)
    assert made is not None
    sets.run_dry()
    assert sets.shown_sets()[made["id"]]["stabilityStatus"] == "STEADY_STATE"


def test_a_target_that_turns_sick_is_replaced_before_it_goes(sets: TaskSetWorld) -> None:
    blue = steady(sets, 50, group=0)
    ill = next(iter(sets.fleet.up()))
    sets.traffic.failing.add(ill)
    sets.check_targets()
    sets.plane.drain()
    assert sets.shown_sets()[blue]["stabilityStatus"] == "STABILIZING"
    assert ill in sets.fleet.up()
    assert sets.end_fairly(sets.is_stable)
    assert ill not in sets.fleet.up()
    assert len(sets.fleet.up()) == 2
    reason = sets.watch.last.tasks[ill].stopped_reason or ""
    assert reason.startswith("Task failed ELB health checks in (target-group ")
    named = f"(service web, taskSet {blue})"
    replaced = [line for line in told(sets) if "is unhealthy in (target-group" in line]
    assert len(replaced) == 1
    assert replaced[0].startswith(named)


def test_what_ran_on_a_drained_instance_runs_elsewhere(sets: TaskSetWorld) -> None:
    steady(sets, 50, image=BLUE, checked=True)
    drained = sets.fleet.nodes[0]
    assert len(drained.tasks) == 1
    sets.set_state("DRAINING", drained.arn)
    sets.plane.drain()
    assert not sets.is_stable()
    assert course(sets) == [{BLUE: 2}, {BLUE: 3}, {BLUE: 2}]
    assert not drained.tasks
    assert sets.is_stable()


def test_protected_tasks_stay_and_that_is_told_once(sets: TaskSetWorld) -> None:
    blue = steady(sets, image=BLUE)
    some = sorted(sets.fleet.up())[:2]
    request = {"tasks": some, "protectionEnabled": True, "expiresInMinutes": 60}
    sets.plane.ask("UpdateTaskProtection", cluster="default", **request)
    sets.drop(blue)
    sets.run_dry()
    assert sorted(sets.fleet.up()) == some
    why = (
        f"(service web) was unable to reach steady state because (taskSet {blue}) was unable to "
        "scale in due to (reason 2 tasks under protection)"
    )
    sets.plane.sweep()
    assert told(sets).count(why) == 1
    assert sets.end_fairly(lambda: not sets.shown_sets())


def test_a_bad_image_is_tried_less_and_less_and_the_other_task_set_lives_on(
    sets: TaskSetWorld,
) -> None:
    steady(sets, 50, image=BLUE)
    green = sets.make("web", 50, image="never:1")
    assert green is not None
    assert not sets.end_fairly(sets.is_stable, within_s=60.0)
    assert running(sets) == {BLUE: 2}
    rounds = sum("has started 2 tasks" in each for each in told(sets))
    assert rounds <= 8
    assert sets.shown_sets()[green["id"]]["stabilityStatus"] == "STABILIZING"
    assert "(service web) is unable to consistently start tasks successfully." in told(sets)
    sets.fleet.images.broken.clear()
    assert sets.end_fairly(sets.is_stable)


def test_a_deleted_service_takes_its_task_sets_along(sets: TaskSetWorld) -> None:
    steady(sets, 50, group=0)
    steady(sets, 50, group=1)
    sets.delete("web")
    assert [each["status"] for each in sets.shown_sets().values()] == ["DRAINING"] * 2
    assert sets.end_fairly(lambda: not sets.shown_sets())
    shown = sets.shown("web")
    assert shown is not None
    assert (shown["status"], sets.fleet.up()) == ("INACTIVE", {})


# --- a crash after every pass -------------------------------------------------------------------


def switched(emptied: EmptiedStore, *, crash_after: int) -> tuple[int, list[str]]:
    """From one task set to the next, with a crash after so many passes: how many passes it took,
    and what was told."""
    emptied.empty()
    clock = TurnedClock()
    world = laid_out(
        TaskSetWorld(emptied.store, clock=clock, ids=CountedIds(), peers=providers(clock))
    )
    blue = steady(world, 50, image=BLUE, group=0)
    green = world.make("web", 50, image=GREEN, group=1)
    assert green is not None
    passes, switched_at = 0, 0
    while True:
        if passes == crash_after:
            world.crash()
            for node in world.fleet.nodes:
                node.come_back()
            passes += 1
        elif world.plane.drain(passes=1):
            passes += 1
        elif not world.fleet.settle_once(world.plane) and not world.check_targets():
            if world.is_stable() and not switched_at:
                switched_at = passes
                world.promote(green["id"])
                world.drop(blue)
            elif world.is_stable() and len(world.shown_sets()) == 1:
                break
    assert running(world) == {GREEN: 2}
    world.plane.end()
    names = {blue: "BLUE", green["id"]: "GREEN"}
    lines = [each for each in told(world) if "(target-group" not in each]
    for task_set_id, name in names.items():
        lines = [each.replace(task_set_id, name) for each in lines]
    return passes, lines


def test_a_crash_after_any_pass_changes_nothing_of_it() -> None:
    emptied = EmptiedStore()
    passes, undisturbed = switched(emptied, crash_after=-1)
    assert passes > 30
    for crash_after in range(passes):
        _, became = switched(emptied, crash_after=crash_after)
        assert became == undisturbed, f"after pass {crash_after}"
