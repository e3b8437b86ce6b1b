"""Overrides of RunTask: whether they are allowed, and the definition that they make.  Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from homeport.kernel import units
from homeport.services.ecs.errors import ClientException, InvalidParameterException
from homeport.services.ecs.plan.task_definition.launch_types import refusal_of
from homeport.services.ecs.plan.task_definition.rules import refusal
from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    KeyValuePair,
)
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.tasks import ContainerOverride, TaskOverride

LENGTH_MAX: Final = 8192
MEMORY_MIN_MIB: Final = 4

_ROLE_PREFIX: Final = "arn:aws:iam::"


def check_overrides(definition: TaskDefinition, overrides: TaskOverride) -> None:
    """Raise for overrides that ECS refuses for this definition."""
    if len(msgspec.json.encode(overrides).decode()) > LENGTH_MAX:
        raise InvalidParameterException(f"Overrides exceeds the maximum of {LENGTH_MAX} characters")
    names = {each.name for each in definition.container_definitions}
    for override in overrides.container_overrides or ():
        _check_container(names, override)
    if overrides.cpu is not None and not units.cpu_units(overrides.cpu):
        raise ClientException("Invalid 'cpu' setting for task.")
    if overrides.memory is not None and not units.memory_mib(overrides.memory):
        raise ClientException("Invalid 'memory' setting for task.")
    for role in (overrides.task_role_arn, overrides.execution_role_arn):
        if role and not role.startswith(_ROLE_PREFIX):
            raise ClientException("Role is not valid")
    if overrides.inference_accelerator_overrides:
        raise InvalidParameterException("Unsupported field 'inferenceAccelerators'")


def check_merged(merged: TaskDefinition, launch_type: str) -> None:
    """Raise ClientException for a definition that its overrides made impossible."""
    refused = refusal(merged) or refusal_of(launch_type, merged)
    if refused:
        raise ClientException(refused)


def merged_definition(definition: TaskDefinition, overrides: TaskOverride) -> TaskDefinition:
    """The definition as a task with these overrides runs it."""
    by_name = {each.name: each for each in overrides.container_overrides or ()}
    cpu = units.cpu_units(overrides.cpu) if overrides.cpu else None
    memory = units.memory_mib(overrides.memory) if overrides.memory else None
    return replace(
        definition,
        container_definitions=tuple(
            _merged(each, by_name[each.name]) if each.name in by_name else each
            for each in definition.container_definitions
        ),
        cpu=str(cpu) if cpu else definition.cpu,
        memory=str(memory) if memory else definition.memory,
        task_role_arn=overrides.task_role_arn or definition.task_role_arn,
        execution_role_arn=overrides.execution_role_arn or definition.execution_role_arn,
        ephemeral_storage=overrides.ephemeral_storage or definition.ephemeral_storage,
    )


def merged_environment(
    environment: Sequence[KeyValuePair], override: Sequence[KeyValuePair]
) -> tuple[KeyValuePair, ...]:
    """Both, in order; of two with one name the later counts, and the override comes later."""
    values = {each.name: each for each in (*environment, *override)}
    return tuple(values.values())


def _check_container(names: set[str], override: ContainerOverride) -> None:
    if not override.name:
        raise InvalidParameterException("Container override name must not be null or empty.")
    if override.name not in names:
        raise InvalidParameterException(
            f"Override for container named {override.name} is not a container in the "
            "TaskDefinition."
        )
    if override.cpu is not None and override.cpu < 0:
        raise InvalidParameterException("Invalid 'cpu' setting for container override.")
    for memory in (override.memory, override.memory_reservation):
        if memory is not None and memory < MEMORY_MIN_MIB:
            raise InvalidParameterException("Invalid 'memory' setting for container override.")
    for pair in override.environment or ():
        if not pair.name:
            raise InvalidParameterException("Environment variable name must not be empty.")


def _merged(container: ContainerDefinition, override: ContainerOverride) -> ContainerDefinition:
    given = {
        name: value
        for name in (
            "command",
            "environment_files",
            "cpu",
            "memory",
            "memory_reservation",
            "resource_requirements",
        )
        if (value := getattr(override, name)) is not None
    }
    environment = merged_environment(container.environment, override.environment or ())
    return replace(container, environment=environment, **given)
