"""Each of Homeport's reserved tags, by which the runs of a job are kept."""

from typing import Any

import pytest

from homeport.services.jobs.queries.firings import WOKEN_AT_ONCE
from jobs_world import JobsWorld, ecs_target, reserved, universal_target
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document

BIG = 5_000


def tags(**said: str) -> dict[str, Any]:
    return {"tags": reserved(said)}


def big(jobs: JobsWorld, memory: int = BIG) -> None:
    """A definition of which the node has room for one task."""
    jobs.plane.ask(
        "RegisterTaskDefinition", **document(container(memory=memory, cpu=1), family="big")
    )


# --- concurrency ---------------------------------------------------------------------------------


def test_forbid_leaves_out_a_firing_while_a_run_is_under_way_and_says_which(
    jobs: JobsWorld,
) -> None:
    first = jobs.fire(ecs_target(), **tags(concurrency="forbid"))
    second = jobs.fire(ecs_target(), **tags(concurrency="forbid"))
    firing = jobs.firing(second)
    assert (firing.state, firing.attempts_made) == ("SKIPPED", 0)
    run = jobs.run(first)
    assert run.id in firing.reason
    assert run.tasks[0].arn in firing.reason
    assert len(jobs.tasks()) == 1
    jobs.end(run.tasks[0].arn)
    third = jobs.fire(ecs_target(), **tags(concurrency="forbid"))
    assert jobs.firing(third).state == "DELIVERED"


def test_forbid_knows_nothing_of_other_targets_and_other_sources(jobs: JobsWorld) -> None:
    jobs.fire(ecs_target(), **tags(concurrency="forbid"))
    other = jobs.fire(ecs_target(), target_id="other", **tags(concurrency="forbid"))
    another = jobs.fire(ecs_target(), source="arn:another", **tags(concurrency="forbid"))
    assert [jobs.firing(each).state for each in (other, another)] == ["DELIVERED"] * 2


def test_forbid_counts_a_run_that_is_to_be_tried_again_as_under_way(jobs: JobsWorld) -> None:
    said = tags(concurrency="forbid", retry_attempts="1")
    first = jobs.fire(ecs_target(), **said)
    jobs.end(jobs.run(first).tasks[0].arn, 1)
    assert jobs.runs(first)[-1].outcome == "PENDING"
    assert jobs.firing(jobs.fire(ecs_target(), **said)).state == "SKIPPED"


def test_forbid_counts_a_firing_that_waits_for_room_as_under_way(jobs: JobsWorld) -> None:
    big(jobs, 1_000_000)
    said = tags(concurrency="forbid", queue_for_capacity="true")
    first = jobs.fire(ecs_target(TaskDefinitionArn="big"), **said)
    second = jobs.fire(ecs_target(TaskDefinitionArn="big"), **said)
    assert [jobs.firing(each).state for each in (first, second)] == ["WAITING", "SKIPPED"]


def test_replace_stops_the_other_run_and_starts_once_it_is_over(jobs: JobsWorld) -> None:
    said = tags(concurrency="replace", retry_attempts="3")
    first = jobs.fire(ecs_target(), **said)
    old = jobs.run(first).tasks[0].arn
    jobs.start(old)
    second = jobs.fire(ecs_target(), **said)
    assert jobs.firing(second).state == "WAITING"
    assert jobs.firing(second).waits_for == f"run {jobs.run(first).id}"
    assert jobs.task(old)["desiredStatus"] == "STOPPED"
    assert second in jobs.task(old)["stoppedReason"]
    assert len(jobs.tasks()) == 1
    jobs.later(7.0)
    jobs.node.settle()
    assert (jobs.run(first).outcome, jobs.run(first).retries_left) == ("STOPPED", 0)
    firing = jobs.firing(second)
    assert (firing.state, firing.waited_s, firing.waits_for) == ("DELIVERED", 7.0, "")
    assert jobs.run(second).outcome == "RUNNING"
    assert len(jobs.runs(first)) == 1


