"""How often and when a target is tried again.  Pure.

AWS tries for 24 hours and up to 185 times, later and later: these steps make both come true.
"""

from typing import Final

from msgspec import Struct

from homeport.services.jobs.records.firings import Exhausted

BACKOFF_FIRST_S: Final = 10.0
BACKOFF_MAX_S: Final = 480.0

PERMANENT: Final = frozenset(
    {
        "AccessDeniedException",
        "InvalidAction",
        "SerializationException",
        "UnknownOperationException",
        "UnsupportedFeatureException",
        "UnsupportedOperationException",
    }
)
"""Errors that no later attempt could escape: AWS calls them permanent and retries none."""
GONE: Final = frozenset(
    {
        "AccessDeniedException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "ClusterNotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
"""EventBridge's rules give up at once when their target is gone, or may not be invoked."""


class Policy(Struct, frozen=True, kw_only=True):
    """How long and how often it is tried, in real seconds."""

    due_at: float
    """From when on its age counts."""
    max_age_s: float
    max_retries: int
    waited_s: float = 0.0
    """What does not count in its age."""


class Next(Struct, frozen=True, kw_only=True):
    """What comes after an attempt that failed."""

    at: float | None
    """When it is tried again; None when it is not."""
    exhausted: Exhausted = ""


def backoff_s(retry: int) -> float:
    """Seconds of ECS time before the retry with this number, from 1."""
    return min(BACKOFF_FIRST_S * 2.0 ** min(retry - 1, 30), BACKOFF_MAX_S)


def is_too_old(policy: Policy, *, at: float) -> bool:
    """Whether it is not to be tried any more at that time."""
    return at - policy.due_at - policy.waited_s > policy.max_age_s


def after_failure(policy: Policy, *, attempts: int, now: float, second: float) -> Next:
    """What comes after so many attempts, all of which failed; `second`: a second of ECS time."""
    if attempts > policy.max_retries:
        return Next(at=None, exhausted="MaximumRetryAttempts")
    at = now + backoff_s(attempts) * second
    if is_too_old(policy, at=at):
        return Next(at=None, exhausted="MaximumEventAgeInSeconds")
    return Next(at=at)


def is_permanent(code: str, kind: str) -> bool:
    """Whether a schedule or a rule gives up at once for this error."""
    return code in PERMANENT or (kind == "rule" and code in GONE)
