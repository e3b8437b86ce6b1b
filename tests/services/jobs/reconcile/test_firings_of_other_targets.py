"""Firings whose target is no cluster: queues, buses, log groups, any operation that is served."""

import json

import pytest

from homeport.contracts.firings import Target
from jobs_world import (
    ROLE,
    RULE,
    SCHEDULE,
    UNIVERSAL,
    JobsWorld,
    as_json,
    attributes_of,
    ecs_target,
    universal_target,
)

EVENT = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "ECS Task State Change",
    "source": "aws.ecs",
    "account": "000000000000",
    "time": "2022-05-14T01:12:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ecs:us-east-1:000000000000:task/default/1"],
    "detail": {"lastStatus": "STOPPED"},
}
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/jobs"


def test_a_queue_gets_the_payload_with_its_words_replaced(jobs: JobsWorld) -> None:
    queue = jobs.queue("work")
    firing_id = jobs.fire(
        Target(arn=queue, role_arn=ROLE),
        payload="<aws.scheduler.execution-id> try <aws.scheduler.attempt-number>",
    )
    [message] = jobs.messages("work")
    assert message["Body"] == f"{firing_id} try 1"
    assert jobs.firing(firing_id).answer == message["MessageId"]
    assert jobs.firing(firing_id).closed_at == jobs.clock.now()


def test_a_rules_payload_is_nobodys_template(jobs: JobsWorld) -> None:
    queue = jobs.queue("work")
    text = "<aws.scheduler.execution-id>"
    jobs.fire(Target(arn=queue), source=RULE, source_kind="rule", payload=text)
    assert jobs.messages("work")[0]["Body"] == text


