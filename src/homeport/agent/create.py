"""The body of Docker's container-create call, from a task's specification.

PURE: no Engine, no clock, no ids of its own; the tests compare whole bodies literally.
"""

from typing import Any, Final

from homeport.agent.environment import environment
from homeport.agent.logdriver import log_config
from homeport.agent.names import (
    HOLDER_CONTAINER,
    HOLDER_IMAGE,
    LABEL_NODE,
    LABEL_ROLE,
    ROLE_HOLDER,
    ROLE_READY,
    container_labels,
    network_name,
    own_labels,
    task_labels,
    volume_name,
)
from homeport.agent.observed import ImageFacts
from homeport.agent.ports import exposed_ports, port_bindings
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import ContainerSpec, HealthCheck, TaskSpec

MIB: Final = 1024 * 1024
NANOSECONDS: Final = 1_000_000_000
HEALTH_NS_MIN: Final = 1_000_000  # Docker refuses less.
CPU_SHARES_MIN: Final = 2
CPU_SHARES_MAX: Final = 262_144
MEMORY_MIB_MIN: Final = 4
NO_HEALTH_CHECK: Final[dict[str, Any]] = {"Test": ["NONE"]}
HOLDER_COMMAND: Final = ("/bin/busybox", "sleep", "2147483647")

Body = dict[str, Any]


