"""Volumes of the task and where containers mount them."""

from typing import Final

from homeport.services.ecs.plan.task_definition.identity import NAME, NAME_LENGTH_MAX
from homeport.services.ecs.plan.task_definition.wording import not_one_of
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition, Volume

SCOPES: Final = ("task", "shared")
SWITCH: Final = ("ENABLED", "DISABLED")
PORT_MAX: Final = 65_535


def volumes(definition: TaskDefinition) -> str | None:
    """Each volume is one thing and is well-formed, and no two share a name."""
    names = [volume.name for volume in definition.volumes]
    if len(set(names)) < len(names):
        return "Volume names must be unique within a task definition"
    for volume in definition.volumes:
        refused = _name(volume) or _one_kind(volume) or _docker(volume) or _efs(volume)
        refused = refused or _s3files(volume)
        if refused:
            return refused
    return None


def _name(volume: Volume) -> str | None:
    if not volume.name:
        return "Volume.name should not be null or empty."
    if not NAME.fullmatch(volume.name):
        return "Volume.name contains invalid characters."
    if len(volume.name) > NAME_LENGTH_MAX:
        return f"Volume.name should not be longer than {NAME_LENGTH_MAX} characters."
    return None


def _one_kind(volume: Volume) -> str | None:
    kinds = {
        "host": volume.host is not None and volume.host.source_path,
        "dockerVolumeConfiguration": volume.docker_volume_configuration,
        "efsVolumeConfiguration": volume.efs_volume_configuration,
        "s3filesVolumeConfiguration": volume.s3files_volume_configuration,
        "fsxWindowsFileServerVolumeConfiguration": (
            volume.fsx_windows_file_server_volume_configuration
        ),
        "configuredAtLaunch": volume.configured_at_launch,
    }
    given = [kind for kind, asked in kinds.items() if asked]
    if len(given) > 1:
        return f"Volume '{volume.name}' can have only one of [{', '.join(given)}]"
    return None


def _docker(volume: Volume) -> str | None:
    asked = volume.docker_volume_configuration
    if asked is None:
        return None
    scope = asked.scope if asked.scope is not None else "task"
    if scope not in SCOPES:
        return not_one_of(scope, "scope", SCOPES)
    if asked.autoprovision and scope != "shared":
        return f"Volume '{volume.name}': autoprovision is only supported with scope 'shared'"
    return None


def _efs(volume: Volume) -> str | None:
    asked = volume.efs_volume_configuration
    if asked is None:
        return None
    encrypted, access = asked.transit_encryption, asked.authorization_config
    if encrypted is not None and encrypted not in SWITCH:
        return not_one_of(encrypted, "EFS transit encryption", SWITCH)
    if access is not None and access.iam is not None and access.iam not in SWITCH:
        return not_one_of(access.iam, "EFS IAM authorization", SWITCH)
    if access is not None and access.access_point_id and asked.root_directory not in (None, "/"):
        return (
            "When using an EFS access point, the root directory must either be set to "
            '"/" or be omitted'
        )
    if encrypted != "ENABLED":
        if access is not None and access.iam == "ENABLED":
            return "EFS IAM authorization requires TransitEncryption to be enabled"
        if access is not None and access.access_point_id:
            return "EFS access point requires TransitEncryption to be enabled"
        if asked.transit_encryption_port is not None:
            return "TransitEncryptionPort requires that TransitEncryption is enabled"
    return _transit_port(asked.transit_encryption_port)


def _s3files(volume: Volume) -> str | None:
    asked = volume.s3files_volume_configuration
    if asked is None:
        return None
    if not asked.file_system_arn.startswith("arn:"):
        return "Invalid arn syntax."
    if asked.access_point_arn and asked.root_directory not in (None, "/"):
        return (
            "When using an S3 Files access point, the root directory must either be set to "
            '"/" or be omitted'
        )
    return _transit_port(asked.transit_encryption_port)


def _transit_port(port: int | None) -> str | None:
    if port is not None and not 1 <= port <= PORT_MAX:
        return "Invalid 'transitEncryptionPort' setting"
    return None


def mount_points(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A container mounts volumes that the task has, at a path."""
    known = {volume.name for volume in definition.volumes}
    for mount in container.mount_points:
        if mount.source_volume not in known or mount.source_volume is None:
            return f"Unknown volume '{mount.source_volume or ''}'"
        if not mount.container_path:
            return f"Invalid mount point: volume '{mount.source_volume}' has no 'containerPath'"
    return None


def launch_volumes(definition: TaskDefinition) -> str | None:
    """At most one volume is configured at launch, and some container mounts it."""
    named = [volume.name or "" for volume in definition.volumes if volume.configured_at_launch]
    if len(named) > 1:
        return "A task definition can have only one volume that is configured at launch"
    mounted = {
        mount.source_volume
        for container in definition.container_definitions
        for mount in container.mount_points
    }
    forgotten = [name for name in named if name not in mounted]
    if forgotten:
        return f"Volumes [{', '.join(forgotten)}] are not referenced by any of the containers"
    return None
