"""CPU, memory and ephemeral storage of the task and its containers, and Fargate's sizes."""

from typing import Final

from homeport.kernel.units import cpu_units, memory_mib
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

CPU_MIN: Final = 128
CPU_MAX: Final = 196_608
MEMORY_MAX: Final = 2_147_483_647
CONTAINER_MEMORY_MIN_MIB: Final = 4
STORAGE_MIN_GIB: Final = 21
STORAGE_MAX_GIB: Final = 200

FARGATE_MEMORY: Final = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""MiB of memory that a Fargate task may have, by its CPU units."""
FARGATE_WINDOWS_CPU: Final = (1024, 2048, 4096)


def task_cpu(definition: TaskDefinition) -> str | None:
    """Task-level CPU is a size that ECS has."""
    if definition.cpu is None:
        return None
    units = cpu_units(definition.cpu)
    if units is None or not CPU_MIN <= units <= CPU_MAX:
        return "Invalid 'cpu' setting for task."
    return None


def task_memory(definition: TaskDefinition) -> str | None:
    """Task-level memory is a size."""
    if definition.memory is None:
        return None
    mib = memory_mib(definition.memory)
    if mib is None or not CONTAINER_MEMORY_MIN_MIB <= mib <= MEMORY_MAX:
        return "Invalid 'memory' setting for task."
    return None


def container_memory(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A container's limits hold, and there is one unless the task has one.

    Fargate asks for the task's memory itself, in its own words.
    """
    invalid = f"Invalid setting for container '{container.name}'."
    hard, soft = container.memory, container.memory_reservation
    if hard is None and soft is None:
        required = definition.requires_compatibilities or ()
        if definition.memory is None and "FARGATE" not in required:
            return f"{invalid} At least one of 'memory' or 'memoryReservation' must be specified."
        return None
    for word, mib in (("memory", hard), ("memoryReservation", soft)):
        if mib is not None and not CONTAINER_MEMORY_MIN_MIB <= mib <= MEMORY_MAX:
            return f"{invalid} '{word}' must be at least {CONTAINER_MEMORY_MIN_MIB} MiB."
    if hard is not None and soft is not None and soft > hard:
        return f"{invalid} 'memory' must be greater than or equal to 'memoryReservation'"
    return None


def container_fits_task(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """No container may have more memory than its task."""
    whole = memory_mib(definition.memory) if definition.memory is not None else None
    if whole is None:
        return None
    for word, mib in (
        ("memory", container.memory),
        ("memoryReservation", container.memory_reservation),
    ):
        if mib is not None and mib > whole:
            return (
                f"The '{word}' setting for container '{container.name}' is greater than for the "
                "task"
            )
    return None


def container_cpu(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """CPU shares are not negative."""
    if not 0 <= container.cpu <= MEMORY_MAX:
        return f"Invalid setting for container '{container.name}'. 'cpu' must not be negative."
    return None


def cpu_sum(definition: TaskDefinition) -> str | None:
    """The containers may not claim more CPU than their task."""
    whole = cpu_units(definition.cpu) if definition.cpu is not None else None
    if whole is None or sum(each.cpu for each in definition.container_definitions) <= whole:
        return None
    return "The sum of all container 'cpu' values cannot be greater than the task-level 'cpu' value"


def ephemeral_storage(definition: TaskDefinition) -> str | None:
    """Ephemeral storage is 21 to 200 GiB."""
    storage = definition.ephemeral_storage
    if storage is None:
        return None
    if storage.size_in_gib < STORAGE_MIN_GIB:
        return f"EphemeralStorage size should be at least {STORAGE_MIN_GIB}"
    if storage.size_in_gib > STORAGE_MAX_GIB:
        return f"EphemeralStorage size should be at most {STORAGE_MAX_GIB}"
    return None


def fargate_size(definition: TaskDefinition) -> str | None:
    """A Fargate task has one of Fargate's sizes."""
    if definition.cpu is None:
        return "Fargate requires that 'cpu' be defined at the task level."
    if definition.memory is None:
        return "Fargate requires that 'memory' be defined at the task level."
    cpu, memory = cpu_units(definition.cpu) or 0, memory_mib(definition.memory)
    if memory not in FARGATE_MEMORY.get(cpu, ()):
        return "No Fargate configuration exists for given values."
    if definition.is_windows and cpu not in FARGATE_WINDOWS_CPU:
        return "No Fargate configuration exists for given values."
    return None
