"""What each launch type leaves no room for: a table of rules for each.

The same tables refuse a definition that requires a launch type and tell ECS's `compatibilities`.
"""

import re
from collections.abc import Callable
from typing import Final

from homeport.services.ecs.plan.task_definition.sizes import fargate_size
from homeport.services.ecs.plan.task_definition.wording import not_one_of
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

Rule = Callable[[TaskDefinition], str | None]

FARGATE_LOG_DRIVERS: Final = ("awslogs", "splunk", "awsfirelens")
FARGATE_CAPABILITIES: Final = ("SYS_PTRACE",)
FARGATE_TIMEOUT_MAX_S: Final = 120
MANAGED_NETWORK_MODES: Final = ("awsvpc", "host")

_ECR: Final = re.compile(r"[0-9]{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9.-]+/")
_UNSUPPORTED: Final = "Fargate compatible task definitions do not support"
_NEEDS_ROLE: Final = "Fargate requires task definition to have execution role ARN to support"


def is_ecr_image(image: str) -> bool:
    """Whether the image lives in a private registry of Amazon ECR."""
    return _ECR.match(image) is not None


def ec2_storage(definition: TaskDefinition) -> str | None:
    """An instance's storage is not the task's to size."""
    if definition.ephemeral_storage is not None:
        return "Tasks using the EC2 launch type do not support EphemeralStorage"
    return None


def fargate_network(definition: TaskDefinition) -> str | None:
    """A Fargate task has an address of its own."""
    if definition.network_mode != "awsvpc":
        return "Fargate only supports network mode 'awsvpc'."
    return None


def fargate_namespaces(definition: TaskDefinition) -> str | None:
    """There is no host whose namespaces could be shared."""
    if definition.pid_mode == "host":
        return (
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported "
            "value for pidMode is 'task'."
        )
    if definition.ipc_mode is not None:
        return f"{_UNSUPPORTED} ipcMode"
    return None


def fargate_placement(definition: TaskDefinition) -> str | None:
    """There are no instances to choose from."""
    return f"{_UNSUPPORTED} constraints" if definition.placement_constraints else None


def fargate_volumes(definition: TaskDefinition) -> str | None:
    """Nothing of a host can be mounted."""
    for volume in definition.volumes:
        if volume.host is not None and volume.host.source_path:
            return f"{_UNSUPPORTED} sourcePath"
        if volume.docker_volume_configuration is not None:
            return f"{_UNSUPPORTED} dockerVolumeConfiguration"
        if volume.fsx_windows_file_server_volume_configuration is not None:
            return f"{_UNSUPPORTED} fsxWindowsFileServerVolumeConfiguration"
    return None


def fargate_containers(definition: TaskDefinition) -> str | None:
    """No container asks for what only a host has."""
    for container in definition.container_definitions:
        refused = (
            _privileges(container)
            or _linux(container)
            or _logs(definition, container)
            or _stop(container)
        )
        if refused:
            return refused
        if is_ecr_image(container.image) and not definition.execution_role_arn:
            return f"{_NEEDS_ROLE} ECR images"
    return None


def _privileges(container: ContainerDefinition) -> str | None:
    if container.privileged:
        return "Fargate requires that the 'privileged' setting be 'false'"
    if container.docker_security_options:
        return f"{_UNSUPPORTED} dockerSecurityOptions"
    if any(each.type == "GPU" for each in container.resource_requirements or ()):
        return "Tasks using the Fargate launch type do not support GPU resource requirements"
    return None


def _linux(container: ContainerDefinition) -> str | None:
    linux = container.linux_parameters
    if linux is None:
        return None
    for word, setting in (
        ("devices", linux.devices or None),
        ("sharedMemorySize", linux.shared_memory_size),
        ("maxSwap", linux.max_swap),
        ("swappiness", linux.swappiness),
    ):
        if setting is not None:
            return f"{_UNSUPPORTED} {word}"
    for name in (linux.capabilities.add or ()) if linux.capabilities else ():
        if name not in FARGATE_CAPABILITIES:
            return f"{name} is not allowed on Fargate."
    return None


