"""Firings whose target is a cluster: one task for each, followed to its end."""

from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from homeport.contracts.firings import Target
from homeport.runtime import Tick
from homeport.services.jobs.queries.firings import DUE_AT_ONCE
from homeport.services.jobs.reconcile import firings as firing_loop
from homeport.services.jobs.tables import firings as table
from homeport.store import Tx
from jobs_world import (
    CLUSTER,
    ROLE,
    JobsWorld,
    as_json,
    attributes_of,
    ecs_target,
    universal_target,
)


def test_a_firing_starts_its_task_and_the_ledger_follows_it_to_its_end(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), payload='{"containerOverrides":[{"name":"web","cpu":7}]}')
    firing, run = jobs.firing(firing_id), jobs.run(firing_id)
    assert (firing.state, firing.attempts_made, firing.closed_at) == ("DELIVERED", 1, None)
    [arn] = [task.arn for task in run.tasks]
    assert (firing.answer, run.outcome, run.number, run.cluster) == (arn, "RUNNING", 1, CLUSTER)
    shown = jobs.task(arn)
    assert shown["startedBy"] == "chronos-schedule/nightly"
    assert shown["overrides"]["containerOverrides"][0]["cpu"] == 7
    begun = jobs.clock.now()
    jobs.end(arn, after_s=42.0)
    run = jobs.run(firing_id)
    assert (run.outcome, run.exit_code, run.stop_code) == (
        "SUCCEEDED",
        0,
        "EssentialContainerExited",
    )
    assert (run.started_at, run.stopped_at, run.duration_s) == (begun, begun + 42.0, 42.0)
    assert run.tasks[0].containers[0].exit_code == 0
    assert jobs.firing(firing_id).closed_at == jobs.clock.now()


