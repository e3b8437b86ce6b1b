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
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sample"

Step = tuple[str, Mapping[str, Any]]
Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

KEPT: Mapping[str, tuple[Step, ...]] = {
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
}
"""Made before, and still there afterwards.  No variant names them."""

LOOKED_AT: Mapping[str, tuple[Step, ...]] = {
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
}

SAMPLES: Mapping[str, tuple[Step, ...]] = {
    "ecs": (
        ("CreateCluster", {"clusterName": "sample"}),
        ("RegisterTaskDefinition", {"family": "sample", "containerDefinitions": [CONTAINER]}),
        ("CreateService", SERVICE | {"serviceName": "sample"}),
    ),
    "logs": (
        ("CreateLogGroup", {"logGroupName": "sample"}),
        ("CreateLogStream", {"logGroupName": "sample", "logStreamName": "sample"}),
    ),
}
"""What variants do name."""

WORDS: Mapping[str, Words] = {
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
    "sts": {"RoleArn": ROLE, "RoleSessionName": "sample"},
}

BY_OPERATION: Mapping[str, Words] = {
    "CreateService": SERVICE | {"serviceName": "other"},
    "DeleteCluster": {"cluster": "other"},
    "DeleteService": {"service": "other"},
    "DeleteLogGroup": {"logGroupName": "other"},
    "DeleteLogStream": {"logStreamName": "other"},
    "DescribeLogStreams": {"logGroupName": "sample"},
    "FilterLogEvents": {"logGroupName": "sample"},
    "GetLogEvents": {"logGroupName": "sample"},
    "DeregisterContainerInstance": {"containerInstance": "f" * 32},
    "DeregisterTaskDefinition": {"taskDefinition": "sample:1"},
    "DeleteTaskDefinitions": {"taskDefinitions": ["sample:1"]},
    "PutAccountSetting": {"value": "enabled"},
    "PutAccountSettingDefault": {"value": "enabled"},
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