def _logs(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    router = container.firelens_configuration
    if router is not None and (router.options or {}).get("config-file-type") == "s3":
        return "Fargate launch type does not support FirelensConfiguration config file from 's3'"
    log = container.log_configuration
    if log is None:
        return None
    if log.log_driver not in FARGATE_LOG_DRIVERS:
        return not_one_of(log.log_driver, "log driver", FARGATE_LOG_DRIVERS)
    if log.log_driver != "awslogs":
        return None
    if not definition.execution_role_arn:
        return f"{_NEEDS_ROLE} log driver awslogs"
    if not (log.options or {}).get("awslogs-stream-prefix"):
        return "Log driver awslogs requires options: awslogs-stream-prefix"
    return None


def _stop(container: ContainerDefinition) -> str | None:
    for word, seconds in (("start", container.start_timeout), ("stop", container.stop_timeout)):
        if seconds is not None and seconds > FARGATE_TIMEOUT_MAX_S:
            return (
                f"Tasks using the Fargate launch type must have a container {word} timeout of "
                f"less than {FARGATE_TIMEOUT_MAX_S} seconds."
            )
    return None


def external_network(definition: TaskDefinition) -> str | None:
    """A machine outside AWS has no network interfaces to give away."""
    if definition.network_mode == "awsvpc":
        return "Tasks using the EXTERNAL launch type do not support network mode 'awsvpc'."
    return None


def external_volumes(definition: TaskDefinition) -> str | None:
    """File systems of AWS are not mounted outside it."""
    for volume in definition.volumes:
        for word, setting in (
            ("efsVolumeConfiguration", volume.efs_volume_configuration),
            ("s3filesVolumeConfiguration", volume.s3files_volume_configuration),
            (
                "fsxWindowsFileServerVolumeConfiguration",
                volume.fsx_windows_file_server_volume_configuration,
            ),
            ("configuredAtLaunch", volume.configured_at_launch),
        ):
            if setting:
                return f"Tasks using the EXTERNAL launch type do not support {word}"
    return None


def external_storage(definition: TaskDefinition) -> str | None:
    """As on an instance, storage is not the task's to size."""
    if definition.ephemeral_storage is not None:
        return "Tasks using the EXTERNAL launch type do not support EphemeralStorage"
    return None


def managed_instances(definition: TaskDefinition) -> str | None:
    """Managed instances run Linux tasks that have an address of their own or the host's."""
    start = "Tasks using the MANAGED_INSTANCES launch type do not support"
    if definition.network_mode not in MANAGED_NETWORK_MODES:
        return f"{start} network mode '{definition.networking}'."
    if definition.is_windows:
        return f"{start} Windows containers"
    if definition.ephemeral_storage is not None:
        return f"{start} EphemeralStorage"
    if any(volume.docker_volume_configuration is not None for volume in definition.volumes):
        return f"{start} dockerVolumeConfiguration"
    return None


RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "EXTERNAL": (external_network, external_volumes, external_storage),
    "EC2": (ec2_storage,),
    "MANAGED_INSTANCES": (managed_instances,),
    "FARGATE": (
        fargate_network,
        fargate_size,
        fargate_namespaces,
        fargate_placement,
        fargate_volumes,
        fargate_containers,
    ),
}
"""In the order in which ECS lists `compatibilities`."""


def refusal_of(launch_type: str, definition: TaskDefinition) -> str | None:
    """Why this launch type cannot take the definition; None when it can."""
    for rule in RULES[launch_type]:
        refused = rule(definition)
        if refused:
            return refused
    return None


def is_compatible(definition: TaskDefinition) -> bool:
    """Whether some launch type can take the definition."""
    return any(refusal_of(each, definition) is None for each in RULES)


def compatibilities(definition: TaskDefinition) -> tuple[str, ...]:
    """The launch types that can take the definition, as ECS lists them."""
    return tuple(each for each in RULES if refusal_of(each, definition) is None)
