"""The statuses of a task and the order in which it goes through them.

A task skips what does not concern it (bridge tasks are never ACTIVATING) and never goes back.
`docs/design/task-lifecycle.md` draws it; every write of a task is checked against `may_follow`.
"""

from typing import Final

STATUSES: Final = (
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
)

PENDING_STATUSES: Final = ("PROVISIONING", "PENDING", "ACTIVATING")
"""What ECS counts as pending."""

LIVE_STATUSES: Final = STATUSES[:-1]
"""Every status of a task that is not over."""

CONTAINER_STATUSES: Final = ("PENDING", "RUNNING", "STOPPED")


class WentBackwards(AssertionError):
    """Something tried to move a status back: a defect of ours, never of a client or a node."""


def is_before(status: str, other: str) -> bool:
    """Whether a task reaches `status` before `other`."""
    return STATUSES.index(status) < STATUSES.index(other)


def later(status: str, other: str) -> str:
    """The one of two statuses that a task reaches later."""
    return other if is_before(status, other) else status


def may_follow(before: str, after: str) -> bool:
    """Whether a task may be shown as `after` once it was shown as `before`."""
    return not is_before(after, before)


def container_later(status: str, other: str) -> str:
    """The one of two container statuses that is reached later."""
    return max(status, other, key=CONTAINER_STATUSES.index)