def test_without_reserved_tags_a_task_that_fails_is_not_tried_again(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    jobs.end(jobs.run(firing_id).tasks[0].arn, 3)
    run = jobs.run(firing_id)
    assert (run.outcome, run.exit_code) == ("FAILED", 3)
    jobs.later(10_000.0)
    assert len(jobs.runs(firing_id)) == 1
    assert jobs.firing(firing_id).state == "DELIVERED"


def test_a_task_that_cannot_start_fails_its_run_with_ecss_reason(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    [arn] = jobs.tasks()
    jobs.node.pull()
    jobs.node.fail(arn, "CannotPullContainerError: no such image")
    jobs.node.settle()
    run = jobs.run(firing_id)
    assert (run.outcome, run.stop_code, run.started_at) == ("FAILED", "TaskFailedToStart", None)
    assert "CannotPullContainerError" in run.tasks[0].containers[0].reason


def test_a_task_that_somebody_stops_is_stopped_not_failed(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    [arn] = jobs.tasks()
    jobs.start(arn)
    jobs.plane.ask("StopTask", task=arn, reason="enough")
    jobs.node.settle()
    run = jobs.run(firing_id)
    assert (run.outcome, run.stopped_reason) == ("STOPPED", "enough")


def test_several_tasks_are_one_run_that_is_over_with_the_last(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(TaskCount=2))
    one, other = (task.arn for task in jobs.run(firing_id).tasks)
    jobs.end(one, 0)
    assert jobs.run(firing_id).outcome == "RUNNING"
    jobs.end(other, 9)
    assert (jobs.run(firing_id).outcome, jobs.run(firing_id).exit_code) == ("FAILED", 9)


def test_a_universal_target_that_runs_tasks_is_followed_too(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(
        universal_target("ecs:runTask"), payload='{"TaskDefinition":"web","Count":1}'
    )
    [arn] = jobs.tasks()
    jobs.end(arn, 0)
    assert jobs.run(firing_id).outcome == "SUCCEEDED"
    assert "startedBy" not in jobs.task(arn)


def test_a_task_of_a_rule_says_which(jobs: JobsWorld) -> None:
    jobs.fire(ecs_target(), source_kind="rule", name="clean.up")
    assert jobs.task(jobs.tasks()[0])["startedBy"] == "events-rule/clean-up"


def test_firing_twice_with_a_token_changes_nothing(jobs: JobsWorld) -> None:
    one = jobs.fire(ecs_target(), token="first")
    assert jobs.fire(ecs_target(TaskCount=5), token="first") == one
    assert len(jobs.tasks()) == 1
    jobs.fire(ecs_target(), token="first", target_id="another target")
    assert len(jobs.tasks()) == 2


def test_a_pass_that_is_undone_and_repeated_makes_one_task(jobs: JobsWorld) -> None:
    class Killed(Exception):
        pass

    firing_id = jobs.ask_for(ecs_target())
    lane = jobs.firing(firing_id).lane

    def killed(tx: Tx) -> None:
        tick = Tick(now=jobs.clock.now(), ids=jobs.ids, clock=jobs.clock, peers=jobs.peers)
        firing_loop.reconcile(tx, lane, tick)
        raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            jobs.store.write(killed)
        assert jobs.tasks() == []
        assert jobs.firing(firing_id).attempts_made == 0
    jobs.plane.lose_wakes()  # A new process knows nothing but what is stored.
    jobs.plane.sweep()
    jobs.plane.sweep()
    assert len(jobs.tasks()) == 1
    assert jobs.run(firing_id).tasks[0].arn == jobs.tasks()[0]


def test_an_end_that_nobody_heard_of_is_found_by_the_sweep(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    [arn] = jobs.tasks()
    jobs.start(arn)
    jobs.node.exit(arn, 5)
    jobs.node.deliver()
    jobs.node.step(arn)
    jobs.node.deliver()
    jobs.plane.lose_wakes()
    assert jobs.run(firing_id).outcome == "RUNNING"
    jobs.plane.sweep()
    assert jobs.run(firing_id).exit_code == 5


def test_an_inactive_definition_is_retried_and_ends_in_the_dead_letter_queue(
    jobs: JobsWorld,
) -> None:
    dead = jobs.queue("dead")
    jobs.plane.ask("DeregisterTaskDefinition", taskDefinition="web:1")
    firing_id = jobs.fire(
        ecs_target(TaskDefinitionArn="web:1"),
        payload='{"containerOverrides":[{"name":"web"}]}',
        max_retries=2,
        dead_letter_arn=dead,
    )
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.attempts_made) == ("PENDING", 1)
    assert firing.attempts[0].error_code == "ClientException"
    assert "inactive" in firing.attempts[0].error_message.lower()
    jobs.later(9.9)
    assert jobs.firing(firing_id).attempts_made == 1
    jobs.later(0.2)
    assert jobs.firing(firing_id).attempts_made == 2
    assert jobs.messages("dead") == []
    jobs.later(20.0)
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.attempts_made) == ("FAILED", 3)
    assert (firing.exhausted, firing.dead_lettered_to) == ("MaximumRetryAttempts", dead)
    [letter] = jobs.messages("dead")
    assert attributes_of(letter) == {
        "ERROR_CODE": "ClientException",
        "ERROR_MESSAGE": firing.attempts[-1].error_message,
        "EXECUTION_ID": firing_id,
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "2",
        "SCHEDULED_TIME": "2022-05-14T01:12:00Z",
        "SCHEDULE_ARN": firing.wanted.source,
        "TARGET_ARN": CLUSTER,
    }
    assert '"TaskDefinition":"web:1"' in letter["Body"]
    assert '"Overrides":{"containerOverrides":[{"name":"web"}]}' in letter["Body"]


def test_a_firing_that_cannot_be_delivered_is_given_up_at_its_maximum_age(jobs: JobsWorld) -> None:
    dead = jobs.queue("dead")
    firing_id = jobs.fire(
        ecs_target(TaskDefinitionArn="nothing"), max_age_s=60.0, dead_letter_arn=dead
    )
    jobs.later(10.0)
    jobs.later(20.0)
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.exhausted) == ("FAILED", "MaximumEventAgeInSeconds")
    [letter] = jobs.messages("dead")
    assert attributes_of(letter)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert attributes_of(letter)["RETRY_ATTEMPTS"] == "2"


def test_a_firing_whose_turn_comes_too_late_is_not_tried_at_all(jobs: JobsWorld) -> None:
    firing_id = jobs.ask_for(ecs_target(), max_age_s=60.0)
    jobs.later(66.0)
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.attempts_made) == ("FAILED", 0)
    assert firing.reason.startswith("EventTooOld")
    assert jobs.tasks() == []


def test_back_off_and_age_are_seconds_of_ecs_time(jobs: JobsWorld) -> None:
    jobs.clock.time_scale = 10.0
    firing_id = jobs.fire(ecs_target(TaskDefinitionArn="nothing"), max_age_s=60.0)
    assert jobs.firing(firing_id).next_attempt_at == pytest.approx(jobs.clock.now() + 1.0)
    jobs.later(1.0)
    jobs.later(2.0)
    assert jobs.firing(firing_id).state == "FAILED"


def test_a_queue_that_is_gone_is_recorded(jobs: JobsWorld) -> None:
    gone = jobs.queue("gone").replace("gone", "never")
    firing_id = jobs.fire(
        ecs_target(TaskDefinitionArn="nothing"), max_retries=0, dead_letter_arn=gone
    )
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.dead_lettered_to) == ("FAILED", "")
    assert firing.dead_letter_problem.startswith("AWS.SimpleQueueService.NonExistentQueue")


