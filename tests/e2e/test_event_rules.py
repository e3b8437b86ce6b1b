"""EventBridge rules with the stock clients: ECS's events start tasks and fill queues."""

import json
from collections.abc import Iterator

import pytest

from e2e_harness import Homeport
from e2e_schedules import CLUSTER, ROLE, exit_code, received, runs, until_stopped

PATTERN = {
    "source": ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    "detail": {"lastStatus": ["STOPPED"], "containers": {"exitCode": [3]}},
}


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("rules") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


def test_an_exit_code_of_three_starts_a_task_that_cleans_up(homeport: Homeport) -> None:
    failing = homeport.register("failing", [{"name": "main", "command": ["sh", "-c", "exit 3"]}])
    passing = homeport.register("passing", [{"name": "main", "command": ["true"]}])
    cleaning = homeport.register(
        "cleaning", [{"name": "main", "command": ["sh", "-c", 'test "$CODE" = 3 && exit 42']}]
    )
    homeport.aws("events", "put-rule", "--name", "clean", "--event-pattern", json.dumps(PATTERN))
    template = (
        '{"containerOverrides": [{"name": "main", "environment": ['
        '{"name": "FAILED", "value": <task>}, {"name": "CODE", "value": "<code>"}]}]}'
    )
    target = {
        "Id": "cleaner",
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": cleaning},
        "InputTransformer": {
            "InputPathsMap": {
                "task": "$.detail.taskArn",
                "code": "$.detail.containers[0].exitCode",
            },
            "InputTemplate": template,
        },
    }
    done = homeport.aws(
        "events", "put-targets", "--rule", "clean", "--targets", json.dumps([target])
    )
    assert done["FailedEntryCount"] == 0

    homeport.until_status(homeport.run_task(passing)["taskArn"], "STOPPED")
    arn = homeport.run_task(failing)["taskArn"]
    homeport.until_status(arn, "STOPPED")
    [cleaner] = until_stopped(homeport, "events-rule/clean")
    assert exit_code(cleaner) == 42
    given = cleaner["overrides"]["containerOverrides"][0]["environment"]
    assert {"name": "FAILED", "value": arn} in given
    assert len(runs(homeport, "clean")) == 1


def test_the_life_of_a_task_arrives_in_order(homeport: Homeport) -> None:
    url = homeport.aws("sqs", "create-queue", "--queue-name", "lives")["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:000000000000:lives"
    events = homeport.client("events")
    pattern = {"source": ["aws.ecs"], "detail": {"group": ["family:lively"]}}
    events.put_rule(Name="lives", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="lives", Targets=[{"Id": "queue", "Arn": queue}])
    lively = homeport.register("lively", [{"name": "main", "command": ["true"]}])
    arn = homeport.run_task(lively)["taskArn"]
    homeport.until_status(arn, "STOPPED")

    told = []
    while not told or told[-1]["detail"]["lastStatus"] != "STOPPED":
        message = received(homeport, url)
        told.append(json.loads(message["Body"]))
        homeport.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert {each["detail"]["taskArn"] for each in told} == {arn}
    versions = [each["detail"]["version"] for each in told]
    assert versions == sorted(versions)
    statuses = [each["detail"]["lastStatus"] for each in told]
    assert statuses[0] in ("PROVISIONING", "PENDING")
    assert statuses.index("RUNNING") < statuses.index("STOPPED")


def test_ones_own_events_on_a_bus_of_ones_own(homeport: Homeport) -> None:
    homeport.aws("events", "create-event-bus", "--name", "shop")
    url = homeport.aws("sqs", "create-queue", "--queue-name", "orders")["QueueUrl"]
    pattern = {"source": ["shop"], "detail": {"total": [{"numeric": [">=", 100]}]}}
    homeport.aws(
        "events",
        "put-rule",
        "--name",
        "big-orders",
        "--event-bus-name",
        "shop",
        "--event-pattern",
        json.dumps(pattern),
    )
    target = {
        "Id": "1",
        "Arn": "arn:aws:sqs:us-east-1:000000000000:orders",
        "InputPath": "$.detail",
    }
    homeport.aws(
        "events",
        "put-targets",
        "--rule",
        "big-orders",
        "--event-bus-name",
        "shop",
        "--targets",
        json.dumps([target]),
    )
    entries = [
        {
            "Source": "shop",
            "DetailType": "order",
            "Detail": json.dumps({"total": total}),
            "EventBusName": "shop",
        }
        for total in (99, 100)
    ]
    answer = homeport.aws("events", "put-events", "--entries", json.dumps(entries))
    assert answer["FailedEntryCount"] == 0
    assert json.loads(received(homeport, url)["Body"]) == {"total": 100}
    assert len(runs(homeport, "big-orders")) == 1


def test_a_rule_by_the_clock(homeport: Homeport) -> None:
    definition = homeport.register("by-clock", [{"name": "main", "command": ["true"]}])
    events = homeport.client("events")
    events.put_rule(Name="by-clock", ScheduleExpression="rate(3 minutes)")
    events.put_targets(
        Rule="by-clock",
        Targets=[
            {
                "Id": "1",
                "Arn": CLUSTER,
                "RoleArn": ROLE,
                "EcsParameters": {"TaskDefinitionArn": definition},
                "Input": "{}",
            }
        ],
    )
    tasks = until_stopped(homeport, "events-rule/by-clock", 2)
    assert [exit_code(each) for each in tasks] == [0, 0]
    events.remove_targets(Rule="by-clock", Ids=["1"])
    events.delete_rule(Name="by-clock")
