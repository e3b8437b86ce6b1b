"""`requiresAttributes`: what an instance must be able to do to run a definition."""

from collections.abc import Iterator
from typing import Final

from homeport.kernel.units import cpu_units
from homeport.services.ecs.plan.task_definition.launch_types import is_ecr_image
from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    LinuxParameters,
    Secret,
)
from homeport.services.ecs.records.task_definitions import Attribute, TaskDefinition

_OLD: Final = "com.amazonaws.ecs.capability."
_NEW: Final = "ecs.capability."
_REMOTE_API: Final = f"{_OLD}docker-remote-api.1."

LOG_DRIVER_API: Final = {
    "json-file": 18,
    "syslog": 18,
    "journald": 19,
    "awslogs": 19,
    "awsfirelens": 19,
    "gelf": 20,
    "fluentd": 20,
    "splunk": 22,
}
CPU_OF_OLD_AGENTS_MAX: Final = 10_240


def required_attributes(definition: TaskDefinition) -> tuple[Attribute, ...]:
    """Each capability that the definition needs, once, in a fixed order."""
    names = dict.fromkeys(_of_task(definition))
    for container in definition.container_definitions:
        names.update(dict.fromkeys(_of_container(definition, container)))
    return tuple(Attribute(name=name) for name in names)


def _of_task(definition: TaskDefinition) -> Iterator[str]:
    if definition.networking == "awsvpc":
        yield f"{_NEW}task-eni"
        yield f"{_REMOTE_API}18"
    if definition.task_role_arn:
        host = "-network-host" if definition.networking == "host" else ""
        yield f"{_OLD}task-iam-role{host}"
    if definition.pid_mode or definition.ipc_mode:
        yield f"{_NEW}pid-ipc-namespace-sharing"
        yield f"{_REMOTE_API}17"
    if definition.proxy_configuration is not None:
        yield f"{_NEW}aws-appmesh"
    if definition.enable_fault_injection:
        yield f"{_NEW}fault-injection"
    if definition.cpu is not None and (cpu_units(definition.cpu) or 0) > CPU_OF_OLD_AGENTS_MAX:
        yield f"{_NEW}increased-task-cpu-limit"
    yield from _of_volumes(definition)


def _of_volumes(definition: TaskDefinition) -> Iterator[str]:
    for volume in definition.volumes:
        if volume.docker_volume_configuration is not None:
            driver = volume.docker_volume_configuration.driver or "local"
            yield f"{_NEW}docker-plugin.{driver}"
        if volume.efs_volume_configuration is not None:
            yield f"{_NEW}efs"
            yield f"{_REMOTE_API}25"
            if volume.efs_volume_configuration.authorization_config is not None:
                yield f"{_NEW}efsAuth"
        if volume.s3files_volume_configuration is not None:
            yield f"{_NEW}s3files"
        if volume.fsx_windows_file_server_volume_configuration is not None:
            yield f"{_NEW}fsxWindowsFileServer"
        if volume.configured_at_launch:
            yield f"{_NEW}storage.ebs-task-volume-attach"


def _of_container(definition: TaskDefinition, container: ContainerDefinition) -> Iterator[str]:
    yield from _of_logs(definition, container)
    yield from _of_image(definition, container)
    yield from _of_secrets(container)
    yield from _of_lifecycle(container)
    yield from _of_isolation(container)
    if container.linux_parameters is not None:
        yield from _of_linux(container.linux_parameters)


def _of_logs(definition: TaskDefinition, container: ContainerDefinition) -> Iterator[str]:
    log, router = container.log_configuration, container.firelens_configuration
    if log is not None:
        yield f"{_OLD}logging-driver.{log.log_driver}"
        yield f"{_REMOTE_API}{LOG_DRIVER_API[log.log_driver]}"
        if log.log_driver == "awslogs" and definition.execution_role_arn:
            yield f"{_NEW}execution-role-awslogs"
        for store in _stores(log.secret_options or ()):
            yield f"{_NEW}secrets.{store}.bootstrap.log-driver"
    if router is not None:
        yield f"{_NEW}firelens.{router.type}"
        source = (router.options or {}).get("config-file-type")
        if source is not None:
            yield f"{_NEW}firelens.options.config.{source}"


def _of_image(definition: TaskDefinition, container: ContainerDefinition) -> Iterator[str]:
    if is_ecr_image(container.image):
        yield f"{_OLD}ecr-auth"
        if definition.execution_role_arn:
            yield f"{_NEW}execution-role-ecr-pull"
    if container.repository_credentials is not None:
        yield f"{_NEW}private-registry-authentication.secretsmanager"


def _of_secrets(container: ContainerDefinition) -> Iterator[str]:
    for store in _stores(container.secrets or ()):
        yield f"{_NEW}secrets.{store}.environment-variables"
    if container.environment_files:
        yield f"{_NEW}env-files.s3"
    for spec in container.credential_specs or ():
        yield f"{_NEW}gmsa-domainless" if "domainless:" in spec else f"{_NEW}gmsa"


def _stores(secrets: tuple[Secret, ...]) -> list[str]:
    return ["asm" if ":secretsmanager:" in each.value_from else "ssm" for each in secrets]


def _of_lifecycle(container: ContainerDefinition) -> Iterator[str]:
    waits = (container.start_timeout, container.stop_timeout)
    if container.depends_on or any(each is not None for each in waits):
        yield f"{_NEW}container-ordering"
    if container.health_check is not None:
        yield f"{_NEW}container-health-check"
        if container.health_check.start_period is not None:
            yield f"{_REMOTE_API}29"
    if container.restart_policy is not None and container.restart_policy.enabled:
        yield f"{_NEW}container-restart-policy"
    if any(each.container_port_range is not None for each in container.port_mappings):
        yield f"{_NEW}network.container-port-range"


def _of_isolation(container: ContainerDefinition) -> Iterator[str]:
    if container.privileged:
        yield f"{_OLD}privileged-container"
    if container.readonly_root_filesystem:
        yield f"{_REMOTE_API}17"
    if container.docker_labels or container.ulimits:
        yield f"{_REMOTE_API}18"
    if container.memory_reservation is not None:
        yield f"{_REMOTE_API}21"
    if container.system_controls:
        yield f"{_REMOTE_API}24"
    for option in container.docker_security_options or ():
        if option.startswith("label:"):
            yield f"{_OLD}selinux"
        elif option.startswith("apparmor:"):
            yield f"{_OLD}apparmor"


def _of_linux(linux: LinuxParameters) -> Iterator[str]:
    if linux.shared_memory_size is not None or linux.tmpfs:
        yield f"{_REMOTE_API}22"
    if linux.init_process_enabled:
        yield f"{_REMOTE_API}25"
