"""What this machine has and which node it is, as the node's `Hello` words it.

What the Engine told of itself and what the kernel's files say goes in; attributes come out of pure
functions.  Nothing here changes the machine, except that a node's id is made once and kept.
"""

import fcntl
import ipaddress
import os
import platform
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from homeport.agent.engine import EngineFacts
from homeport.kernel.units import CPU_UNITS_PER_VCPU

MIB: Final = 1024 * 1024

ROUTES: Final = Path("/proc/net/route")
MEMORY: Final = Path("/proc/meminfo")

_NODE_ID: Final = re.compile(r"^[0-9a-f]{32}$")
_OLD: Final = "com.amazonaws.ecs.capability."
_NEW: Final = "ecs.capability."

_ARCHITECTURES: Final = {"aarch64": "arm64", "arm64": "arm64", "amd64": "x86_64"}

# Any Engine that the agent can use speaks all of these; the ECS agent leaves some out, to stay
# below the limit of attributes.
_REMOTE_API_VERSIONS: Final = tuple(
    f"{_OLD}docker-remote-api.1.{minor}" for minor in range(17, 33) if minor not in {26, 27, 31}
)

_LOG_DRIVERS: Final = frozenset(
    {
        "awslogs",
        "fluentd",
        "gelf",
        "journald",
        "json-file",
        "logentries",
        "none",
        "splunk",
        "syslog",
    }
)

_ALWAYS: Final = (
    _OLD + "privileged-container",
    _OLD + "task-iam-role",
    _OLD + "task-iam-role-network-host",
    _OLD + "ecr-auth",
    _NEW + "execution-role-ecr-pull",
    _NEW + "execution-role-awslogs",
    _NEW + "container-health-check",
    _NEW + "container-ordering",
    _NEW + "container-restart-policy",
    _NEW + "network.container-port-range",
    _NEW + "task-cpu-mem-limit",
    _NEW + "increased-task-cpu-limit",
    _NEW + "task-eni",
    _NEW + "pid-ipc-namespace-sharing",
    _NEW + "docker-plugin.local",
)
"""What every Engine can do with our agent.  Only what is built: placement relies on it."""


def cpu_units(engine: EngineFacts) -> int:
    """CPU units of the machine that the Engine runs on."""
    return (engine.cpus or os.cpu_count() or 1) * CPU_UNITS_PER_VCPU


def memory_mib(engine: EngineFacts) -> int:
    """MiB of memory of the machine that the Engine runs on."""
    return (engine.memory_bytes or parse_meminfo(MEMORY.read_text())) // MIB


def parse_meminfo(text: str) -> int:
    """Bytes of ``MemTotal`` in ``/proc/meminfo``; 0 when it is not there."""
    match = re.search(r"^MemTotal:\s+(\d+) kB$", text, re.MULTILINE)
    return int(match.group(1)) * 1024 if match else 0


def attributes(
    engine: EngineFacts,
    *,
    availability_zone: str,
    instance_type: str,
    custom: Mapping[str, str | None],
) -> dict[str, str | None]:
    """Every attribute of the node: what it is, what it can do, and what its owner says of it.

    `engine` is empty while the Engine does not answer.
    """
    machine = engine.architecture or platform.machine()
    names = (*_ALWAYS, *_REMOTE_API_VERSIONS, *_plugins(engine))
    return {
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": _ARCHITECTURES.get(machine, machine),
        "ecs.availability-zone": availability_zone,
        "ecs.instance-type": instance_type,
        **dict.fromkeys(names),
        **custom,
    }


def _plugins(engine: EngineFacts) -> Iterable[str]:
    drivers = set(engine.log_drivers or ("awslogs", "json-file")) | {"none"}
    yield from (f"{_OLD}logging-driver.{each}" for each in sorted(drivers & _LOG_DRIVERS))
    for volume in sorted({*engine.volume_drivers} - {"local"}):
        yield f"{_NEW}docker-plugin.{volume.removesuffix(':latest')}"
        if volume.endswith(":latest"):
            yield f"{_NEW}docker-plugin.{volume.replace(':', '.')}"
    for name in ("apparmor", "selinux"):
        if any(f"name={name}" in option for option in engine.security_options):
            yield _OLD + name


def parse_routes(text: str) -> tuple[str, ...]:
    """The networks (CIDRs) in ``/proc/net/route``, without the default route, each once."""
    networks: dict[str, None] = {}
    for line in text.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8:
            continue
        address, mask = (_ipv4(columns[index]) for index in (1, 7))
        network = ipaddress.ip_network(f"{address}/{mask}", strict=False)
        if network.prefixlen:
            networks[str(network)] = None
    return tuple(networks)


def taken_networks() -> tuple[str, ...]:
    """The networks that this machine routes already; none of ours may overlap them."""
    return parse_routes(ROUTES.read_text()) if ROUTES.exists() else ()


def node_id(state_dir: Path) -> str:
    """This node's id: made at its first start, the same ever after."""
    path = state_dir / "node-id"
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        kept = path.read_text().strip()
        if not _NODE_ID.match(kept):
            raise ValueError(f"{path} does not hold a node's id (32 hexadecimal digits): {kept!r}")
        return kept
    made = secrets.token_hex(16)
    new = path.with_suffix(".new")
    new.write_text(made + "\n")
    new.replace(path)
    return made


class AlreadyRunning(Exception):
    """Another agent has this state directory."""


def lock(state_dir: Path) -> int:
    """Be the one agent of this state directory until the process (or the descriptor) ends."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(state_dir / "agent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise AlreadyRunning(f"An agent runs already with the state in {state_dir}.") from error
    return descriptor


def _ipv4(little_endian: str) -> str:
    return str(ipaddress.IPv4Address(bytes.fromhex(little_endian)[::-1]))
