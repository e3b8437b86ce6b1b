"""What ECS registers and Homeport cannot act on yet: a definition is a document, a task is not.

RunTask refuses with these sentences, so nothing runs with less than it was promised.
"""

from collections.abc import Callable
from typing import Final

from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition


def unsupported_to_run(
    definition: TaskDefinition, *, architecture: str | None = None
) -> str | None:
    """Why no task of this definition can run here, as a sentence; None when one can.

    `architecture` (``X86_64`` or ``ARM64``) is that of the machines, where it is known.
    """
    for rule in _TASK:
        refused = rule(definition)
        if refused:
            return refused
    for container in definition.container_definitions:
        for member, used in _CONTAINER.items():
            if used(container):
                return f"Homeport does not support {member} yet (container '{container.name}')."
    return _architecture(definition, architecture)


def _platform(definition: TaskDefinition) -> str | None:
    if definition.is_windows:
        return "Homeport runs Linux containers only; the task definition asks for Windows."
    return None


def _volumes(definition: TaskDefinition) -> str | None:
    for volume in definition.volumes:
        for member, setting in (
            ("efsVolumeConfiguration", volume.efs_volume_configuration),
            ("s3filesVolumeConfiguration", volume.s3files_volume_configuration),
            (
                "fsxWindowsFileServerVolumeConfiguration",
                volume.fsx_windows_file_server_volume_configuration,
            ),
            ("configuredAtLaunch", volume.configured_at_launch),
        ):
            if setting:
                return f"Homeport does not support {member} yet (volume '{volume.name}')."
    return None


def _proxy(definition: TaskDefinition) -> str | None:
    if definition.proxy_configuration is not None:
        return "Homeport does not support proxyConfiguration yet."
    return None


def _architecture(definition: TaskDefinition, architecture: str | None) -> str | None:
    asked = definition.runtime_platform.cpu_architecture if definition.runtime_platform else None
    if asked is None or architecture is None or asked == architecture:
        return None
    return f"The task definition asks for {asked} and this machine is {architecture}."


def _logs_through_router(container: ContainerDefinition) -> bool:
    log = container.log_configuration
    return log is not None and log.log_driver == "awsfirelens"


def _log_secrets(container: ContainerDefinition) -> bool:
    log = container.log_configuration
    return log is not None and bool(log.secret_options)


def _credential_specs(container: ContainerDefinition) -> bool:
    options = container.docker_security_options or ()
    return bool(container.credential_specs) or any(
        option.startswith("credentialspec:") for option in options
    )


_TASK: Final[tuple[Callable[[TaskDefinition], str | None], ...]] = (_platform, _volumes, _proxy)
_CONTAINER: Final[dict[str, Callable[[ContainerDefinition], bool]]] = {
    "secrets": lambda each: bool(each.secrets),
    "environmentFiles": lambda each: bool(each.environment_files),
    "repositoryCredentials": lambda each: each.repository_credentials is not None,
    "firelensConfiguration": lambda each: each.firelens_configuration is not None,
    "the awsfirelens log driver": _logs_through_router,
    "secretOptions of log configurations": _log_secrets,
    "credentialSpecs": _credential_specs,
    "GPU resource requirements": lambda each: bool(each.resource_requirements),
}
