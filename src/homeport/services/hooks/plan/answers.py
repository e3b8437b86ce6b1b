"""How an invocation ends.  Pure."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from homeport.services.hooks.records.hooks import Asked, Hook, Status

BODY_MAX: Final = 256 * 1024
"""Characters of an answer that are kept."""
DIAGNOSTIC_MAX: Final = 2000


def asked_of(asked: Asked, hook: Hook | None, *, now: float) -> Asked:
    """The invocation as it begins: over at once when nothing stands for its function."""
    if hook is not None:
        return replace(asked, hook=hook)
    return settled(asked, "FAILED", diagnostic=nothing_set(asked.name), now=now)


def settled(
    asked: Asked, status: Status, *, body: str = "", diagnostic: str = "", now: float
) -> Asked:
    """The invocation with its answer; one that has an answer keeps it."""
    if asked.status != "RUNNING":
        return asked
    return replace(
        asked,
        status=status,
        body=body[:BODY_MAX],
        diagnostic=diagnostic[:DIAGNOSTIC_MAX],
        finished_at=now,
    )


def nothing_set(name: str) -> str:
    """Why a function that nothing stands for fails."""
    return (
        f"Nothing stands for the function {name}. Homeport runs no Lambda: say what does with "
        f"`homeport hooks set {name}` and --command, --url or --task-definition."
    )


def fault_of_task(
    stopped_reason: str, exits: Iterable[tuple[str, int | None, str]], essential: frozenset[str]
) -> str:
    """Why a stopped task did not succeed; empty when each essential container exited with 0.

    `exits` are (container, exit code, reason).
    """
    for name, code, reason in exits:
        if name in essential and code != 0:
            how = f"exited with {code}" if code is not None else "has no exit code"
            told = f" ({reason})" if reason else ""
            return f"The container {name} of the task {how}{told}. {stopped_reason}".strip()
    return ""
