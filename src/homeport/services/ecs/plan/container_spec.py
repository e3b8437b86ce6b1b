"""What a node is told of one container: its definition, with every default filled in.  Pure."""

from collections.abc import Callable
from typing import Any, Final

from homeport.link import spec
from homeport.services.ecs.plan.log_streams import stream_name
from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    Device,
    LinuxParameters,
    LogConfiguration,
    Ulimit,
)
from homeport.services.ecs.records.tasks import Task, TaskContainer

STOP_TIMEOUT_S: Final = 30.0
RESTART_PERIOD_S: Final = 300.0
HEALTH_INTERVAL_S: Final = 30.0
HEALTH_TIMEOUT_S: Final = 5.0
HEALTH_RETRIES: Final = 3
FARGATE_OPEN_FILES: Final = 65_535
LOG_BUFFER: Final = "10m"

_LETTERS: Final = {"read": "r", "write": "w", "mknod": "m"}

Span = Callable[[float], float]


def container_spec(
    task: Task,
    container: TaskContainer,
    merged: ContainerDefinition,
    *,
    span: Span,
    log_mode: str,
) -> spec.ContainerSpec:
    """The container as the node of its task runs it."""
    linux = merged.linux_parameters or LinuxParameters()
    return spec.ContainerSpec(
        name=container.name,
        arn=container.arn,
        docker_name=container.docker_name,
        image=merged.image,
        pinned_digest=container.pinned_digest,
        essential=merged.essential,
        command=merged.command,
        entry_point=merged.entry_point,
        environment=_environment(task, merged),
        cpu=merged.cpu,
        memory_mib=merged.memory,
        memory_reservation_mib=merged.memory_reservation,
        **_process(merged),
        **_network(task, merged),
        **_files(merged),
        **_timing(merged, span),
        **_kernel(linux),
        log=_log(task, container, merged.log_configuration, log_mode),
        ulimits=_ulimits(merged.ulimits or ()),
        open_files=FARGATE_OPEN_FILES if task.launch_type == "FARGATE" else None,
        labels=merged.docker_labels or {},
        gpus=sum(
            int(each.value)
            for each in merged.resource_requirements or ()
            if each.type == "GPU" and each.value.isdigit()
        ),
    )


def _environment(task: Task, merged: ContainerDefinition) -> dict[str, str]:
    given = {each.name: each.value or "" for each in merged.environment if each.name}
    return {"AWS_EXECUTION_ENV": f"AWS_ECS_{task.launch_type}", **given}


def _process(merged: ContainerDefinition) -> dict[str, Any]:
    return {
        "working_directory": merged.working_directory,
        "user": merged.user,
        "privileged": bool(merged.privileged),
        "read_only_root": bool(merged.readonly_root_filesystem),
        "interactive": bool(merged.interactive),
        "tty": bool(merged.pseudo_terminal),
        "security_options": merged.docker_security_options or (),
        "sysctls": {
            each.namespace: each.value
            for each in merged.system_controls
            if each.namespace and each.value is not None
        },
    }


def _network(task: Task, merged: ContainerDefinition) -> dict[str, Any]:
    return {
        "hostname": merged.hostname,
        "links": merged.links or (),
        "port_mappings": tuple(
            spec.PortMapping(
                container_port=each.container_port,
                container_port_range=each.container_port_range,
                host_port=_host_port(task, each.host_port, each.container_port),
                protocol="udp" if each.protocol == "udp" else "tcp",
            )
            for each in merged.port_mappings
        ),
        "extra_hosts": tuple((each.hostname, each.ip_address) for each in merged.extra_hosts or ()),
        "dns_servers": merged.dns_servers or (),
        "dns_search_domains": merged.dns_search_domains or (),
        "disable_networking": bool(merged.disable_networking),
    }


def _host_port(task: Task, host_port: int | None, container_port: int | None) -> int:
    if task.network_mode == "bridge":
        return host_port or 0
    return host_port or container_port or 0


