"""The rules of RegisterTaskDefinition in the order in which they speak.  No rule lives here."""

from collections.abc import Callable
from typing import Final

from homeport.services.ecs.plan.task_definition import (
    behaviour,
    dependencies,
    environment,
    identity,
    launch_types,
    linux,
    networking,
    sizes,
    volumes,
)
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

BYTES_MAX: Final = 65_536

TaskRule = Callable[[TaskDefinition], str | None]
ContainerRule = Callable[[TaskDefinition, ContainerDefinition], str | None]

FIRST: Final[tuple[TaskRule, ...]] = (
    identity.family,
    identity.container_count,
    identity.launch_types,
    identity.network_mode,
    identity.namespaces,
    identity.platform,
    identity.inference_accelerators,
    sizes.task_cpu,
    sizes.task_memory,
)
EACH_CONTAINER: Final[tuple[ContainerRule, ...]] = (
    identity.container_name,
    identity.container_image,
    sizes.container_cpu,
    sizes.container_memory,
    sizes.container_fits_task,
    networking.mode_allows,
    networking.port_mappings,
    networking.extra_hosts,
    environment.variables,
    environment.files,
    environment.secrets,
    environment.repository_credentials,
    environment.credential_specs,
    volumes.mount_points,
    behaviour.timeouts,
    behaviour.health_check,
    behaviour.restart_policy,
    behaviour.version_consistency,
    behaviour.log_configuration,
    linux.parameters,
    linux.ulimits,
    linux.system_controls,
    linux.resource_requirements,
    linux.security_options,
)
THEN: Final[tuple[TaskRule, ...]] = (
    identity.unique_names,
    identity.essential,
    networking.links,
    networking.port_names,
    networking.port_reuse,
    dependencies.depends_on,
    dependencies.volumes_from,
    volumes.volumes,
    volumes.launch_volumes,
    sizes.cpu_sum,
    sizes.ephemeral_storage,
    behaviour.log_router,
    networking.proxy,
    identity.placement_constraints,
    identity.roles,
)


def refusal(draft: TaskDefinition) -> str | None:
    """Why ECS would refuse to register the draft, in its words; None when it would not."""
    for rule in FIRST:
        refused = rule(draft)
        if refused:
            return refused
    for container in draft.container_definitions:
        for container_rule in EACH_CONTAINER:
            refused = container_rule(draft, container)
            if refused:
                return refused
    for rule in THEN:
        refused = rule(draft)
        if refused:
            return refused
    return _launch_type(draft)


def _launch_type(draft: TaskDefinition) -> str | None:
    required = draft.requires_compatibilities
    if not required:
        # Nothing was required: it is refused only when nothing could run it, as EC2 would.
        if launch_types.is_compatible(draft):
            return None
        required = ("EC2",)
    for each in required:
        refused = launch_types.refusal_of(each, draft)
        if refused:
            return refused
    return None


def too_big(length: int) -> str | None:
    """The refusal of a definition that takes `length` bytes."""
    if length > BYTES_MAX:
        return f"Actual length: '{length}'. Max allowed length is '{BYTES_MAX}' bytes."
    return None