def test_no_place_is_an_answer_it_is_neither_retried_nor_a_dead_letter(jobs: JobsWorld) -> None:
    dead = jobs.queue("dead")
    jobs.plane.ask("RegisterTaskDefinition", **large())
    firing_id = jobs.fire(ecs_target(TaskDefinitionArn="large"), dead_letter_arn=dead)
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.reason) == ("FAILED", "RESOURCE:MEMORY")
    assert firing.next_attempt_at is None
    assert "no dead letter" in firing.dead_letter_problem
    assert jobs.messages("dead") == []


def test_a_firing_while_no_agent_is_connected_is_tried_again(jobs: JobsWorld) -> None:
    jobs.node.goodbye()
    firing_id = jobs.fire(ecs_target())
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.attempts[-1].error_code) == ("PENDING", "AGENT")
    jobs.node.hello()
    jobs.later(10)
    assert jobs.firing(firing_id).state == "DELIVERED"
    assert len(jobs.tasks()) == 1


def test_one_that_fails_does_not_hold_up_those_after_it(jobs: JobsWorld) -> None:
    bad = jobs.ask_for(ecs_target(TaskDefinitionArn="nothing"))
    good = jobs.ask_for(ecs_target())
    jobs.plane.drain()
    assert [jobs.firing(each).state for each in (bad, good)] == ["PENDING", "DELIVERED"]


def test_firings_of_a_lane_are_tried_in_their_order_batch_after_batch(jobs: JobsWorld) -> None:
    queue = jobs.queue("order.fifo", FifoQueue="true")
    target = Target(arn=queue, parameters=as_json({"SqsParameters": {"MessageGroupId": "one"}}))
    count = DUE_AT_ONCE + 5
    for number in range(count):
        jobs.ask_for(target, payload=str(number))
    jobs.plane.drain()
    got: list[str] = []
    while batch := jobs.messages("order.fifo"):
        got += [each["Body"] for each in batch]
        for each in batch:
            jobs.ask(
                "sqs",
                "DeleteMessage",
                QueueUrl="https://queue.example/000000000000/order.fifo",
                ReceiptHandle=each["ReceiptHandle"],
            )
    assert got == [str(number) for number in range(count)]


def test_a_firing_waits_for_its_due_time(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target(), due_at=jobs.clock.now() + 30.0)
    assert jobs.firing(firing_id).state == "PENDING"
    assert jobs.plane.next_due() == pytest.approx(jobs.clock.now() + 30.0)
    jobs.later(29.0)
    assert jobs.tasks() == []
    jobs.later(1.0)
    assert len(jobs.tasks()) == 1


def test_undelivered_counts_what_is_neither_delivered_nor_given_up(jobs: JobsWorld) -> None:
    def count(source: str) -> int:
        return jobs.store.read(lambda tx: jobs.peers.firings.undelivered(tx, source))

    waiting = jobs.fire(ecs_target(), due_at=jobs.clock.now() + 30.0)
    jobs.fire(ecs_target())
    source = jobs.firing(waiting).wanted.source
    assert (count(source), count("another")) == (1, 0)
    jobs.later(30.0)
    assert count(source) == 0


def test_the_end_of_a_firing_that_is_awaited_is_announced_with_its_source(jobs: JobsWorld) -> None:
    heard: list[str] = []
    jobs.store.feed.listen(
        lambda changes: heard.extend(each.key for each in changes if each.kind == "firing over")
    )
    jobs.fire(ecs_target())
    assert heard == []
    firing_id = jobs.ask_for(ecs_target(), is_awaited=True)
    assert heard == []
    jobs.plane.drain()
    assert heard == [jobs.firing(firing_id).wanted.source]


def test_missed_firings_are_one_line_that_says_how_many(jobs: JobsWorld) -> None:
    firing_id = jobs.ask_for(ecs_target(), due_at=0.0)
    wanted = jobs.firing(firing_id).wanted
    missed = replace(wanted, token="missed")
    now = jobs.clock.now()
    for _ in range(2):
        jobs.store.write(
            lambda tx: jobs.peers.firings.missed(
                tx, missed, count=7, why="It was down.", now=now, ids=jobs.ids
            )
        )
    found = jobs.store.read(
        lambda tx: tx.rows(select(table.c.state, table.c.stands_for).order_by(table.c.sequence))
    )
    assert [tuple(row) for row in found] == [("PENDING", 1), ("MISSED", 7)]


def large() -> dict[str, Any]:
    return {
        "family": "large",
        "containerDefinitions": [{"name": "web", "image": "busybox", "memory": 1_000_000}],
    }


def test_the_target_is_asked_on_behalf_of_its_role(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    assert jobs.firing(firing_id).wanted.target.role_arn == ROLE
