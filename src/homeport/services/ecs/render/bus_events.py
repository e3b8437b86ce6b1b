"""Events as EventBridge delivers them: the envelope, and the detail of each kind."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.instances import InstanceState, Resources
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.render.instances import attribute
from homeport.services.ecs.render.tasks import task as render_task

SOURCE: Final = "aws.ecs"
DETAIL_TYPES: Final[Mapping[str, str]] = {
    "task": "ECS Task State Change",
    "instance": "ECS Container Instance State Change",
    "service action": "ECS Service Action",
    "deployment": "ECS Deployment State Change",
    "hook": "ECS Hook State Change",
}

_MOMENTS: Final = (
    "createdAt",
    "connectivityAt",
    "pullStartedAt",
    "pullStoppedAt",
    "startedAt",
    "stoppingAt",
    "executionStoppedAt",
    "stoppedAt",
)
_NOT_TOLD: Final = ("healthStatus", "tags")
"""What DescribeTasks shows of a task and events do not."""


def envelope(event: BusEvent, detail: Mapping[str, Any]) -> dict[str, Any]:
    """An event as EventBridge delivers it; `detail` is made below, or stored as it is."""
    return {
        "version": "0",
        "id": event.id,
        "detail-type": DETAIL_TYPES[event.kind],
        "source": SOURCE,
        "account": event.account,
        "time": f"{datetime.fromtimestamp(event.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": event.region,
        "resources": [event.resource],
        "detail": detail,
    }


def task_detail(of: Task, *, at: float) -> dict[str, Any]:
    """A task as its state changes show it: as DescribeTasks does, with times in words."""
    shown: dict[str, Any] = {**render_task(of), "updatedAt": moment(at)}
    for name in _MOMENTS:
        if name in shown:
            shown[name] = moment(shown[name])
    shown["attachments"] = [{**each, "type": "eni"} for each in shown["attachments"]]
    shown["containers"] = [_told(each) for each in shown["containers"]]
    return _told(shown)


def instance_detail(of: InstanceState, remaining: Resources, *, at: float) -> dict[str, Any]:
    """A container instance as its state changes show it."""
    instance = of.instance
    shown: dict[str, Any] = {
        "agentConnected": instance.connected,
        "attributes": [attribute(each) for each in of.attributes],
        "clusterArn": instance.cluster_arn,
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.ec2_instance_id,
        "registeredResources": _resources(instance.registered),
        "remainingResources": _resources(remaining),
        "status": instance.status,
        "version": instance.version,
        "versionInfo": {"agentVersion": instance.agent_version},
        "updatedAt": moment(at),
    }
    if instance.docker_version:
        shown["versionInfo"]["dockerVersion"] = f"DockerVersion: {instance.docker_version}"
    return shown


def moment(at: float) -> str:
    """A time as events word it: UTC, in milliseconds."""
    whole, thousandths = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{thousandths:03d}Z"


def _told(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in _NOT_TOLD}


def _resources(of: Resources) -> list[dict[str, Any]]:
    ports = (("PORTS", of.ports), ("PORTS_UDP", of.ports_udp))
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": of.cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": of.memory_mib},
        *(
            {"name": name, "type": "STRINGSET", "stringSetValue": [str(port) for port in taken]}
            for name, taken in ports
        ),
    ]
