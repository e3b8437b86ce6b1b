"""The names and labels under which the node's things stand in the Engine.  Pure.

Labels are the node's memory: after a crash it knows its own by them, and nothing else.
"""

import hashlib
from typing import Final

from homeport.link.spec import ContainerSpec, TaskSpec, Volume

LABEL_NODE: Final = "homeport.node"
LABEL_TASK: Final = "homeport.task-arn"
LABEL_ROLE: Final = "homeport.role"
LABEL_METADATA: Final = "homeport.metadata-id"
LABEL_VPC: Final = "homeport.vpc"
LABEL_CONTAINER: Final = "com.amazonaws.ecs.container-name"

UNENFORCED: Final = "homeport.security-groups-not-enforced"
"""An attribute that a node has where it cannot enforce security groups and network ACLs."""

ROLE_HOLDER: Final = "holder"
ROLE_READY: Final = "ready"
ROLE_CONTAINER: Final = "container"
HOLDER_CONTAINER: Final = "~internal~ecs~pause"
HOLDER_IMAGE: Final = "homeport/pause:1"
READY_PREFIX: Final = "homeport-ready-"


def task_id(task_arn: str) -> str:
    """The last part of a task's ARN."""
    return task_arn.rsplit("/", 1)[-1]


def task_labels(task: TaskSpec, container: str) -> dict[str, str]:
    """The labels that the ECS agent gives every container; they override the user's."""
    return {
        "com.amazonaws.ecs.cluster": task.cluster,
        LABEL_CONTAINER: container,
        "com.amazonaws.ecs.task-arn": task.task_arn,
        "com.amazonaws.ecs.task-definition-family": task.family,
        "com.amazonaws.ecs.task-definition-version": str(task.revision),
    }


def own_labels(task: TaskSpec, node_id: str, role: str) -> dict[str, str]:
    """The labels by which a node recognises its own."""
    return {LABEL_NODE: node_id, LABEL_TASK: task.task_arn, LABEL_ROLE: role}


def container_labels(
    task: TaskSpec, container: ContainerSpec, node_id: str, metadata_id: str
) -> dict[str, str]:
    """Every label of a container of the task."""
    return {
        **container.labels,
        **task_labels(task, container.name),
        **own_labels(task, node_id, ROLE_CONTAINER),
        LABEL_METADATA: metadata_id,
    }


def network_name(vpc_id: str) -> str:
    """The Docker network that is the VPC."""
    return f"homeport-{vpc_id}"


def holder_name(task: TaskSpec) -> str:
    """``ecs-FAMILY-REVISION-internalecspause-HEX``, as the ECS agent names its own."""
    return f"ecs-{task.family}-{task.revision}-internalecspause-{_hex(task.task_arn, 'holder')}"


def is_task_volume(volume: Volume) -> bool:
    """Whether the volume is a Docker volume that ends with the task."""
    return volume.host_path is None and volume.scope == "task"


def volume_name(task: TaskSpec, volume: Volume) -> str:
    """The Docker volume of `volume`; one of task scope is the task's alone.

    The name follows from the task, so a volume is found again whatever was forgotten.
    """
    if not is_task_volume(volume):
        return volume.name
    return f"ecs-{task.family}-{task.revision}-{volume.name}-{_hex(task.task_arn, volume.name)}"


def _hex(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
