"""Tasks as ECS shows them.  Plain dictionaries, built in one go: DescribeTasks is the hot path."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.tasks import Task, TaskContainer, TaskInterface, TaskOverride
from homeport.services.ecs.render.tags import tags as render_tags
from homeport.shapes import ecs as shapes

REASON_LENGTH_MAX: Final = 1024
"""ECS cuts the reasons that it shows; `homeport why` shows them whole."""

_NO_OVERRIDES: Final = TaskOverride()

_MOMENTS: Final = (
    ("connectivityAt", "connectivity_at"),
    ("pullStartedAt", "pull_started_at"),
    ("pullStoppedAt", "pull_stopped_at"),
    ("startedAt", "started_at"),
    ("stoppingAt", "stopping_at"),
    ("executionStoppedAt", "execution_stopped_at"),
    ("stoppedAt", "stopped_at"),
)
_TEXTS: Final = (
    ("availabilityZone", "availability_zone"),
    ("capacityProviderName", "capacity_provider"),
    ("connectivity", "connectivity"),
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("platformVersion", "platform_version"),
    ("platformFamily", "platform_family"),
    ("startedBy", "started_by"),
    ("stopCode", "stop_code"),
)


def task(of: Task, tags: Iterable[Tag] = ()) -> shapes.Task:
    """A task as the model's `Task`."""
    shown: dict[str, Any] = {
        "attachments": [] if of.interface is None else [_attachment(of.interface)],
        "attributes": [{"name": each.name, "value": each.value} for each in of.attributes],
        "clusterArn": of.cluster_arn,
        "containers": [_container(of, each) for each in of.containers],
        "createdAt": moment(of.created_at),
        "desiredStatus": of.desired_status,
        "enableExecuteCommand": of.enable_execute_command,
        "group": of.group,
        "healthStatus": of.health,
        "lastStatus": of.last_status,
        "launchType": of.launch_type,
        "overrides": _overrides(of),
        "tags": render_tags(tags),
        "taskArn": of.arn,
        "taskDefinitionArn": of.definition_arn,
        "version": of.version,
    }
    for name, field in _MOMENTS:
        at = getattr(of, field)
        if at is not None:
            shown[name] = moment(at)
    for name, field in _TEXTS:
        text = getattr(of, field)
        if text is not None:
            shown[name] = text
    if of.stopped_reason is not None:
        shown["stoppedReason"] = of.stopped_reason[:REASON_LENGTH_MAX]
    if of.instance_arn is not None and of.launch_type != "FARGATE":
        shown["containerInstanceArn"] = of.instance_arn
    if of.ephemeral_storage_gib is not None:
        shown["ephemeralStorage"] = {"sizeInGiB": of.ephemeral_storage_gib}
        shown["fargateEphemeralStorage"] = {"sizeInGiB": of.ephemeral_storage_gib}
    return shown  # type: ignore[return-value]


def moment(at: float) -> float:
    """A time as ECS shows it: whole milliseconds."""
    return round(at, 3)


def _container(of: Task, container: TaskContainer) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "containerArn": container.arn,
        "taskArn": of.arn,
        "name": container.name,
        "image": container.image,
        "lastStatus": container.last_status,
        "networkBindings": [
            {
                "bindIP": each.bind_ip,
                "containerPort": each.container_port,
                "hostPort": each.host_port,
                "protocol": each.protocol,
            }
            for each in container.bindings
        ],
        "networkInterfaces": _network_interfaces(of.interface),
        "healthStatus": container.health,
        "cpu": str(container.cpu),
    }
    if container.image_digest is not None:
        shown["imageDigest"] = container.image_digest
    if container.runtime_id is not None:
        shown["runtimeId"] = container.runtime_id
    if container.exit_code is not None:
        shown["exitCode"] = container.exit_code
    if container.reason is not None:
        shown["reason"] = container.reason[:REASON_LENGTH_MAX]
    if container.memory is not None:
        shown["memory"] = str(container.memory)
    if container.memory_reservation is not None:
        shown["memoryReservation"] = str(container.memory_reservation)
    return shown


def _network_interfaces(interface: TaskInterface | None) -> list[dict[str, str]]:
    if interface is None or interface.private_ipv4 is None:
        return []
    return [
        {
            "attachmentId": interface.attachment_id,
            "privateIpv4Address": interface.private_ipv4,
        }
    ]


def _attachment(interface: TaskInterface) -> dict[str, Any]:
    details = (
        ("subnetId", interface.subnet_id),
        ("networkInterfaceId", interface.interface_id),
        ("macAddress", interface.mac_address),
        ("privateDnsName", interface.private_dns_name),
        ("privateIPv4Address", interface.private_ipv4),
    )
    return {
        "id": interface.attachment_id,
        "type": "ElasticNetworkInterface",
        "status": interface.status,
        "details": [{"name": name, "value": value} for name, value in details if value],
    }


def _overrides(of: Task) -> dict[str, Any]:
    """What was overridden; ECS names every container, overridden or not."""
    shown: dict[str, Any] = {}
    if of.overrides != _NO_OVERRIDES:
        shown = msgspec.json.decode(msgspec.json.encode(of.overrides))
    mine = {each["name"]: each for each in shown.get("containerOverrides", ())}
    shown["containerOverrides"] = [
        mine.get(each.name, {"name": each.name}) for each in of.containers
    ]
    shown.setdefault("inferenceAcceleratorOverrides", [])
    return shown
