"""From an event to what a target was given: rules, the engine, ECS and SQS, all of them real."""

import json
from typing import Any

import pytest

from conftest import ACCOUNT, REGION, CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.events.plan.deliveries import NO_THIRD_BUS
from homeport.services.jobs.queries.lists import last_firing
from homeport.store import Store
from jobs_world import CLUSTER, ROLE, JobsWorld
from task_definition_documents import container, document

STOPPED = json.dumps(
    {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {"lastStatus": ["STOPPED"], "containers": {"exitCode": [3]}},
    }
)


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> JobsWorld:
    return JobsWorld(store, clock, ids, peers)


def rule(world: JobsWorld, name: str, aim: dict[str, Any], **said: Any) -> str:
    bus = {"EventBusName": said.get("EventBusName", "default")}
    made = world.ask("events", "PutRule", Name=name, **said)
    world.ask("events", "PutTargets", Rule=name, Targets=[{"Id": "t", **aim}], **bus)
    return str(made["RuleArn"])


def put(world: JobsWorld, *details: object, **entry: Any) -> None:
    for each in details:
        said = {"Source": "shop", "DetailType": "sold", "Detail": json.dumps({"n": each}), **entry}
        assert world.ask("events", "PutEvents", Entries=[said])["FailedEntryCount"] == 0


def bodies(world: JobsWorld, queue: str) -> list[dict[str, Any]]:
    return [json.loads(each["Body"]) for each in world.messages(queue)]


def test_events_come_to_a_queue_in_the_order_in_which_they_were_put(world: JobsWorld) -> None:
    queue = world.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    aim = {"Arn": queue, "SqsParameters": {"MessageGroupId": "g"}, "InputPath": "$.detail"}
    rule(world, "r", aim, EventPattern='{"source":["shop"]}')
    put(world, *range(5))
    world.plane.drain()
    put(world, *range(5, 9))
    world.plane.drain()
    assert [each["n"] for each in bodies(world, "q.fifo")] == list(range(9))


def test_a_task_that_fails_has_another_clean_up(world: JobsWorld) -> None:
    clean_up = document(container(memory=64, cpu=1), family="clean-up")
    world.plane.ask("RegisterTaskDefinition", **clean_up)
    aim = {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": "clean-up"},
        "InputTransformer": {
            "InputPathsMap": {"task": "$.detail.taskArn"},
            "InputTemplate": '{"containerOverrides":[{"name":"web","command":["after","<task>"]}]}',
        },
    }
    rule(world, "clean-up", aim, EventPattern=STOPPED)
    started = world.plane.ask("RunTask", taskDefinition="web", count=2)["tasks"]
    failing, fine = [each["taskArn"] for each in started]
    world.end(fine, 0)
    assert len(world.tasks()) == 2
    world.end(failing, 3)
    world.plane.drain()
    [cleaning] = [arn for arn in world.tasks() if arn not in (failing, fine)]
    task = world.task(cleaning)
    assert task["startedBy"].startswith("events-rule/clean-up")
    assert task["overrides"]["containerOverrides"][0]["command"] == ["after", failing]


def test_an_event_of_ecs_is_sent_on_to_another_bus_as_it_is(world: JobsWorld) -> None:
    two = world.ask("events", "CreateEventBus", Name="two")["EventBusArn"]
    pattern = '{"source":["aws.ecs"],"detail":{"lastStatus":["RUNNING"]}}'
    rule(world, "on", {"Arn": two, "RoleArn": ROLE}, EventPattern=pattern)
    for bus, queue in (("default", "here"), ("two", "there")):
        aim = {"Arn": world.queue(queue)}
        rule(world, "keep", aim, EventPattern=pattern, EventBusName=bus)
    back = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    third = rule(
        world, "back", {"Arn": back, "RoleArn": ROLE}, EventPattern=pattern, EventBusName="two"
    )
    world.start(world.plane.ask("RunTask", taskDefinition="web")["tasks"][0]["taskArn"])
    world.plane.drain()
    here, there = bodies(world, "here"), bodies(world, "there")
    assert len(here) == 1
    assert there == here
    assert there[0]["source"] == "aws.ecs"
    lost = world.store.read(lambda tx: last_firing(tx, third, until=world.clock.now()))
    assert lost is not None
    assert (lost.state, lost.reason) == ("MISSED", NO_THIRD_BUS)


def test_a_rule_with_a_schedule_starts_tasks(world: JobsWorld) -> None:
    aim = {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": "web", "TaskCount": 2},
    }
    rule(world, "r", aim, ScheduleExpression="rate(1 minute)")
    world.later(59.0)
    assert world.tasks() == []
    world.later(1.0)
    assert len(world.tasks()) == 2
    world.later(0.0)
    world.later(60.0)
    assert len(world.tasks()) == 4


def test_what_no_queue_takes_ends_in_the_dead_letter_queue(world: JobsWorld) -> None:
    missing = f"arn:aws:sqs:{REGION}:{ACCOUNT}:missing"
    aim = {
        "Arn": missing,
        "RetryPolicy": {"MaximumRetryAttempts": 0},
        "DeadLetterConfig": {"Arn": world.queue("dead")},
    }
    rule(world, "r", aim, EventPattern='{"source":["shop"]}')
    put(world, 1)
    world.plane.drain()
    [letter] = world.messages("dead")
    assert json.loads(letter["Body"])["detail"] == {"n": 1}
    said = {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
    assert said["TARGET_ARN"] == missing
