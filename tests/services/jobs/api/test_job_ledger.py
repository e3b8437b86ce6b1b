"""ListJobs, ListJobRuns and RunJob over the wire, of schedules and rules that stock boto3 made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.client import CallRefused
from homeport.services.jobs.queries import lists
from homeport.store import Store
from ledger_world import CLUSTER, QUEUE, ROLE, LedgerWorld, ledger_world
from root_asking import ACCOUNT, REGION


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[LedgerWorld]:
    with ledger_world(store, tmp_path) as opened:
        yield opened


def jobs(world: LedgerWorld, **request: Any) -> list[dict[str, Any]]:
    return list(world.ask("ListJobs", **request)["jobs"])


def names(world: LedgerWorld, **request: Any) -> list[tuple[str, str]]:
    return [(each["group"], each["name"]) for each in jobs(world, **request)]


def runs(world: LedgerWorld, job: str, **request: Any) -> list[dict[str, Any]]:
    return list(world.ask("ListJobRuns", job=job, **request)["runs"])


def rule(world: LedgerWorld, name: str, **members: Any) -> str:
    arn = world.events.put_rule(Name=name, **members)["RuleArn"]
    target = {"Id": "letters", "Arn": QUEUE}
    world.events.put_targets(Rule=name, Targets=[target])
    return str(arn)


def test_a_schedule_without_a_history_is_listed_with_its_next_run(world: LedgerWorld) -> None:
    world.group("nights", concurrency="forbid")
    arn = world.schedule(
        "report", "nights", ScheduleExpressionTimezone="Europe/Berlin", State="ENABLED"
    )
    answer = world.ask("ListJobs")
    [shown] = answer["jobs"]
    following = shown.pop("nextRunAt")
    assert answer["at"] - 60 < following <= answer["at"] + 3600
    assert shown == {
        "jobArn": arn,
        "kind": "schedule",
        "group": "nights",
        "name": "report",
        "state": "ENABLED",
        "scheduleExpression": "rate(1 hour)",
        "scheduleExpressionTimezone": "Europe/Berlin",
        "targetArns": [CLUSTER],
        "tags": [{"key": "homeport:concurrency", "value": "forbid"}],
        **dict.fromkeys(
            ("firings", "succeeded", "failed", "stopped", "skipped", "missed", "underWay"), 0
        ),
    }


def test_jobs_are_counted_by_what_came_of_their_firings(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    for outcome, code in (("SUCCEEDED", 0), ("SUCCEEDED", 0), ("FAILED", 3), ("STOPPED", 137)):
        world.run(world.fire(arn), outcome, code)  # type: ignore[arg-type]
    world.ended(world.fire(arn), "SKIPPED", reason="Another run is under way.")
    world.ended(world.fire(arn), "DELIVERED")
    world.missed(arn, 7)
    twice = world.fire(arn)
    world.run(twice, "FAILED", 1)
    world.run(twice, "SUCCEEDED", 0)
    world.run(world.fire(arn), "RUNNING")
    [shown] = jobs(world)
    told = {
        key: shown[key]
        for key in ("firings", "succeeded", "failed", "stopped", "skipped", "missed", "underWay")
    }
    assert told == {
        "firings": 15,
        "succeeded": 4,
        "failed": 1,
        "stopped": 1,
        "skipped": 1,
        "missed": 7,
        "underWay": 1,
    }
    assert shown["successRate"] == 0.8
    assert shown["lastRun"]["outcome"] == "RUNNING"


def test_the_last_run_is_one_that_was_due_already(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    task = world.run(world.fire(arn), "FAILED", 3)
    world.fire(arn, due_at=world.clock.now() + 600)
    [shown] = jobs(world)
    assert shown["lastRun"]["outcome"] == "FAILED"
    assert shown["lastRun"]["exitCode"] == 3
    assert shown["lastRun"]["taskArns"] == [task]
    assert shown["underWay"] == 1


def test_filters_and_pages_meet_every_job_once_in_order(world: LedgerWorld) -> None:
    world.group("a")
    world.group("b")
    for group, name in (("b", "x"), ("a", "x"), ("a", "y"), ("default", "x-ray"), ("a", "w")):
        world.schedule(name, group)
    rule(world, "x", ScheduleExpression="rate(1 hour)")
    every = [
        ("a", "w"),
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("default", "x"),
        ("default", "x-ray"),
    ]
    assert names(world) == every
    assert names(world, namePrefix="x") == [each for each in every if each[1].startswith("x")]
    assert names(world, group="a", namePrefix="x") == [("a", "x")]
    assert names(world, kind="rule") == [("default", "x")]
    assert ("default", "x") not in names(world, kind="schedule")
    paged, request = [], {"maxResults": 4}
    while True:
        answer = world.ask("ListJobs", **request)
        assert len(answer["jobs"]) <= 4
        paged += [(each["group"], each["name"]) for each in answer["jobs"]]
        if "nextToken" not in answer:
            break
        request["nextToken"] = answer["nextToken"]
    assert paged == every


def test_a_deleted_schedule_is_shown_for_as_long_as_it_has_a_history(world: LedgerWorld) -> None:
    ran, fresh = world.schedule("ran"), world.schedule("fresh")
    world.run(world.fire(ran), "SUCCEEDED", 0)
    for name in ("ran", "fresh"):
        world.scheduler.delete_schedule(Name=name)
    [shown] = jobs(world)
    assert (shown["jobArn"], shown["state"], shown["succeeded"]) == (ran, "DELETED", 1)
    assert "nextRunAt" not in shown
    assert [each["outcome"] for each in runs(world, "ran")] == ["SUCCEEDED"]
    assert refused(world, "ListJobRuns", job=fresh)[0] == "JobNotFoundException"
    kind, text = refused(world, "RunJob", job="ran")
    assert (kind, text) == (
        "JobNotFoundException",
        "The schedule ran of group default was deleted: only its history is left.",
    )


def test_what_was_made_again_has_its_former_history(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    world.run(world.fire(arn), "SUCCEEDED", 0)
    world.scheduler.delete_schedule(Name="report")
    world.schedule("report", State="DISABLED")
    [shown] = jobs(world)
    assert (shown["state"], shown["succeeded"]) == ("DISABLED", 1)


def test_a_run_tells_of_its_attempts_and_how_they_follow_each_other(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    firing = world.fire(arn, due_at=world.clock.now() - 5)
    first, second = world.run(firing, "FAILED", 3), world.run(firing, "SUCCEEDED", 0)
    [run] = runs(world, "report")
    assert run["id"] == firing
    assert run["outcome"] == "SUCCEEDED"
    assert run["exitCode"] == 0
    assert run["durationSeconds"] == pytest.approx(2.0, abs=0.1)
    assert 5 <= run["latenessSeconds"] < 60
    assert run["taskArns"] == [first, second]
    assert not run["byHand"]
    assert not run["deadLettered"]
    assert [(each["number"], each["outcome"], each["exitCode"]) for each in run["attempts"]] == [
        (1, "FAILED", 3),
        (2, "SUCCEEDED", 0),
    ]
    [task] = run["attempts"][0]["tasks"]
    assert task["containers"] == [{"name": "main", "exitCode": 3}]
    assert run["attempts"][0]["reason"] == "Essential container in task exited"
    assert "reason" not in run


def test_a_run_that_was_given_up_tells_every_error_and_its_queue(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    error = ("ClientException", "TaskDefinition is inactive")
    world.given_up(world.fire(arn, by_hand=True), error=error, queue=QUEUE)
    [run] = runs(world, "report")
    assert (run["outcome"], run["deadLettered"], run["deadLetterQueueArn"]) == (
        "FAILED",
        True,
        QUEUE,
    )
    assert run["reason"] == "It was given up."
    assert run["byHand"]
    assert run["deliveryAttemptCount"] == 2
    assert [(each["errorCode"], each["errorMessage"]) for each in run["deliveryAttempts"]] == [
        error,
        error,
    ]
    assert run["attempts"] == run["taskArns"] == []
    assert "latenessSeconds" not in run


def test_runs_come_the_newest_first_in_pages_and_by_outcome(world: LedgerWorld) -> None:
    arn, other = world.schedule("report"), world.schedule("other")
    made = [world.fire(arn) for _ in range(7)]
    world.fire(other)
    for number, each in enumerate(made):
        world.run(each, "FAILED" if number % 2 else "SUCCEEDED", number % 2)
    for outcome, wanted in ((None, made), ("FAILED", made[1::2]), ("SUCCEEDED", made[::2])):
        request: dict[str, Any] = {"maxResults": 2} | ({"outcome": outcome} if outcome else {})
        seen = []
        while True:
            answer = world.ask("ListJobRuns", job=arn, **request)
            assert len(answer["runs"]) <= 2
            seen += [each["id"] for each in answer["runs"]]
            if "nextToken" not in answer:
                break
            request["nextToken"] = answer["nextToken"]
        assert seen == wanted[::-1]
    assert runs(world, arn, outcome="MISSED") == []
    assert [each["id"] for each in runs(world, arn, ids=[made[0], made[3]])] == [made[3], made[0]]
    assert runs(world, other, ids=[made[0]]) == []


def test_missed_firings_are_one_entry_that_says_how_many(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    world.missed(arn, 31)
    [run] = runs(world, arn)
    assert (run["outcome"], run["missedCount"], run["reason"]) == (
        "MISSED",
        31,
        "Homeport was down.",
    )


def test_the_run_of_a_task_is_found_by_its_arn(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    firing = world.fire(arn)
    world.run(firing, "FAILED", 1)
    task = world.run(firing, "RUNNING")
    answer = world.ask("ListJobRuns", task=task)
    assert answer["job"]["jobArn"] == arn
    assert [each["id"] for each in answer["runs"]] == [firing]
    assert world.ask("ListJobRuns", task=f"{task}x")["runs"] == []


def test_a_job_is_run_now_whatever_its_state(world: LedgerWorld) -> None:
    arn = world.schedule("report", State="DISABLED")
    answer = world.ask("RunJob", job="report")
    assert answer["jobArn"] == arn
    [run] = runs(world, arn)
    assert answer["ids"] == [run["id"]]
    assert run["byHand"]
    assert run["outcome"] == "PENDING"
    again = world.ask("RunJob", job=arn)
    assert again["ids"] != answer["ids"]
    assert len(runs(world, arn)) == 2


def test_what_a_queue_took_was_delivered(world: LedgerWorld) -> None:
    url = world.sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = world.schedule("post", Target={"Arn": QUEUE, "RoleArn": ROLE, "Input": "hello"})
    world.ask("RunJob", job="post")
    world.turn(arn)
    [run] = runs(world, arn)
    [message] = world.sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "hello"
    assert (run["outcome"], run["answer"]) == ("DELIVERED", message["MessageId"])
    assert run["attempts"] == run["taskArns"] == []
    assert run["finishedAt"] == run["deliveredAt"]
    assert jobs(world)[0]["successRate"] == 1.0


def test_what_cannot_be_started_is_tried_as_its_policy_says_and_dead_lettered(
    world: LedgerWorld,
) -> None:
    url = world.sqs.create_queue(QueueName="letters")["QueueUrl"]
    target = {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": "nobody:1"},
        "RetryPolicy": {"MaximumRetryAttempts": 0},
        "DeadLetterConfig": {"Arn": QUEUE},
    }
    arn = world.schedule("report", Target=target)
    world.ask("RunJob", job="report")
    world.turn(arn)
    [run] = runs(world, arn, outcome="FAILED")
    [tried] = run["deliveryAttempts"]
    assert tried["errorCode"] in run["reason"]
    assert (run["deadLettered"], run["deadLetterQueueArn"]) == (True, QUEUE)
    [message] = world.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == tried["errorCode"]
    assert jobs(world)[0]["failed"] == 1


def test_a_name_in_two_groups_is_refused_until_its_group_is_said(world: LedgerWorld) -> None:
    world.group("nights")
    one, two = world.schedule("report"), world.schedule("report", "nights")
    for operation in ("RunJob", "ListJobRuns"):
        kind, text = refused(world, operation, job="report")
        assert kind == "AmbiguousJobException"
        assert "schedule report of group default; schedule report of group nights" in text
    assert world.ask("RunJob", job="report", group="nights")["jobArn"] == two
    assert world.ask("ListJobRuns", job=one)["job"]["jobArn"] == one
    assert runs(world, one) == []


def test_an_unknown_job_is_answered_with_the_names_that_are_near(world: LedgerWorld) -> None:
    world.schedule("nightly-report")
    assert refused(world, "RunJob", job="nightly-reprot") == (
        "JobNotFoundException",
        "There is no schedule and no rule nightly-reprot. Did you mean nightly-report?",
    )
    assert refused(world, "ListJobRuns", job="nightly-report", group="x")[0] == (
        "JobNotFoundException"
    )


@pytest.mark.parametrize(
    ("operation", "request_", "told"),
    [
        ("ListJobs", {"kind": "cron"}, "kind is one of schedule, rule, not 'cron'."),
        ("ListJobs", {"nextToken": "x"}, "nextToken is not one"),
        ("ListJobRuns", {"job": "a", "nextToken": "MTphYmM="}, "nextToken is not one"),
        ("ListJobRuns", {"job": "a", "outcome": "GOOD"}, "outcome is one of PENDING, WAITING,"),
        ("ListJobRuns", {}, "either a job or a task"),
        ("ListJobRuns", {"job": "a", "task": "b"}, "either a job or a task"),
        ("RunJob", {"job": CLUSTER}, "is the ARN of neither a schedule nor a rule."),
        ("RunJob", {"job": "a", "kind": "x"}, "kind is one of"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(
    world: LedgerWorld, operation: str, request_: dict[str, Any], told: str
) -> None:
    world.schedule("a")
    kind, text = refused(world, operation, **request_)
    assert kind == "InvalidParameterException"
    assert told in text


def test_pages_are_bounded(world: LedgerWorld) -> None:
    world.schedule("a")
    for operation in ("ListJobs", "ListJobRuns"):
        asked = {"maxResults": 101} | ({"job": "a"} if operation == "ListJobRuns" else {})
        kind, text = refused(world, operation, **asked)
        assert kind == "InvalidParameterException"
        assert "maxResults" in text


def test_nobody_sees_the_jobs_of_another_account_or_region(world: LedgerWorld) -> None:
    arn = world.schedule("report")
    world.run(world.fire(arn), "SUCCEEDED", 0)
    for here, there in ((ACCOUNT, "1" * 12), (REGION, "eu-west-1")):
        elsewhere = arn.replace(here, there)
        assert refused(world, "ListJobRuns", job=elsewhere)[0] == "JobNotFoundException"
    assert world.store.read(lambda tx: lists.sources(tx, ACCOUNT, REGION)) == {arn}
    assert world.store.read(lambda tx: lists.sources(tx, ACCOUNT, "eu-west-1")) == frozenset()


def test_a_rule_with_a_schedule_is_run_by_hand_for_each_of_its_targets(
    world: LedgerWorld,
) -> None:
    arn = rule(world, "hourly", ScheduleExpression="rate(1 hour)")
    answer = world.ask("RunJob", job="hourly")
    assert answer["jobArn"] == arn
    [run] = runs(world, arn)
    assert (run["id"], run["targetId"]) == (answer["ids"][0], "letters")


def test_a_rule_that_only_has_a_pattern_is_not_run_by_hand(world: LedgerWorld) -> None:
    rule(world, "on-exit", EventPattern='{"source": ["aws.ecs"]}')
    kind, text = refused(world, "RunJob", job="on-exit")
    assert kind == "InvalidParameterException"
    assert text == (
        "The rule on-exit of bus default only has an event pattern: "
        "without an event there is nothing to run."
    )
    [shown] = jobs(world)
    assert "scheduleExpression" not in shown


def test_a_rule_without_a_target_has_nothing_to_run(world: LedgerWorld) -> None:
    world.events.put_rule(Name="bare", ScheduleExpression="rate(1 hour)")
    assert refused(world, "RunJob", job="bare") == (
        "InvalidParameterException",
        "The rule bare of bus default has no target: there is nothing to run.",
    )


def refused(world: LedgerWorld, operation: str, **request: Any) -> tuple[str, str]:
    """Type and text with which an operation refuses."""
    with pytest.raises(CallRefused) as raised:
        world.ask(operation, **request)
    return raised.value.kind, raised.value.text
