"""What ECS makes of a draft that passed every rule: defaults, normal forms, computed members."""

from msgspec.structs import replace

from homeport.kernel.units import cpu_units, memory_mib
from homeport.services.ecs.plan.task_definition.capabilities import required_attributes
from homeport.services.ecs.plan.task_definition.launch_types import compatibilities
from homeport.services.ecs.plan.task_definition.networking import SHARED_NETWORK
from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    HealthCheck,
    PortMapping,
)
from homeport.services.ecs.records.task_definitions import (
    HostVolumeProperties,
    TaskDefinition,
    Volume,
)

INTERVAL_S = 30
TIMEOUT_S = 5
RETRIES = 3


def registered(
    draft: TaskDefinition, *, arn: str, revision: int, now: float, principal: str
) -> TaskDefinition:
    """The definition as it is stored and echoed from now on."""
    cpu = cpu_units(draft.cpu) if draft.cpu is not None else None
    memory = memory_mib(draft.memory) if draft.memory is not None else None
    mode = draft.networking
    return replace(
        draft,
        task_definition_arn=arn,
        revision=revision,
        status="ACTIVE",
        container_definitions=tuple(_container(e, mode) for e in draft.container_definitions),
        volumes=tuple(_volume(each) for each in draft.volumes),
        cpu=None if cpu is None else str(cpu),
        memory=None if memory is None else str(memory),
        requires_compatibilities=draft.requires_compatibilities or None,
        compatibilities=compatibilities(draft),
        requires_attributes=required_attributes(draft),
        registered_at=round(now, 3),
        registered_by=principal,
    )


def _container(container: ContainerDefinition, mode: str) -> ContainerDefinition:
    if not container.port_mappings and container.health_check is None:
        return container
    return replace(
        container,
        port_mappings=tuple(_port(each, mode) for each in container.port_mappings),
        health_check=_health_check(container.health_check),
    )


def _port(mapping: PortMapping, mode: str) -> PortMapping:
    host = mapping.host_port
    if mapping.container_port_range is None:
        if mode in SHARED_NETWORK:
            host = mapping.container_port
        elif host is None:
            host = 0
    return replace(mapping, host_port=host, protocol=mapping.protocol or "tcp")


def _health_check(check: HealthCheck | None) -> HealthCheck | None:
    if check is None:
        return None
    return replace(
        check,
        interval=INTERVAL_S if check.interval is None else check.interval,
        timeout=TIMEOUT_S if check.timeout is None else check.timeout,
        retries=RETRIES if check.retries is None else check.retries,
    )


def _volume(volume: Volume) -> Volume:
    docker = volume.docker_volume_configuration
    if docker is not None:
        scoped = replace(docker, scope=docker.scope or "task")
        return replace(volume, docker_volume_configuration=scoped)
    elsewhere = (
        volume.efs_volume_configuration
        or volume.s3files_volume_configuration
        or volume.fsx_windows_file_server_volume_configuration
        or volume.configured_at_launch
    )
    if volume.host is None and not elsewhere:
        return replace(volume, host=HostVolumeProperties())
    return volume
