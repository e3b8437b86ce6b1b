"""The record of a new task, from what was asked for and what was decided.  Pure: ids are given."""

from typing import Any, Final

from msgspec import Struct

from homeport.kernel.ids import Ids
from homeport.services.ecs.plan.demand import demand_of, task_cpu, task_memory
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.load_balancing import LoadBalancer
from homeport.services.ecs.records.task_definitions import Attribute, TaskDefinition
from homeport.services.ecs.records.tasks import Task, TaskContainer, TaskInterface, TaskOverride

FARGATE_STORAGE_GIB: Final = 20
VARIANT_DIGITS: Final = 20


class Names(Struct, frozen=True, kw_only=True):
    """Fresh identifiers for one task."""

    task_id: str
    containers: tuple[tuple[str, str], ...]
    """For each container its UUID, and the digits that make its Docker name unique."""
    attachment_id: str
    task_secret: str
    execution_secret: str
    """Nobody can guess the ids of the credentials from the task's ARN."""


class Address(Struct, frozen=True, kw_only=True):
    """Where an awsvpc task gets its interface."""

    subnet_id: str
    availability_zone: str
    security_groups: tuple[str, ...]
    assign_public_ip: bool = False


class Spot(Struct, frozen=True, kw_only=True):
    """Where one copy runs."""

    instance_arn: str
    availability_zone: str
    architecture: str
    capacity_provider: str | None = None
    address: Address | None = None


class Order(Struct, frozen=True, kw_only=True):
    """What all copies of one request share."""

    account: str
    region: str
    cluster: Cluster
    definition_arn: str
    merged: TaskDefinition
    """With the overrides merged in."""
    overrides: TaskOverride
    launch_type: str
    platform_version: str | None
    group: str
    started_by: str | None
    service_name: str | None = None
    load_balancers: tuple[LoadBalancer, ...] = ()
    time_limit_s: int | None = None
    now: float


def fresh_names(ids: Ids, containers: int) -> Names:
    """Identifiers for one task with so many containers."""
    return Names(
        task_id=ids.hex(32),
        containers=tuple((ids.uuid(), ids.hex(20)) for _ in range(containers)),
        attachment_id=ids.uuid(),
        task_secret=ids.hex(32),
        execution_secret=ids.hex(32),
    )


def new_task(order: Order, names: Names, spot: Spot) -> Task:
    """A task that is placed and has not been started: PROVISIONING or PENDING."""
    merged, address = order.merged, spot.address
    return Task(
        arn=f"{_home(order)}:task/{order.cluster.name}/{names.task_id}",
        account=order.account,
        region=order.region,
        cluster_arn=order.cluster.arn,
        cluster_name=order.cluster.name,
        definition_arn=order.definition_arn,
        family=merged.family,
        revision=merged.revision,
        group=order.group,
        started_by=order.started_by,
        service_name=order.service_name,
        load_balancers=order.load_balancers,
        registration="AWAITED" if order.load_balancers else "",
        launch_type=order.launch_type,
        network_mode=merged.networking,
        overrides=order.overrides,
        attributes=(Attribute(name="ecs.cpu-architecture", value=spot.architecture),),
        **_roles(merged, names),
        **_sizes(order),
        **_place(order, spot),
        created_at=order.now,
        time_limit_s=order.time_limit_s,
        last_status="PENDING" if address is None else "PROVISIONING",
        interface=None if address is None else _interface(address, names),
        containers=tuple(
            _container(order, names, container, *fresh)
            for container, fresh in zip(merged.container_definitions, names.containers, strict=True)
        ),
    )


def task_id_of(credentials_id: str) -> str:
    """The id of the task that a credentials id belongs to, if it is one of ours."""
    return credentials_id.partition("-")[0]


def _home(order: Order) -> str:
    return f"arn:aws:ecs:{order.region}:{order.account}"


def _roles(merged: TaskDefinition, names: Names) -> dict[str, Any]:
    task, execution = merged.task_role_arn, merged.execution_role_arn
    return {
        "task_role_arn": task,
        "execution_role_arn": execution,
        "task_credentials_id": f"{names.task_id}-{names.task_secret}" if task else None,
        "execution_credentials_id": (
            f"{names.task_id}-{names.execution_secret}" if execution else None
        ),
    }


def _sizes(order: Order) -> dict[str, Any]:
    """What the task takes.  Fargate has a size of its own for it and reserves nothing."""
    merged, fargate = order.merged, order.launch_type == "FARGATE"
    demand = demand_of(merged)
    return {
        "cpu": str(task_cpu(merged)),
        "memory": str(task_memory(merged)),
        "host_ports": demand.ports,
        "host_ports_udp": demand.ports_udp,
        "reserved_cpu": 0 if fargate else demand.cpu,
        "reserved_memory": 0 if fargate else demand.memory_mib,
        "ephemeral_storage_gib": _storage(merged) if fargate else None,
    }


def _place(order: Order, spot: Spot) -> dict[str, Any]:
    fargate, address = order.launch_type == "FARGATE", spot.address
    return {
        "instance_arn": spot.instance_arn,
        "availability_zone": (
            address.availability_zone if address and fargate else spot.availability_zone
        ),
        "capacity_provider": spot.capacity_provider,
        "platform_version": order.platform_version if fargate else None,
        "platform_family": "Linux" if fargate else None,
    }


def _storage(merged: TaskDefinition) -> int:
    storage = merged.ephemeral_storage
    return FARGATE_STORAGE_GIB if storage is None else storage.size_in_gib


def _interface(address: Address, names: Names) -> TaskInterface:
    return TaskInterface(
        attachment_id=names.attachment_id,
        subnet_id=address.subnet_id,
        security_groups=address.security_groups,
        assign_public_ip=address.assign_public_ip,
    )


def _container(
    order: Order, names: Names, container: ContainerDefinition, uuid: str, variant: str
) -> TaskContainer:
    family = f"{order.merged.family}-{order.merged.revision}"
    return TaskContainer(
        name=container.name,
        arn=f"{_home(order)}:container/{order.cluster.name}/{names.task_id}/{uuid}",
        image=container.image,
        essential=container.essential,
        cpu=container.cpu,
        memory=container.memory,
        memory_reservation=container.memory_reservation,
        docker_name=f"ecs-{family}-{container.name}-{variant}",
        has_health_check=container.health_check is not None,
    )