def test_of_several_that_wait_to_replace_only_the_last_starts(jobs: JobsWorld) -> None:
    said = tags(concurrency="replace")
    first = jobs.fire(ecs_target(), **said)
    jobs.start(jobs.run(first).tasks[0].arn)
    second = jobs.fire(ecs_target(), **said)
    third = jobs.fire(ecs_target(), **said)
    assert [jobs.firing(each).state for each in (second, third)] == ["SKIPPED", "WAITING"]
    jobs.node.settle()
    assert jobs.firing(third).state == "DELIVERED"
    assert third in jobs.firing(second).reason


def test_replace_takes_the_place_of_a_run_that_is_to_be_tried_again(jobs: JobsWorld) -> None:
    said = tags(concurrency="replace", retry_attempts="1")
    first = jobs.fire(ecs_target(), **said)
    jobs.end(jobs.run(first).tasks[0].arn, 1)
    second = jobs.fire(ecs_target(), **said)
    assert [each.outcome for each in jobs.runs(first)] == ["FAILED", "STOPPED"]
    assert jobs.firing(first).closed_at is not None
    assert jobs.firing(second).state == "DELIVERED"
    jobs.later(100.0)
    assert len(jobs.runs(first)) == 2


def test_replace_takes_the_place_of_one_that_waits_for_room(jobs: JobsWorld) -> None:
    big(jobs, 1_000_000)
    said = tags(concurrency="replace", queue_for_capacity="true")
    first = jobs.fire(ecs_target(TaskDefinitionArn="big"), **said)
    second = jobs.fire(ecs_target(TaskDefinitionArn="big"), **said)
    assert [jobs.firing(each).state for each in (first, second)] == ["SKIPPED", "WAITING"]
    assert second in jobs.firing(first).reason


# --- retries -------------------------------------------------------------------------------------


def test_a_run_that_fails_is_followed_by_others_later_and_later(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), **tags(retry_attempts="2"))
    for wait_s in (10.0, 20.0):
        jobs.end(jobs.runs(firing_id)[-1].tasks[0].arn, 1)
        following = jobs.runs(firing_id)[-1]
        assert following.outcome == "PENDING"
        assert following.next_attempt_at == pytest.approx(jobs.clock.now() + wait_s)
        jobs.later(wait_s - 0.1)
        assert jobs.runs(firing_id)[-1].outcome == "PENDING"
        jobs.later(0.1)
        assert jobs.runs(firing_id)[-1].outcome == "RUNNING"
    jobs.end(jobs.runs(firing_id)[-1].tasks[0].arn, 1)
    first, second, third = jobs.runs(firing_id)
    assert (first.next, second.next, third.next) == (second.id, third.id, "")
    assert (first.previous, second.previous, third.previous) == ("", first.id, second.id)
    assert len({run.tasks[0].arn for run in (first, second, third)}) == 3
    assert [run.outcome for run in (first, second, third)] == ["FAILED"] * 3
    jobs.later(10_000.0)
    assert len(jobs.runs(firing_id)) == 3


def test_retries_end_with_the_first_run_that_succeeds(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), **tags(retry_attempts="5"))
    jobs.end(jobs.run(firing_id).tasks[0].arn, 1)
    assert jobs.firing(firing_id).closed_at is None
    jobs.later(10.0)
    jobs.end(jobs.runs(firing_id)[-1].tasks[0].arn, 0)
    assert [run.outcome for run in jobs.runs(firing_id)] == ["FAILED", "SUCCEEDED"]
    assert jobs.firing(firing_id).closed_at == jobs.clock.now()


def test_a_retry_while_no_agent_is_connected_is_asked_for_again(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), **tags(retry_attempts="1"))
    [first] = jobs.tasks()
    jobs.end(first, 1)
    jobs.node.goodbye()
    jobs.later(10)
    waiting = jobs.runs(firing_id)[-1]
    assert (waiting.outcome, waiting.attempts_made) == ("PENDING", 1)
    assert waiting.reason.startswith("AGENT: ")
    jobs.node.hello()
    jobs.later(10)
    assert jobs.runs(firing_id)[-1].outcome == "RUNNING"
    assert len(jobs.tasks()) == 2


