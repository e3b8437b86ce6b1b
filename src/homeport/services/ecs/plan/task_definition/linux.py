"""What a container asks of the kernel: capabilities, devices, tmpfs, swap, ulimits, sysctls."""

import math
from typing import Final

from homeport.services.ecs.plan.task_definition.wording import not_one_of, out_of_range, words
from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    LinuxParameters,
)
from homeport.services.ecs.records.task_definitions import TaskDefinition

CAPABILITIES: Final = words(
    "ALL AUDIT_CONTROL AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID "
    "IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN "
    "NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT "
    "SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME "
    "SYS_TTY_CONFIG SYSLOG WAKE_ALARM"
)
TMPFS_OPTIONS: Final = words(
    "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime "
    "noatime diratime nodiratime bind rbind unbindable runbindable private rprivate shared rshared "
    "slave rslave relatime norelatime strictatime nostrictatime mode uid gid nr_inodes nr_blocks "
    "mpol"
)
DEVICE_PERMISSIONS: Final = ("read", "write", "mknod")
ULIMITS: Final = words(
    "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending "
    "stack"
)
UNLIMITED: Final = -1
SWAPPINESS: Final = (0, 100)
IPC_SYSCTLS: Final = words(
    "kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax "
    "kernel.shmmni kernel.shm_rmid_forced"
)
RESOURCE_TYPES: Final = ("GPU",)
SECURITY_OPTIONS: Final = ("apparmor:", "label:", "credentialspec:")


def parameters(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Linux parameters are words and numbers that the kernel knows."""
    linux = container.linux_parameters
    if linux is None:
        return None
    return _capabilities(linux) or _devices(linux) or _tmpfs(linux) or _memory(linux, container)


def _capabilities(linux: LinuxParameters) -> str | None:
    if linux.capabilities is None:
        return None
    for name in (*(linux.capabilities.add or ()), *(linux.capabilities.drop or ())):
        if name not in CAPABILITIES:
            return f"Unrecognized capability {name}"
    return None


def _devices(linux: LinuxParameters) -> str | None:
    for device in linux.devices or ():
        if not device.host_path:
            return "Device.hostPath should not be null or empty."
        for permission in device.permissions or ():
            if permission not in DEVICE_PERMISSIONS:
                return not_one_of(permission, "device permission", DEVICE_PERMISSIONS)
    return None


def _tmpfs(linux: LinuxParameters) -> str | None:
    for tmpfs in linux.tmpfs or ():
        if tmpfs.size <= 0:
            return (
                "The container has an invalid tmpfs size value specified. It must be a non-zero, "
                "non-negative integer."
            )
        if not tmpfs.container_path.startswith("/"):
            return "The container has an invalid tmpfs containerPath. It must be an absolute path."
        for option in tmpfs.mount_options or ():
            if option.partition("=")[0] not in TMPFS_OPTIONS:
                return f"Unrecognized tmpfs mount option {option}"
    return None


def _memory(linux: LinuxParameters, container: ContainerDefinition) -> str | None:
    if linux.shared_memory_size is not None and linux.shared_memory_size <= 0:
        return (
            f"the 'sharedMemorySize' setting for container '{container.name}' must be greater "
            "than 0"
        )
    if linux.max_swap is not None and linux.max_swap < 0:
        return f"the 'maxSwap' setting for container '{container.name}' must not be negative"
    low, high = SWAPPINESS
    if linux.swappiness is not None and not low <= linux.swappiness <= high:
        return out_of_range("swappiness", container.name, low, high)
    return None


def ulimits(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """A ulimit is one that Docker sets, and its soft limit is not above the hard one."""
    for limit in container.ulimits or ():
        if limit.name not in ULIMITS:
            return f"Unrecognized ulimit name {limit.name}"
        if min(limit.soft_limit, limit.hard_limit) < UNLIMITED:
            return f"Invalid limit for ulimit {limit.name}"
        if _reach(limit.soft_limit) > _reach(limit.hard_limit):
            return f"Soft limit exceeds hard limit for ulimit {limit.name}"
    return None


def _reach(limit: int) -> float:
    return math.inf if limit == UNLIMITED else limit


def system_controls(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Only sysctls of a namespace that the containers have to themselves are set."""
    for control in container.system_controls:
        name = control.namespace or ""
        if name in IPC_SYSCTLS or name.startswith("fs.mqueue."):
            if definition.ipc_mode == "host":
                return f"systemControl '{name}' is not supported when ipcMode=host"
        elif name.startswith("net."):
            if definition.networking == "host":
                return f"systemControl '{name}' is not supported when networkMode=host"
        else:
            return f"Unrecognized systemControl namespace {name}"
        if control.value is None:
            return f"systemControl '{name}' has no value"
    return None


def resource_requirements(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """The one resource is a number of GPUs."""
    for index, asked in enumerate(container.resource_requirements or ()):
        if asked.type not in RESOURCE_TYPES:
            return not_one_of(asked.type, "resource type", RESOURCE_TYPES)
        if not (asked.value.isascii() and asked.value.isdigit() and int(asked.value[:9]) > 0):
            return f"Invalid GPU resource requirement for container '{container.name}'"
        if index:
            return f"GPU is required more than once for container '{container.name}'"
    return None


def security_options(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Docker security options are those that ECS passes on."""
    for option in container.docker_security_options or ():
        if option != "no-new-privileges" and not option.startswith(SECURITY_OPTIONS):
            return f"Unrecognized docker security option {option}"
    return None
