"""What the node has observed of a task: values only.  Plans read them, the runner replaces them.

Nothing here asks the Engine or knows a clock.
"""

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from homeport.link.messages import Binding
from homeport.link.spec import ContainerSpec, RestartPolicy

Status = Literal["NONE", "PULLED", "CREATED", "RUNNING", "STOPPED"]
Doing = Literal["PULL", "CREATE", "START", "COLLECT", "REMOVE"]
Health = Literal["UNKNOWN", "HEALTHY", "UNHEALTHY"]

DEFAULT_STOP_SIGNAL: Final = "SIGTERM"


class ImageFacts(Struct, frozen=True, kw_only=True):
    """An image as the Engine holds it."""

    image_id: str
    digest: str
    """Empty: not known yet."""
    reference: str = ""
    """What a container is created from; empty: what its definition names."""
    environment_names: frozenset[str] = frozenset()
    stop_signal: str = DEFAULT_STOP_SIGNAL
    size_bytes: int = 0


class ContainerSeen(Struct, frozen=True, kw_only=True):
    """One container of a task: how far it has come, and what the Engine said of it."""

    status: Status = "NONE"
    doing: Doing | None = None
    """What is being done to it right now; nothing else is begun meanwhile."""
    metadata_id: str = ""
    docker_id: str | None = None
    image: ImageFacts | None = None
    stop_signal: str = DEFAULT_STOP_SIGNAL
    error: str | None = None
    """``ErrorName: text`` of the first thing that went wrong."""
    exit_code: int | None = None
    oom_evidence: str | None = None
    health: Health = "UNKNOWN"
    health_since: float | None = None
    health_output: str | None = None
    health_exit_code: int = 0
    bindings: tuple[Binding, ...] = ()
    labels: dict[str, str] = {}
    ipv4_addresses: tuple[str, ...] = ()
    volumes: tuple[tuple[str, str, str], ...] = ()
    created_at: float | None = None
    started_at: float | None = None
    """When it last started; None if it never did."""
    finished_at: float | None = None
    restarted_at: float | None = None
    restart_count: int = 0
    may_restart: bool = True
    """False once it ended while nobody watched: such ends are reported, not undone."""
    oom_at: float | None = None
    """When the kernel last ran out of memory in its cgroup."""
    sigkill_at: float | None = None
    """When somebody last sent it SIGKILL through the Engine."""
    signalled_at: float | None = None
    """When the node asked it to stop."""
    killed_at: float | None = None
    kills: int = 0
    gone: bool = False
    """The Engine no longer has it."""
    last_lines: tuple[str, ...] = ()


class TaskSeen(Struct, frozen=True, kw_only=True):
    """One task: what it needs around its containers, and the containers by name."""

    containers: dict[str, ContainerSeen]
    holder: ContainerSeen = ContainerSeen()
    """The container that holds the task's namespaces, for tasks that need one."""
    preparing: bool = False
    prepared: bool = False
    """Network, volumes and parent cgroup are there."""
    error: str | None = None
    """``ErrorName: text`` why the task as a whole cannot run."""
    releasing: bool = False
    released: bool = False
    """Volumes and parent cgroup are gone again."""


def will_restart(container: ContainerSpec, seen: ContainerSeen) -> bool:
    """Whether a container that has just stopped is started again in place.

    It must have run for the policy's period since it last (re)started; a failed start and an
    exit code that the policy ignores are final.
    """
    policy: RestartPolicy | None = container.restart_policy
    if policy is None or not seen.may_restart or seen.error is not None or seen.gone:
        return False
    if seen.exit_code is None or seen.exit_code in policy.ignored_exit_codes:
        return False
    if seen.started_at is None or seen.finished_at is None or seen.signalled_at is not None:
        return False
    began = seen.started_at if seen.restarted_at is None else seen.restarted_at
    return seen.finished_at - began >= policy.attempt_period_s


def restarting(seen: ContainerSeen, now: float) -> ContainerSeen:
    """A container that is about to be started again: to everybody else it has not stopped."""
    return replace(
        seen,
        status="RUNNING",
        restarted_at=now,
        restart_count=seen.restart_count + 1,
        health="UNKNOWN",
        oom_at=None,
        sigkill_at=None,
    )


def settled(seen: ContainerSeen, exit_code: int | None, error: str | None) -> ContainerSeen:
    """A container that is recorded as stopped without asking the Engine."""
    return replace(
        seen,
        status="STOPPED",
        exit_code=exit_code if seen.exit_code is None else seen.exit_code,
        error=seen.error or error,
    )


def has_nothing(seen: TaskSeen) -> bool:
    """Whether the Engine has nothing of the task yet, and nothing of it has ended."""
    everything = (seen.holder, *seen.containers.values())
    return all(each.docker_id is None and each.status != "STOPPED" for each in everything)