@pytest.mark.parametrize(("code", "runs"), [(3, 2), (4, 1)])
def test_only_the_exit_codes_that_the_tag_names_are_tried_again(
    jobs: JobsWorld, code: int, runs: int
) -> None:
    firing_id = jobs.fire(ecs_target(), **tags(retry_attempts="1", retry_on="3 7"))
    jobs.end(jobs.run(firing_id).tasks[0].arn, code)
    assert len(jobs.runs(firing_id)) == runs


def test_a_stop_code_that_the_tag_names_is_tried_again(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), **tags(retry_attempts="1", retry_on="TaskFailedToStart"))
    jobs.node.pull()
    jobs.node.fail(jobs.tasks()[0], "CannotPullContainerError")
    jobs.node.settle()
    assert [run.outcome for run in jobs.runs(firing_id)] == ["FAILED", "PENDING"]


def test_of_several_tasks_only_those_that_failed_are_started_again(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(TaskCount=3), **tags(retry_attempts="1"))
    one, two, three = (task.arn for task in jobs.run(firing_id).tasks)
    for arn, code in ((one, 0), (two, 1), (three, 2)):
        jobs.end(arn, code)
    jobs.later(10.0)
    assert len(jobs.runs(firing_id)[-1].tasks) == 2


def test_a_universal_target_with_a_token_of_its_own_starts_another_task(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(
        universal_target("ecs:runTask"),
        payload='{"TaskDefinition":"web","ClientToken":"mine"}',
        **tags(retry_attempts="1"),
    )
    jobs.end(jobs.run(firing_id).tasks[0].arn, 1)
    jobs.later(10.0)
    assert jobs.runs(firing_id)[-1].outcome == "RUNNING"
    assert len(jobs.tasks()) == 2


def test_a_run_whose_definition_went_away_ends_with_the_apis_error(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(
        ecs_target(TaskDefinitionArn="web:1"), max_retries=1, **tags(retry_attempts="3")
    )
    jobs.end(jobs.run(firing_id).tasks[0].arn, 1)
    jobs.plane.ask("DeregisterTaskDefinition", taskDefinition="web:1")
    jobs.later(10.0)
    assert jobs.runs(firing_id)[-1].attempts_made == 1
    jobs.later(10.0)
    last = jobs.runs(firing_id)[-1]
    assert (last.outcome, last.attempts_made) == ("FAILED", 2)
    assert last.reason.startswith("ClientException")
    assert len(jobs.runs(firing_id)) == 2
    assert jobs.firing(firing_id).closed_at is not None


# --- time limit ----------------------------------------------------------------------------------


def test_a_task_that_takes_too_long_is_stopped_and_its_run_timed_out(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), **tags(time_limit="30"))
    [arn] = jobs.tasks()
    jobs.start(arn)
    jobs.later(31.0)
    jobs.node.settle()
    run = jobs.run(firing_id)
    assert run.outcome == "TIMED_OUT"
    assert "time limit of 30 seconds" in run.stopped_reason


# --- room ----------------------------------------------------------------------------------------


def test_a_firing_without_room_waits_until_a_task_ends(jobs: JobsWorld) -> None:
    big(jobs)
    target = ecs_target(TaskDefinitionArn="big")
    first = jobs.fire(target)
    second = jobs.fire(target, max_age_s=60.0, **tags(queue_for_capacity="true"))
    firing = jobs.firing(second)
    assert (firing.state, firing.attempts_made) == ("WAITING", 0)
    assert "RESOURCE:MEMORY" in firing.reason
    jobs.clock.turn(5_000.0)
    jobs.end(jobs.run(first).tasks[0].arn)
    firing = jobs.firing(second)
    assert (firing.state, firing.waited_s) == ("DELIVERED", 5_000.0)


def test_a_firing_without_room_waits_until_there_is_another_node(jobs: JobsWorld) -> None:
    big(jobs)
    target = ecs_target(TaskDefinitionArn="big")
    jobs.fire(target)
    second = jobs.fire(target, **tags(queue_for_capacity="true"))
    assert jobs.firing(second).state == "WAITING"
    SimulatedNode(jobs.plane, 2)
    jobs.plane.drain()
    assert jobs.firing(second).state == "DELIVERED"


def test_room_for_many_is_handed_on_from_one_to_the_next(jobs: JobsWorld) -> None:
    big(jobs, 300)
    target = ecs_target(TaskDefinitionArn="big", TaskCount=10)
    jobs.fire(target)
    jobs.fire(target)
    jobs.fire(ecs_target(TaskDefinitionArn="big", TaskCount=7))
    held = jobs.tasks()
    small = ecs_target(TaskDefinitionArn="big")
    waiting = [
        jobs.fire(small, **tags(queue_for_capacity="true")) for _ in range(WOKEN_AT_ONCE + 5)
    ]
    assert {jobs.firing(each).state for each in waiting} == {"WAITING"}
    for arn in held:
        jobs.plane.ask("StopTask", task=arn)
    jobs.node.settle()
    assert {jobs.firing(each).state for each in waiting} == {"DELIVERED"}


def test_what_still_finds_no_room_waits_on_without_an_end(jobs: JobsWorld) -> None:
    big(jobs, 1_000_000)
    firing_id = jobs.fire(
        ecs_target(TaskDefinitionArn="big"), max_age_s=60.0, **tags(queue_for_capacity="true")
    )
    for _ in range(3):
        jobs.clock.turn(100_000.0)
        jobs.plane.sweep()
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.attempts_made, firing.attempts) == ("WAITING", 0, ())


