"""The actions a task can need: values, carried out by the runner.  Nothing here decides or acts."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Prepare:
    """Make the task's network, volumes and parent cgroup ready."""


@dataclass(frozen=True, slots=True)
class RaiseHolder:
    """Create and start the container that holds the task's namespaces."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find the container's image here, or pull it."""

    container: str


@dataclass(frozen=True, slots=True)
class Abandon:
    """Stop waiting for the container's image."""

    container: str


@dataclass(frozen=True, slots=True)
class Create:
    """Create the container in the Engine."""

    container: str


@dataclass(frozen=True, slots=True)
class Start:
    """Start the created container."""

    container: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the stopped container again, in place."""

    container: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Record that the container is stopped, without asking the Engine."""

    container: str
    exit_code: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """Record why the task as a whole cannot run."""

    error: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Ask the container to stop, with its stop signal."""

    container: str


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill the container: it did not stop in time."""

    container: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the stopped container from the Engine."""

    container: str


@dataclass(frozen=True, slots=True)
class RemoveHolder:
    """Remove the container that holds the task's namespaces."""


@dataclass(frozen=True, slots=True)
class Release:
    """Remove the task's own volumes and its parent cgroup."""


ContainerAction: TypeAlias = (
    Resolve | Abandon | Create | Start | Restart | Settle | Signal | Kill | Remove
)
Action: TypeAlias = Prepare | RaiseHolder | Fail | RemoveHolder | Release | ContainerAction


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to ask again even if nothing is observed until then."""

    actions: tuple[Action, ...] = ()
    deadline: float | None = None