def _files(merged: ContainerDefinition) -> dict[str, Any]:
    return {
        "mounts": tuple(
            spec.Mount(
                volume=each.source_volume,
                container_path=each.container_path,
                read_only=bool(each.read_only),
            )
            for each in merged.mount_points
            if each.source_volume and each.container_path
        ),
        "volumes_from": tuple(
            spec.VolumesFrom(container=each.source_container, read_only=bool(each.read_only))
            for each in merged.volumes_from
            if each.source_container
        ),
    }


def _timing(merged: ContainerDefinition, span: Span) -> dict[str, Any]:
    stop = STOP_TIMEOUT_S if merged.stop_timeout is None else merged.stop_timeout
    return {
        "depends_on": tuple(
            spec.Dependency(
                container=each.container_name,
                condition=each.condition,  # type: ignore[arg-type]  # Checked at registration.
            )
            for each in merged.depends_on or ()
        ),
        "start_timeout_s": None if not merged.start_timeout else span(merged.start_timeout),
        "stop_timeout_s": span(stop),
        "health_check": _health_check(merged, span),
        "restart_policy": _restart_policy(merged, span),
    }


def _health_check(merged: ContainerDefinition, span: Span) -> spec.HealthCheck | None:
    check = merged.health_check
    if check is None or check.command[0] == "NONE":
        return None
    return spec.HealthCheck(
        command=check.command,
        interval_s=span(check.interval or HEALTH_INTERVAL_S),
        timeout_s=span(check.timeout or HEALTH_TIMEOUT_S),
        retries=check.retries or HEALTH_RETRIES,
        start_period_s=span(check.start_period or 0),
    )


def _restart_policy(merged: ContainerDefinition, span: Span) -> spec.RestartPolicy | None:
    policy = merged.restart_policy
    if policy is None or not policy.enabled:
        return None
    return spec.RestartPolicy(
        attempt_period_s=span(policy.restart_attempt_period or RESTART_PERIOD_S),
        ignored_exit_codes=policy.ignored_exit_codes or (),
    )


def _kernel(linux: LinuxParameters) -> dict[str, Any]:
    capabilities = linux.capabilities
    return {
        "capabilities_add": (capabilities.add or ()) if capabilities else (),
        "capabilities_drop": (capabilities.drop or ()) if capabilities else (),
        "devices": tuple(_device(each) for each in linux.devices or ()),
        "tmpfs": tuple(
            spec.Tmpfs(
                container_path=each.container_path,
                size_mib=each.size,
                options=each.mount_options or (),
            )
            for each in linux.tmpfs or ()
        ),
        "init_process": bool(linux.init_process_enabled),
        "shared_memory_mib": linux.shared_memory_size,
        "max_swap_mib": linux.max_swap,
        "swappiness": linux.swappiness,
    }


def _device(device: Device) -> spec.Device:
    permissions = "".join(_LETTERS.get(each, "") for each in device.permissions or ())
    return spec.Device(
        host_path=device.host_path,
        container_path=device.container_path or device.host_path,
        permissions=permissions or "rwm",
    )


def _ulimits(given: tuple[Ulimit, ...]) -> tuple[spec.Ulimit, ...]:
    return tuple(
        spec.Ulimit(name=each.name, soft=each.soft_limit, hard=each.hard_limit) for each in given
    )


def _log(
    task: Task, container: TaskContainer, given: LogConfiguration | None, log_mode: str
) -> spec.LogDriver | None:
    """Docker's driver and options; the stream's name is made here, as ECS makes it."""
    if given is None:
        return None
    options = dict(given.options or {})
    if given.log_driver == "awslogs":
        options.setdefault("mode", log_mode)
        if options["mode"] == "non-blocking":
            options.setdefault("max-buffer-size", LOG_BUFFER)
        stream = stream_name(options, container.name, task.arn)
        options.pop("awslogs-stream-prefix", None)
        if stream is not None:
            options["awslogs-stream"] = stream
    return spec.LogDriver(driver=given.log_driver, options=options)