def test_who_deletes_the_schedule_calls_off_what_waits(jobs: JobsWorld) -> None:
    big(jobs)
    target = ecs_target(TaskDefinitionArn="big")
    first = jobs.fire(target)
    second = jobs.fire(target, **tags(queue_for_capacity="true"))
    jobs.ask("scheduler", "DeleteSchedule", Name="nightly")
    jobs.end(jobs.run(first).tasks[0].arn)
    firing = jobs.firing(second)
    assert (firing.state, firing.waits_for) == ("SKIPPED", "")
    assert firing.reason == "The schedule was deleted while it waited."
    assert firing.closed_at == jobs.clock.now()


def test_a_run_that_follows_another_waits_for_room_too(jobs: JobsWorld) -> None:
    big(jobs)
    target = ecs_target(TaskDefinitionArn="big")
    first = jobs.fire(target, **tags(queue_for_capacity="true", retry_attempts="1"))
    jobs.end(jobs.run(first).tasks[0].arn, 1)
    other = jobs.fire(target)
    jobs.later(10.0)
    assert jobs.runs(first)[-1].reason.startswith("It waits for room")
    jobs.end(jobs.run(other).tasks[0].arn)
    jobs.later(30.0)
    assert jobs.runs(first)[-1].outcome == "RUNNING"


# --- whose tags ----------------------------------------------------------------------------------


def test_the_definitions_tags_count_and_win_over_the_groups(jobs: JobsWorld) -> None:
    jobs.tag_definition(concurrency="forbid", retry_attempts="1")
    first = jobs.fire(ecs_target(), **tags(concurrency="allow"))
    assert jobs.run(first).retries_left == 1
    assert jobs.firing(jobs.fire(ecs_target())).state == "SKIPPED"


def test_tags_that_say_nothing_known_fail_the_firing_with_a_sentence(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), max_retries=0, **tags(concurrency="never"))
    firing = jobs.firing(firing_id)
    assert firing.state == "FAILED"
    assert "homeport:concurrency is one of allow, forbid, replace" in firing.reason


def test_other_tags_of_a_group_are_nobodys_business(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), tags=(("team", "night"), ("Homeport:x", "y")))
    assert jobs.firing(firing_id).state == "DELIVERED"