def test_a_queue_gets_awss_notification_of_a_schedule_without_an_input(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(Target(arn=jobs.queue("work"), role_arn=ROLE))
    said = json.loads(jobs.messages("work")[0]["Body"])
    assert said == {
        "version": "0",
        "id": firing_id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": "2022-05-14T01:12:00Z",
        "region": "us-east-1",
        "resources": [SCHEDULE],
        "detail": "{}",
    }


def test_a_bus_gets_a_schedules_event_and_its_rules_are_fired(jobs: JobsWorld) -> None:
    jobs.queue("heard")
    jobs.ask("events", "PutRule", Name="all", EventPattern='{"source":["my.jobs"]}')
    queue = "arn:aws:sqs:us-east-1:000000000000:heard"
    jobs.ask("events", "PutTargets", Rule="all", Targets=[{"Id": "1", "Arn": queue}])
    said = {"EventBridgeParameters": {"DetailType": "Night", "Source": "my.jobs"}}
    jobs.fire(
        Target(arn=BUS + "default", role_arn=ROLE, parameters=as_json(said)), payload='{"a":1}'
    )
    event = json.loads(jobs.messages("heard")[0]["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "my.jobs",
        "Night",
        {"a": 1},
    )


def test_a_rule_sends_events_of_aws_on_to_another_bus_as_they_are(jobs: JobsWorld) -> None:
    jobs.ask("events", "CreateEventBus", Name="other")
    jobs.queue("heard")
    jobs.ask(
        "events", "PutRule", Name="all", EventBusName="other", EventPattern='{"source":["aws.ecs"]}'
    )
    queue = "arn:aws:sqs:us-east-1:000000000000:heard"
    jobs.ask(
        "events",
        "PutTargets",
        Rule="all",
        EventBusName="other",
        Targets=[{"Id": "1", "Arn": queue}],
    )
    jobs.fire(Target(arn=BUS + "other"), source=RULE, source_kind="rule", payload=as_json(EVENT))
    assert json.loads(jobs.messages("heard")[0]["Body"]) == EVENT


def test_a_bus_that_is_gone_is_a_rules_dead_letter_at_once(jobs: JobsWorld) -> None:
    dead = jobs.queue("dead")
    firing_id = jobs.fire(
        Target(arn=BUS + "gone"),
        source=RULE,
        source_kind="rule",
        payload=as_json(EVENT),
        dead_letter_arn=dead,
    )
    assert jobs.firing(firing_id).state == "FAILED"
    [letter] = jobs.messages("dead")
    assert json.loads(letter["Body"]) == EVENT
    assert attributes_of(letter) == {
        "ERROR_CODE": "ResourceNotFoundException",
        "ERROR_MESSAGE": f"Event bus {BUS}gone does not exist.",
        "RETRY_ATTEMPTS": "0",
        "RULE_ARN": RULE,
        "TARGET_ARN": BUS + "gone",
    }


def test_an_entry_that_the_bus_refuses_is_a_failure(jobs: JobsWorld) -> None:
    said = {"EventBridgeParameters": {"DetailType": "Night", "Source": "aws.mine"}}
    firing_id = jobs.fire(
        Target(arn=BUS + "default", role_arn=ROLE, parameters=as_json(said)), payload="{}"
    )
    [attempt] = jobs.firing(firing_id).attempts
    assert attempt.error_code == "NotAuthorizedForSourceException"


def test_a_log_group_gets_the_event_in_a_stream_that_is_made_for_it(jobs: JobsWorld) -> None:
    jobs.ask("logs", "CreateLogGroup", logGroupName="/jobs")
    for _ in range(2):
        firing_id = jobs.fire(
            Target(arn=GROUP), source=RULE, source_kind="rule", payload=as_json(EVENT)
        )
        assert jobs.firing(firing_id).state == "DELIVERED"
    [stream] = jobs.ask("logs", "DescribeLogStreams", logGroupName="/jobs")["logStreams"]
    events = jobs.ask(
        "logs", "GetLogEvents", logGroupName="/jobs", logStreamName=stream["logStreamName"]
    )["events"]
    assert [json.loads(each["message"]) for each in events] == [EVENT, EVENT]


def test_a_transformer_makes_the_log_event_itself(jobs: JobsWorld) -> None:
    jobs.ask("logs", "CreateLogGroup", logGroupName="/jobs")
    at = int(jobs.clock.now() * 1000) - 5_000
    jobs.fire(
        Target(arn=GROUP + ":*"),
        source=RULE,
        source_kind="rule",
        payload=as_json({"timestamp": at, "message": "it ended"}),
    )
    [stream] = jobs.ask("logs", "DescribeLogStreams", logGroupName="/jobs")["logStreams"]
    [event] = jobs.ask(
        "logs", "GetLogEvents", logGroupName="/jobs", logStreamName=stream["logStreamName"]
    )["events"]
    assert (event["timestamp"], event["message"]) == (at, "it ended")


@pytest.mark.parametrize(
    "members",
    [
        {"Cluster": "default", "Service": "web", "DesiredCount": 0},
        {"cluster": "default", "service": "web", "desiredCount": 0},
    ],
)
def test_a_universal_target_takes_members_with_capital_and_small_letters(
    jobs: JobsWorld, members: dict[str, object]
) -> None:
    jobs.plane.ask("CreateService", serviceName="web", taskDefinition="web", desiredCount=2)
    firing_id = jobs.fire(universal_target("ecs:updateService"), payload=as_json(members))
    assert jobs.firing(firing_id).state == "DELIVERED"
    [service] = jobs.plane.ask("DescribeServices", services=["web"])["services"]
    assert service["desiredCount"] == 0


def test_a_universal_target_makes_a_queue(jobs: JobsWorld) -> None:
    jobs.fire(
        universal_target("sqs:createQueue"),
        payload='{"QueueName":"made","Attributes":{"DelaySeconds":"5"}}',
    )
    found = jobs.ask("sqs", "ListQueues")["QueueUrls"]
    assert [each.rpartition("/")[2] for each in found] == ["made"]


def test_what_the_model_does_not_allow_is_permanent(jobs: JobsWorld) -> None:
    dead = jobs.queue("dead")
    firing_id = jobs.fire(
        universal_target("ecs:updateService"),
        payload='{"Service":"web","DesiredCount":"none"}',
        dead_letter_arn=dead,
    )
    firing = jobs.firing(firing_id)
    assert (firing.state, firing.exhausted, firing.attempts_made) == ("FAILED", "", 1)
    [letter] = jobs.messages("dead")
    said = attributes_of(letter)
    assert said["ERROR_CODE"] == "SerializationException"
    assert "EXHAUSTED_RETRY_CONDITION" not in said
    assert json.loads(letter["Body"]) == {"Service": "web", "DesiredCount": "none"}


def test_a_queue_that_is_gone_is_tried_again_for_a_schedule(jobs: JobsWorld) -> None:
    gone = "arn:aws:sqs:us-east-1:000000000000:gone"
    firing_id = jobs.fire(Target(arn=gone, role_arn=ROLE), payload="x")
    firing = jobs.firing(firing_id)
    assert firing.state == "PENDING"
    assert firing.attempts[0].error_code == "AWS.SimpleQueueService.NonExistentQueue"
    jobs.queue("gone")
    jobs.later(10.0)
    assert jobs.firing(firing_id).state == "DELIVERED"
    assert jobs.firing(firing_id).attempts_made == 2


@pytest.mark.parametrize(
    ("target", "payload", "sentence"),
    [
        (ecs_target(), "", None),
        (ecs_target(), '{"containerOverrides":[]}', None),
        (ecs_target(), "not json", "The input of an ECS target is not valid JSON"),
        (ecs_target(), "[1]", "The input of an ECS target must be a JSON object."),
        (ecs_target(TaskDefinitionArn=""), "", "EcsParameters with a TaskDefinitionArn"),
        (ecs_target(TaskCount=11), "", "TaskCount is a whole number from 1 to 10, not 11."),
        (Target(arn="nonsense"), "", "The target's ARN 'nonsense' is none."),
        (
            Target(arn="arn:aws:lambda:us-east-1:000000000000:function:f", role_arn=ROLE),
            "",
            "Homeport cannot invoke 'arn:aws:lambda:us-east-1:000000000000:function:f'.",
        ),
        (
            Target(arn="arn:aws:sns:us-east-1:000000000000:topic", role_arn=ROLE),
            "",
            "Homeport cannot invoke",
        ),
        (Target(arn="arn:aws:sqs:us-east-1:000000000000:q"), "x", None),
        (Target(arn="arn:aws:sqs:us-east-1:000000000000:q.fifo"), "x", "SqsParameters with"),
        (Target(arn="arn:aws:sqs:eu-west-1:000000000000:q"), "x", "targets are of the same region"),
        (Target(arn=BUS + "default"), "", None),
        (Target(arn=GROUP), "", None),
        (
            Target(
                arn=BUS + "default",
                role_arn=ROLE,
                parameters='{"EventBridgeParameters":{"Source":"a"}}',
            ),
            "{}",
            "EventBridgeParameters with a DetailType and a Source",
        ),
        (universal_target("ecs:updateService"), '{"Service":"web"}', None),
        (
            universal_target("ecs:updateService"),
            '{"Service":"<aws.scheduler.schedule-arn>"}',
            None,
        ),
        (
            Target(arn=f"{UNIVERSAL}ecs:updateService"),
            '{"Service":"web"}',
            f"RoleArn is required for target {UNIVERSAL}ecs:updateService.",
        ),
        (Target(arn=ecs_target().arn, parameters=ecs_target().parameters), "", "RoleArn is"),
        (
            universal_target("ecs:updateService"),
            '{"Service":"web","Desired":1}',
            "Reason The field 'Desired' is not supported by api 'UpdateService' for the service",
        ),
        (universal_target("ecs:updateService"), "{}", "Invalid RequestJson provided. Reason Serv"),
        (universal_target("ecs:describeTasks"), "{}", "The operation describeTasks only reads"),
        (universal_target("ecs:flyAway"), "{}", "Homeport does not serve ecs:FlyAway"),
        (universal_target("rds:stopDBCluster"), "{}", "Homeport does not serve 'rds'"),
        (universal_target("ecs"), "{}", "The ARN of a universal target is"),
    ],
)
def test_a_target_that_can_never_be_invoked_is_refused_with_a_sentence(
    jobs: JobsWorld, target: Target, payload: str, sentence: str | None
) -> None:
    said = jobs.store.read(
        lambda tx: jobs.peers.firings.refusal(tx, target, payload, region="us-east-1")
    )
    if sentence is None:
        assert said is None
    else:
        assert said is not None
        assert sentence in said
