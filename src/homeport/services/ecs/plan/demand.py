"""What a task needs of the machine that runs it.  Pure.

Takes a definition with its overrides merged in, so nothing here knows of overrides.
"""

from typing import Final

from homeport.kernel import units
from homeport.services.ecs.plan.placement import Demand
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

_ARCHITECTURES: Final = {"X86_64": "x86_64", "ARM64": "arm64"}


def demand_of(merged: TaskDefinition) -> Demand:
    """CPU, memory, static host ports, GPUs and attributes that one copy needs."""
    tcp, udp = static_ports(merged)
    return Demand(
        cpu=task_cpu(merged),
        memory_mib=task_memory(merged),
        ports=tcp,
        ports_udp=udp,
        gpus=sum(_gpus(each) for each in merged.container_definitions),
        attributes=_required(merged),
    )


def task_cpu(merged: TaskDefinition) -> int:
    """CPU units of the task: its own, or else those of its containers together."""
    if merged.cpu:
        return units.cpu_units(merged.cpu) or 0
    return sum(each.cpu for each in merged.container_definitions)


def task_memory(merged: TaskDefinition) -> int:
    """MiB that the task takes: its own, or else what its containers reserve together."""
    if merged.memory:
        return units.memory_mib(merged.memory) or 0
    return sum(each.memory_reservation or each.memory or 0 for each in merged.container_definitions)


def static_ports(merged: TaskDefinition) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """TCP and UDP ports of the host that the task claims by number."""
    tcp: list[int] = []
    udp: list[int] = []
    mode = merged.networking
    for container in merged.container_definitions if mode in ("bridge", "host") else ():
        for mapping in container.port_mappings:
            port = mapping.host_port
            if mode == "host":
                port = mapping.host_port or mapping.container_port
            if port:
                (udp if mapping.protocol == "udp" else tcp).append(port)
    return tuple(tcp), tuple(udp)


def _gpus(container: ContainerDefinition) -> int:
    wanted = [each for each in container.resource_requirements or () if each.type == "GPU"]
    return sum(int(each.value) for each in wanted if each.value.isdigit())


def _required(merged: TaskDefinition) -> tuple[tuple[str, str | None], ...]:
    """The attributes that placement insists on: what the definition requires of a machine."""
    required: list[tuple[str, str | None]] = [
        (each.name, each.value) for each in merged.requires_attributes
    ]
    platform = merged.runtime_platform
    if platform is not None and platform.cpu_architecture in _ARCHITECTURES:
        required.append(("ecs.cpu-architecture", _ARCHITECTURES[platform.cpu_architecture]))
    return tuple(required)
