"""What a node is told to run: a task and its definition, with nothing left to decide.  Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from homeport.kernel import units
from homeport.link import spec
from homeport.services.ecs.plan.container_spec import container_spec
from homeport.services.ecs.plan.overrides import merged_definition
from homeport.services.ecs.records.task_definitions import TaskDefinition, Volume
from homeport.services.ecs.records.tasks import Task


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a task's specification takes from around the task."""

    span: Callable[[float], float]
    """Real seconds that stand for seconds of ECS time."""
    log_mode: str = "non-blocking"
    """The account setting `defaultLogDriverMode`."""
    tags: Mapping[str, str] = {}


UNKNOWN_FAMILY: Final = "unknown"


def task_spec(task: Task, definition: TaskDefinition, around: Surroundings) -> spec.TaskSpec:
    """The task as its node runs it."""
    merged = merged_definition(definition, task.overrides)
    by_name = {each.name: each for each in merged.container_definitions}
    return spec.TaskSpec(
        task_arn=task.arn,
        cluster=task.cluster_name,
        family=task.family,
        revision=task.revision,
        network_mode=task.network_mode,  # type: ignore[arg-type]  # Checked at registration.
        launch_type=task.launch_type,
        containers=tuple(
            container_spec(
                task,
                each,
                by_name[each.name],
                span=around.span,
                log_mode=around.log_mode,
            )
            for each in task.containers
        ),
        volumes=tuple(_volume(each) for each in merged.volumes if each.name),
        interface=_interface(task),
        cpu=units.cpu_units(merged.cpu) if merged.cpu else None,
        memory_mib=units.memory_mib(merged.memory) if merged.memory else None,
        pid_mode=merged.pid_mode,  # type: ignore[arg-type]
        ipc_mode=merged.ipc_mode,  # type: ignore[arg-type]
        task_role_credentials_id=task.task_credentials_id,
        execution_role_credentials_id=task.execution_credentials_id,
        availability_zone=task.availability_zone or "",
        service_name=task.service_name,
        group=task.group,
        region=task.region,
        tags=dict(around.tags),
    )


def stranger_spec(task_arn: str) -> spec.TaskSpec:
    """A specification that only names a task, to have its remains removed."""
    region, cluster = task_arn.split(":")[3:4], task_arn.split("/")[1:2]
    return spec.TaskSpec(
        task_arn=task_arn,
        cluster="".join(cluster),
        family=UNKNOWN_FAMILY,
        revision=0,
        network_mode="none",
        launch_type="EC2",
        containers=(),
        region="".join(region),
    )


def _volume(volume: Volume) -> spec.Volume:
    name = volume.name or ""
    if volume.host is not None and volume.host.source_path:
        return spec.Volume(name=name, host_path=volume.host.source_path)
    docker = volume.docker_volume_configuration
    if docker is None:
        return spec.Volume(name=name)
    return spec.Volume(
        name=name,
        scope="shared" if docker.scope == "shared" else "task",
        autoprovision=bool(docker.autoprovision),
        driver=docker.driver,
        driver_opts=docker.driver_opts or {},
        labels=docker.labels or {},
        docker_defined=True,
    )


def _interface(task: Task) -> spec.InterfaceSpec | None:
    interface = task.interface
    if interface is None or interface.interface_id is None:
        return None
    return spec.InterfaceSpec(
        interface_id=interface.interface_id,
        attachment_id=interface.attachment_id,
        vpc_id=interface.vpc_id or "",
        vpc_cidr=interface.vpc_cidr or "",
        subnet_cidr=interface.subnet_cidr or "",
        private_ipv4=interface.private_ipv4 or "",
        mac_address=interface.mac_address or "",
        private_dns_name=interface.private_dns_name or "",
        security_groups=interface.security_groups,
    )
