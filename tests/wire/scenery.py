"""What exists before malformed requests come, and words that make sense there.

The more a variant makes sense but for one thing, the deeper into a service it gets.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from homeport.contracts.peers import Peers
from homeport.link.messages import Hello
from homeport.runtime.system import SystemIds
from homeport.store import Store
from wire.malformed import Words
from wire.serving import ACCOUNT

CONTAINER = {"name": "a", "image": "busybox", "memory": 16}
SERVICE = {"taskDefinition": "sample:1", "desiredCount": 0}
CLUSTER = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/sample"
GROUP = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/sample"
QUEUES = f"http://localhost:4566/{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sample"
EVENT_QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:sample"
EVENT_PATTERN = '{"source":["a"]}'
EVENT = (
    '{"id":"1","account":"1","source":"a","time":"2026-01-01T00:00:00Z","region":"r",'
    '"detail-type":"b","detail":{}}'
)

SCHEDULE = {
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:sample", "RoleArn": ROLE, "Input": "a"},
}

Step = tuple[str, Mapping[str, Any]]
Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

KEPT: Mapping[str, tuple[Step, ...]] = {
    "events": (
        ("CreateEventBus", {"Name": "kept", "Description": "kept"}),
        ("PutRule", {"Name": "kept", "EventBusName": "kept", "EventPattern": EVENT_PATTERN}),
        (
            "PutTargets",
            {
                "Rule": "kept",
                "EventBusName": "kept",
                "Targets": [{"Id": "kept", "Arn": EVENT_QUEUE, "Input": "{}"}],
            },
        ),
    ),
    "ecs": (
        ("CreateCluster", {"clusterName": "kept", "tags": [{"key": "a", "value": "b"}]}),
        ("RegisterTaskDefinition", {"family": "kept", "containerDefinitions": [CONTAINER]}),
        ("CreateService", SERVICE | {"serviceName": "kept", "taskDefinition": "kept:1"}),
    ),
    "logs": (
        ("CreateLogGroup", {"logGroupName": "kept"}),
        ("CreateLogStream", {"logGroupName": "kept", "logStreamName": "kept"}),
        (
            "PutLogEvents",
            {
                "logGroupName": "kept",
                "logStreamName": "kept",
                "logEvents": [{"timestamp": 0, "message": "kept"}],
            },
        ),
    ),
    "scheduler": (
        ("CreateScheduleGroup", {"Name": "kept", "Tags": [{"Key": "a", "Value": "b"}]}),
        ("CreateSchedule", SCHEDULE | {"Name": "kept", "GroupName": "kept"}),
    ),
    "sqs": (
        ("CreateQueue", {"QueueName": "kept", "tags": {"a": "b"}}),
        ("SendMessage", {"QueueUrl": f"{QUEUES}/kept", "MessageBody": "kept"}),
    ),
}
"""Made before, and still there afterwards.  No variant names them."""

LOOKED_AT: Mapping[str, tuple[Step, ...]] = {
    "events": (
        ("DescribeEventBus", {"Name": "kept"}),
        ("DescribeRule", {"Name": "kept", "EventBusName": "kept"}),
        ("ListTargetsByRule", {"Rule": "kept", "EventBusName": "kept"}),
    ),
    "ecs": (
        ("DescribeClusters", {"clusters": ["kept"], "include": ["TAGS"]}),
        ("DescribeTaskDefinition", {"taskDefinition": "kept:1", "include": ["TAGS"]}),
        ("DescribeServices", {"services": ["kept"], "include": ["TAGS"]}),
    ),
    "logs": (
        ("DescribeLogGroups", {"logGroupNamePrefix": "kept"}),
        ("DescribeLogStreams", {"logGroupName": "kept"}),
        ("GetLogEvents", {"logGroupName": "kept", "logStreamName": "kept"}),
    ),
    "ec2": (
        ("DescribeVpcs", {"Filters": [{"Name": "is-default", "Values": ["true"]}]}),
        ("DescribeSubnets", {"Filters": [{"Name": "default-for-az", "Values": ["true"]}]}),
        ("DescribeSecurityGroups", {"Filters": [{"Name": "group-name", "Values": ["default"]}]}),
    ),
    "scheduler": (
        ("GetSchedule", {"Name": "kept", "GroupName": "kept"}),
        ("GetScheduleGroup", {"Name": "kept"}),
        (
            "ListTagsForResource",
            {"ResourceArn": f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/kept"},
        ),
    ),
    "sqs": (
        ("GetQueueAttributes", {"QueueUrl": f"{QUEUES}/kept", "AttributeNames": ["All"]}),
        ("ListQueueTags", {"QueueUrl": f"{QUEUES}/kept"}),
    ),
}

SAMPLES: Mapping[str, tuple[Step, ...]] = {
    "events": (
        ("PutRule", {"Name": "sample", "EventPattern": EVENT_PATTERN}),
        ("PutTargets", {"Rule": "sample", "Targets": [{"Id": "stays", "Arn": EVENT_QUEUE}]}),
    ),
    "ecs": (
        ("CreateCluster", {"clusterName": "sample"}),
        ("RegisterTaskDefinition", {"family": "sample", "containerDefinitions": [CONTAINER]}),
        ("CreateService", SERVICE | {"serviceName": "sample"}),
    ),
    "logs": (
        ("CreateLogGroup", {"logGroupName": "sample"}),
        ("CreateLogStream", {"logGroupName": "sample", "logStreamName": "sample"}),
    ),
    "scheduler": (
        ("CreateScheduleGroup", {"Name": "sample"}),
        ("CreateScheduleGroup", {"Name": "other"}),
        ("CreateSchedule", SCHEDULE | {"Name": "sample"}),
        ("CreateSchedule", SCHEDULE | {"Name": "other"}),
    ),
    "sqs": (
        ("CreateQueue", {"QueueName": "sample"}),
        ("CreateQueue", {"QueueName": "purged"}),
        ("CreateQueue", {"QueueName": "other"}),
        ("SendMessage", {"QueueUrl": f"{QUEUES}/sample", "MessageBody": "sample"}),
    ),
}
"""What variants do name."""

WORDS: Mapping[str, Words] = {
    "events": {
        "Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}],
        "Event": EVENT,
        "EventPattern": EVENT_PATTERN,
        "Ids": ["none"],
        "Name": "sample",
        "ResourceARN": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/sample",
        "Rule": "sample",
        "TagKeys": ["a"],
        "Tags": [{"Key": "a", "Value": "b"}],
        "TargetArn": EVENT_QUEUE,
        "Targets": [{"Id": "sample", "Arn": EVENT_QUEUE}],
    },
    "ecs": {
        "attributes": [],
        "capacityProviders": ["FARGATE"],
        "cluster": "default",
        "clusterName": "sample",
        "clusters": ["default"],
        "containerDefinitions": [CONTAINER],
        "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE"}],
        "family": "sample",
        "resourceArn": CLUSTER,
        "service": "sample",
        "serviceName": "sample",
        "services": ["sample"],
        "settings": [{"name": "containerInsights", "value": "enabled"}],
        "status": "ACTIVE",
        "tagKeys": ["a"],
        "tags": [{"key": "a", "value": "b"}],
        "taskDefinition": "sample",
    },
    "logs": {
        "logGroupName": "sample",
        "logStreamName": "sample",
        "resourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:sample",
        "retentionInDays": 7,
    },
    "scheduler": {
        "Arn": SCHEDULE["Target"]["Arn"],
        "DetailType": "sample",
        "GroupName": "sample",
        "Mode": "OFF",
        "Name": "sample",
        "ResourceArn": GROUP,
        "RoleArn": ROLE,
        "ScheduleExpression": "rate(1 day)",
        "ScheduleExpressionTimezone": "UTC",
        "Source": "sample",
        "TagKeys": ["a"],
        "Tags": [{"Key": "a", "Value": "b"}],
        "Target": SCHEDULE["Target"],
    },
    "sqs": {
        "AWSAccountIds": [ACCOUNT],
        "Actions": ["SendMessage"],
        "Attributes": {"VisibilityTimeout": "30"},
        "DataType": "String",
        "QueueName": "sample",
        "QueueUrl": f"{QUEUES}/sample",
        "StringValue": "sample",
        "Tags": {"a": "b"},
        "VisibilityTimeout": 600,
        "tags": {"a": "b"},
    },
    "sts": {"RoleArn": ROLE, "RoleSessionName": "sample"},
}

BY_OPERATION: Mapping[str, Words] = {
    "CreateEventBus": {"Name": "other"},
    "DeleteEventBus": {"Name": "other"},
    "DescribeEventBus": {"Name": "default"},
    "PutPermission": {
        "Action": "events:PutEvents",
        "Principal": ACCOUNT,
        "StatementId": "sample",
    },
    "PutRule": {"EventPattern": EVENT_PATTERN},
    "UpdateEventBus": {"Name": "default"},
    "CreateSchedule": {"Name": "new"},
    "CreateScheduleGroup": {"Name": "new"},
    "CreateService": SERVICE | {"serviceName": "other"},
    "DeleteCluster": {"cluster": "other"},
    "DeleteQueue": {"QueueUrl": f"{QUEUES}/other"},
    "DeleteSchedule": {"Name": "other"},
    "DeleteScheduleGroup": {"Name": "other"},
    "DeleteService": {"service": "other"},
    "DeleteLogGroup": {"logGroupName": "other"},
    "DeleteLogStream": {"logStreamName": "other"},
    "DescribeLogStreams": {"logGroupName": "sample"},
    "FilterLogEvents": {"logGroupName": "sample"},
    "GetLogEvents": {"logGroupName": "sample"},
    "DeregisterContainerInstance": {"containerInstance": "f" * 32},
    "DeregisterTaskDefinition": {"taskDefinition": "sample:1"},
    "DeleteTaskDefinitions": {"taskDefinitions": ["sample:1"]},
    "PurgeQueue": {"QueueUrl": f"{QUEUES}/purged"},
    "PutAccountSetting": {"value": "enabled"},
    "PutAccountSettingDefault": {"value": "enabled"},
    "UpdateSchedule": {
        "Target": {
            "Arn": CLUSTER,
            "RoleArn": ROLE,
            "EcsParameters": {"TaskDefinitionArn": "sample"},
        }
    },
}
"""What some operations are told instead, required by the model or not: their own words, or
nothing that the others need."""


def words_for(service: str, operation: str, found: Words) -> Words:
    """The words for one operation; `found` are those that only the set-up knew."""
    return {**WORDS.get(service, {}), **found, **BY_OPERATION.get(operation, {})}


async def set_up(service: str, ask: Ask, store: Store, peers: Peers) -> Words:
    """Make what variants name; answers the words that came of it."""
    for operation, members in (*KEPT.get(service, ()), *SAMPLES.get(service, ())):
        await ask(operation, members)
    if service == "sqs":
        asked = {"QueueUrl": f"{QUEUES}/sample", "VisibilityTimeout": 600}
        [message] = (await ask("ReceiveMessage", asked))["Messages"]
        return {"ReceiptHandle": message["ReceiptHandle"]}
    if service not in {"ecs", "homeport"}:
        return {}
    instance = join(store, peers)
    if service == "homeport":
        return {}
    tasks = await ask("RunTask", {"taskDefinition": "sample", "count": 2})
    arns = [task["taskArn"] for task in tasks["tasks"]]
    assert len(arns) == 2, tasks
    attribute = {
        "name": "a",
        "value": "b",
        "targetType": "container-instance",
        "targetId": instance,
    }
    [service] = (await ask("DescribeServices", {"services": ["sample"]}))["services"]
    return {
        "attributes": [attribute],
        "containerInstance": instance,
        "containerInstances": [instance],
        "serviceDeploymentArn": service["currentServiceDeployment"],
        "serviceDeploymentArns": [service["currentServiceDeployment"]],
        "task": arns[0],
        "tasks": arns,
    }


def join(store: Store, peers: Peers) -> str:
    """A large machine joins the default cluster; answers its ARN."""
    hello = Hello(
        node_id="a" * 32,
        region="us-east-1",
        account=ACCOUNT,
        cluster="default",
        cpu=1_000_000,
        memory_mib=1_000_000,
        agent_version="1.0.0",
        docker_version="20.10.24",
    )
    joined = store.write(
        lambda tx: peers.fleet.hello(tx, hello, now=1_700_000_000.0, ids=SystemIds())
    )
    return joined.instance_arn