def container_body(
    task: TaskSpec,
    container: ContainerSpec,
    image: ImageFacts,
    metadata_id: str,
    around: Surroundings,
) -> Body:
    """The body that creates `container`.  What the definition leaves open stays Docker's choice."""
    body: Body = {
        "Image": image.reference or container.image,
        "Env": environment(task, container, image, metadata_id, around),
        "Labels": container_labels(task, container, around.node_id, metadata_id),
        "Healthcheck": _health_check(container.health_check),
        "HostConfig": _host_config(task, container, around),
    }
    optional: Body = {
        "Cmd": None if container.command is None else list(container.command),
        "Entrypoint": None if container.entry_point is None else list(container.entry_point),
        "WorkingDir": container.working_directory,
        "User": container.user,
        "Hostname": _hostname(task, container, around),
        "Tty": container.tty or None,
        "OpenStdin": container.interactive or None,
        "NetworkDisabled": container.disable_networking or None,
        "ExposedPorts": exposed_ports(task, container) or None,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    if _bears_address(task, around):
        body |= _address(task)
    return body


def holder_body(task: TaskSpec, around: Surroundings) -> Body:
    """The body that creates the container which holds the task's namespaces."""
    host: Body = {
        "NetworkMode": "none",
        "LogConfig": {"Type": "none", "Config": {}},
        "IpcMode": "shareable" if task.ipc_mode == "task" else "private",
        # The first process of a shared PID namespace has to reap.
        "Init": task.pid_mode == "task",
    }
    body: Body = {
        "Image": HOLDER_IMAGE,
        "Cmd": list(HOLDER_COMMAND),
        "Labels": task_labels(task, HOLDER_CONTAINER)
        | own_labels(task, around.node_id, ROLE_HOLDER),
        "Healthcheck": dict(NO_HEALTH_CHECK),
    }
    sysctls: dict[str, str] = {}
    if task.network_mode == "awsvpc" and task.interface is not None:
        host["NetworkMode"] = network_name(task.interface.vpc_id)
        host |= _name_resolution(task.containers)
        body |= {"Hostname": task.interface.private_dns_name, **_address(task)}
        sysctls |= _sysctls(task.containers, network=True)
    if task.ipc_mode == "task":
        sysctls |= _sysctls(task.containers, network=False)
    if sysctls:
        host["Sysctls"] = sysctls
    return body | {"HostConfig": host}


def ready_holder_body(node_id: str, network: str, address: str) -> Body:
    """The body of a holder for a task that is not known yet, born at `address` of `network`."""
    endpoint = {"IPAMConfig": {"IPv4Address": address}}
    return {
        "Image": HOLDER_IMAGE,
        "Cmd": list(HOLDER_COMMAND),
        "Labels": {LABEL_NODE: node_id, LABEL_ROLE: ROLE_READY},
        "Healthcheck": dict(NO_HEALTH_CHECK),
        "HostConfig": {"NetworkMode": network, "LogConfig": {"Type": "none", "Config": {}}},
        "NetworkingConfig": {"EndpointsConfig": {network: endpoint}},
    }


def may_borrow_holder(task: TaskSpec) -> bool:
    """Whether the task asks nothing of its namespaces that one made before could not give."""
    if task.network_mode != "awsvpc" or task.interface is None:
        return False
    if task.pid_mode == "task" or task.ipc_mode == "task":
        return False
    return not (_name_resolution(task.containers) or _sysctls(task.containers, network=True))


def _bears_address(task: TaskSpec, around: Surroundings) -> bool:
    """Whether the (only) container bears the task's address itself."""
    return task.network_mode == "awsvpc" and around.holder_id is None


def _lives_in_holder(task: TaskSpec, around: Surroundings) -> bool:
    return task.network_mode == "awsvpc" and around.holder_id is not None


def _address(task: TaskSpec) -> Body:
    """The task's address and MAC on the bridge of its VPC."""
    if task.interface is None:
        return {}
    interface = task.interface
    endpoint = {
        "IPAMConfig": {"IPv4Address": interface.private_ipv4},
        "MacAddress": interface.mac_address,
    }
    # Engines before API 1.44 read the MAC from the body, later ones from the endpoint.
    return {
        "MacAddress": interface.mac_address,
        "NetworkingConfig": {"EndpointsConfig": {network_name(interface.vpc_id): endpoint}},
    }


def _hostname(task: TaskSpec, container: ContainerSpec, around: Surroundings) -> str | None:
    if task.network_mode == "awsvpc":
        alone = _bears_address(task, around)
        return task.interface.private_dns_name if alone and task.interface else None
    return None if task.network_mode == "host" else container.hostname


def _health_check(check: HealthCheck | None) -> Body:
    """The definition's check only: ECS does not watch a HEALTHCHECK of the image."""
    if check is None:
        return dict(NO_HEALTH_CHECK)
    return {
        "Test": list(check.command),
        "Interval": _nanoseconds(check.interval_s),
        "Timeout": _nanoseconds(check.timeout_s),
        "Retries": check.retries,
        "StartPeriod": _nanoseconds(check.start_period_s),
    }


def _nanoseconds(seconds: float) -> int:
    return 0 if seconds == 0 else max(HEALTH_NS_MIN, round(seconds * NANOSECONDS))


def _host_config(task: TaskSpec, container: ContainerSpec, around: Surroundings) -> Body:
    host: Body = {
        "NetworkMode": _network_mode(task, around),
        "CpuShares": min(max(container.cpu, CPU_SHARES_MIN), CPU_SHARES_MAX),
    }
    optional: Body = {
        "CgroupParent": around.cgroup_parent,
        "PidMode": _shared_mode(task.pid_mode, around),
        "IpcMode": _shared_mode(task.ipc_mode, around),
        "LogConfig": log_config(task, container, around),
        "PortBindings": port_bindings(task, container) or None,
        "Binds": _binds(task, container) or None,
        "VolumesFrom": _volumes_from(task, container) or None,
        "Links": _links(task, container) or None,
        "Init": container.init_process or None,
        "Privileged": container.privileged or None,
        "ReadonlyRootfs": container.read_only_root or None,
        "SecurityOpt": list(container.security_options) or None,
        "CapAdd": list(container.capabilities_add) or None,
        "CapDrop": list(container.capabilities_drop) or None,
        "Sysctls": _own_sysctls(task, container, around) or None,
    }
    optional |= _memory(container) | _resources(container, around)
    if not _lives_in_holder(task, around):
        optional |= _name_resolution((container,))
    return host | {name: value for name, value in optional.items() if value is not None}


def _network_mode(task: TaskSpec, around: Surroundings) -> str:
    if task.network_mode != "awsvpc":
        return task.network_mode
    if around.holder_id is not None:
        return f"container:{around.holder_id}"
    return network_name(task.interface.vpc_id) if task.interface is not None else "none"


def _shared_mode(mode: str | None, around: Surroundings) -> str | None:
    if mode == "task":
        return f"container:{around.holder_id}"
    return mode


def _memory(container: ContainerSpec) -> Body:
    memory_mib = container.memory_mib
    if memory_mib is not None:
        memory_mib = max(memory_mib, MEMORY_MIB_MIN)
    swap = None
    if container.max_swap_mib is not None and memory_mib is not None:
        swap = (memory_mib + container.max_swap_mib) * MIB
    reservation = container.memory_reservation_mib
    return {
        "Memory": None if memory_mib is None else memory_mib * MIB,
        "MemoryReservation": None if reservation is None else reservation * MIB,
        "MemorySwap": swap,
        "MemorySwappiness": container.swappiness,
        "ShmSize": None
        if container.shared_memory_mib is None
        else container.shared_memory_mib * MIB,
    }


def _ulimits(container: ContainerSpec, around: Surroundings) -> list[Body]:
    limits = [
        {"Name": each.name, "Soft": each.soft, "Hard": each.hard} for each in container.ulimits
    ]
    wanted = container.open_files
    if wanted is not None and all(each["Name"] != "nofile" for each in limits):
        most = wanted if around.open_files_max is None else min(wanted, around.open_files_max)
        limits.append({"Name": "nofile", "Soft": most, "Hard": most})
    return limits


def _resources(container: ContainerSpec, around: Surroundings) -> Body:
    gpus = {"Driver": "nvidia", "Count": container.gpus, "Capabilities": [["gpu"]]}
    return {
        "Ulimits": _ulimits(container, around) or None,
        "Devices": [
            {
                "PathOnHost": each.host_path,
                "PathInContainer": each.container_path,
                "CgroupPermissions": each.permissions,
            }
            for each in container.devices
        ]
        or None,
        "Tmpfs": {
            each.container_path: ",".join((*each.options, f"size={each.size_mib}m"))
            for each in container.tmpfs
        }
        or None,
        "DeviceRequests": [gpus] if container.gpus else None,
    }


def _binds(task: TaskSpec, container: ContainerSpec) -> list[str]:
    volumes = {each.name: each for each in task.volumes}
    binds = []
    for mount in container.mounts:
        volume = volumes.get(mount.volume)
        if volume is None:
            continue
        source = volume.host_path or volume_name(task, volume)
        binds.append(f"{source}:{mount.container_path}" + (":ro" if mount.read_only else ""))
    return binds


def _volumes_from(task: TaskSpec, container: ContainerSpec) -> list[str]:
    names = {each.name: each.docker_name for each in task.containers}
    return [
        names[each.container] + (":ro" if each.read_only else "")
        for each in container.volumes_from
        if each.container in names
    ]


def _links(task: TaskSpec, container: ContainerSpec) -> list[str]:
    names = {each.name: each.docker_name for each in task.containers}
    links = []
    for link in container.links:
        name, _, alias = link.partition(":")
        links.append(f"{names.get(name, name)}:{alias or name}")
    return links


def _name_resolution(containers: tuple[ContainerSpec, ...]) -> Body:
    """Name servers and fixed hosts; those of all containers where they share a network."""
    hosts = [f"{name}:{address}" for each in containers for name, address in each.extra_hosts]
    resolution: Body = {
        "Dns": _unique(server for each in containers for server in each.dns_servers),
        "DnsSearch": _unique(name for each in containers for name in each.dns_search_domains),
        "ExtraHosts": _unique(hosts),
    }
    return {name: value for name, value in resolution.items() if value}


def _unique(values: Any) -> list[str]:
    return list(dict.fromkeys(values))


def _sysctls(containers: tuple[ContainerSpec, ...], *, network: bool) -> dict[str, str]:
    return {
        name: value
        for each in containers
        for name, value in each.sysctls.items()
        if name.startswith("net.") is network
    }


def _own_sysctls(task: TaskSpec, container: ContainerSpec, around: Surroundings) -> dict[str, str]:
    """What the container sets itself: a namespace it joins is set by its holder."""
    own: dict[str, str] = {}
    if not _lives_in_holder(task, around):
        own |= _sysctls((container,), network=True)
    if task.ipc_mode != "task":
        own |= _sysctls((container,), network=False)
    return own
