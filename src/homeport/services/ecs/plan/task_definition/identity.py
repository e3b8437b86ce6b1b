"""Names, images and what kind of task it is: the rules that need nothing but one member."""

import re
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan import query_language
from homeport.services.ecs.plan.task_definition.wording import not_one_of
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

CONTAINERS_MAX: Final = 10
NAME_LENGTH_MAX: Final = 255
CONSTRAINTS_MAX: Final = 10

LAUNCH_TYPES: Final = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")
NETWORK_MODES: Final = ("bridge", "host", "awsvpc", "none")
PID_MODES: Final = ("host", "task")
IPC_MODES: Final = ("host", "task", "none")
ARCHITECTURES: Final = ("X86_64", "ARM64")
OPERATING_SYSTEMS: Final = (
    "WINDOWS_SERVER_2019_FULL",
    "WINDOWS_SERVER_2019_CORE",
    "WINDOWS_SERVER_2016_FULL",
    "WINDOWS_SERVER_2004_CORE",
    "WINDOWS_SERVER_2022_CORE",
    "WINDOWS_SERVER_2022_FULL",
    "WINDOWS_SERVER_2025_CORE",
    "WINDOWS_SERVER_2025_FULL",
    "WINDOWS_SERVER_20H2_CORE",
    "LINUX",
)

NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_IMAGE: Final = re.compile(r"[A-Za-z0-9_\-:./#@+]+")
_ROLE: Final = re.compile(r"(arn:aws[a-z-]*:iam::[0-9]{12}:role/)?[\w+=,.@/-]{1,576}", re.ASCII)


def family(definition: TaskDefinition) -> str | None:
    """The family is a name."""
    if not definition.family:
        return "Family can not be blank."
    if not NAME.fullmatch(definition.family):
        return "Family contains invalid characters."
    if len(definition.family) > NAME_LENGTH_MAX:
        return f"Family should not be longer than {NAME_LENGTH_MAX} characters."
    return None


def container_count(definition: TaskDefinition) -> str | None:
    """There are containers, and not too many."""
    if not definition.container_definitions:
        return "Container list cannot be empty."
    if len(definition.container_definitions) > CONTAINERS_MAX:
        return "Too many containers"
    return None


def launch_types(definition: TaskDefinition) -> str | None:
    """Every required compatibility is a launch type."""
    for each in definition.requires_compatibilities or ():
        if each not in LAUNCH_TYPES:
            return not_one_of(each, "compatibility", LAUNCH_TYPES)
    return None


def network_mode(definition: TaskDefinition) -> str | None:
    """The network mode is one of Docker's or awsvpc."""
    mode = definition.network_mode
    if mode is not None and mode not in NETWORK_MODES:
        return not_one_of(mode, "network mode", NETWORK_MODES)
    return None


def namespaces(definition: TaskDefinition) -> str | None:
    """Process and IPC namespaces are shared with whom ECS knows."""
    if definition.pid_mode is not None and definition.pid_mode not in PID_MODES:
        return not_one_of(definition.pid_mode, "pid mode", PID_MODES)
    if definition.ipc_mode is not None and definition.ipc_mode not in IPC_MODES:
        return not_one_of(definition.ipc_mode, "ipc mode", IPC_MODES)
    return None


def platform(definition: TaskDefinition) -> str | None:
    """The runtime platform is one that ECS has."""
    asked = definition.runtime_platform
    if asked is None:
        return None
    if asked.cpu_architecture is not None and asked.cpu_architecture not in ARCHITECTURES:
        return not_one_of(asked.cpu_architecture, "CPU architecture", ARCHITECTURES)
    system = asked.operating_system_family
    if system is not None and system not in OPERATING_SYSTEMS:
        return not_one_of(system, "operating system family", OPERATING_SYSTEMS)
    return None


def roles(definition: TaskDefinition) -> str | None:
    """Roles are ARNs of roles, or their short names."""
    for role in (definition.task_role_arn, definition.execution_role_arn):
        if role is not None and not _ROLE.fullmatch(role):
            return "Role is not valid"
    return None


def inference_accelerators(definition: TaskDefinition) -> str | None:
    """Elastic Inference is gone."""
    if definition.inference_accelerators:
        return "Unsupported field 'inferenceAccelerators'"
    return None


def placement_constraints(definition: TaskDefinition) -> str | None:
    """Constraints are memberOf expressions, and not too many."""
    if len(definition.placement_constraints) > CONSTRAINTS_MAX:
        return f"Maximum number of placement constraints is {CONSTRAINTS_MAX}"
    for constraint in definition.placement_constraints:
        if constraint.type != "memberOf":
            return not_one_of(constraint.type or "null", "placement constraint", ("memberOf",))
        if not constraint.expression:
            return "memberOf placement constraint expression should not be null or empty."
        try:
            query_language.parse(constraint.expression)
        except InvalidParameterException as unreadable:
            return unreadable.message
    return None


def container_name(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A container's name is a name."""
    if not container.name:
        return "Container.name should not be null or empty."
    if not NAME.fullmatch(container.name):
        return "Container.name contains invalid characters."
    if len(container.name) > NAME_LENGTH_MAX:
        return f"Container.name should not be longer than {NAME_LENGTH_MAX} characters."
    return None


def container_image(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A container has an image; the 255 characters do not count its digest."""
    if not container.image:
        return "Container.image should not be null or empty."
    if not _IMAGE.fullmatch(container.image):
        return "Container.image contains invalid characters."
    if len(container.image.partition("@")[0]) > NAME_LENGTH_MAX:
        return f"Container.image should not be longer than {NAME_LENGTH_MAX} characters."
    return None


def unique_names(definition: TaskDefinition) -> str | None:
    """No two containers share a name."""
    names = {each.name for each in definition.container_definitions}
    if len(names) < len(definition.container_definitions):
        return "Container names must be unique within a task definition"
    return None


def essential(definition: TaskDefinition) -> str | None:
    """Something decides when the task is over."""
    if not any(each.essential for each in definition.container_definitions):
        return "Task definition doesn't have any essential container"
    return None
