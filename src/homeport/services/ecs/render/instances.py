"""Container instances as ECS shows them.  What remains of them is worked out before."""

from collections.abc import Collection, Iterable
from typing import Final

from homeport.services.ecs.records.instances import ContainerInstance, Resources
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.task_definitions import Attribute
from homeport.services.ecs.render.tags import tags as render_tags
from homeport.shapes import ecs as shapes

ALL: Final = ("TAGS", "CONTAINER_INSTANCE_HEALTH")
"""What `include` of DescribeContainerInstances may name."""


def instance(
    of: ContainerInstance,
    *,
    remaining: Resources,
    running: int,
    pending: int,
    attributes: Iterable[Attribute],
    health: str | None = None,
    tags: Iterable[Tag] = (),
) -> shapes.ContainerInstance:
    """An instance as the model's `ContainerInstance`; `health` is shown when it is given."""
    shown: shapes.ContainerInstance = {
        "containerInstanceArn": of.arn,
        "ec2InstanceId": of.ec2_instance_id,
        "version": of.version,
        "versionInfo": {"agentVersion": of.agent_version},
        "remainingResources": resources(remaining),
        "registeredResources": resources(of.registered),
        "status": of.status,
        "agentConnected": of.connected,
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "attributes": [attribute(each) for each in attributes],
        "registeredAt": of.registered_at,
        "attachments": [],
        "tags": render_tags(tags),
    }
    if of.docker_version:
        shown["versionInfo"]["dockerVersion"] = f"DockerVersion: {of.docker_version}"
    if health is not None:
        shown["healthStatus"] = {
            "overallStatus": health,
            "details": [{"type": "CONTAINER_RUNTIME", "status": health}],
        }
    return shown


def resources(of: Resources) -> list[shapes.Resource]:
    """Resources as the model's `Resources`: CPU, MEMORY, PORTS and PORTS_UDP."""
    return [
        _number("CPU", of.cpu),
        _number("MEMORY", of.memory_mib),
        _ports("PORTS", of.ports),
        _ports("PORTS_UDP", of.ports_udp),
    ]


def attribute(of: Attribute, *, target: str | None = None) -> shapes.Attribute:
    """An attribute as the model's `Attribute`, with its target where that is asked for."""
    shown: shapes.Attribute = {"name": of.name}
    if of.value is not None:
        shown["value"] = of.value
    if target is not None:
        shown["targetId"] = target
    return shown


def _number(name: str, value: int) -> shapes.Resource:
    return {
        "name": name,
        "type": "INTEGER",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": value,
    }


def _ports(name: str, ports: Collection[int]) -> shapes.Resource:
    return {
        "name": name,
        "type": "STRINGSET",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
        "stringSetValue": [str(port) for port in ports],
    }
