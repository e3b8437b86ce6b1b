"""Timeouts that a request names, and how long it may wait.  Pure."""

from typing import Final

from homeport.services.sqs.errors import value_refused
from homeport.services.sqs.plan.attributes import VISIBILITY_MAX_S, WAIT_MAX_S

BATCH_MAX: Final = 10


def visibility_s(asked: int | None, otherwise: int) -> int:
    """The visibility timeout that is asked for, or the queue's."""
    if asked is None:
        return otherwise
    if not 0 <= asked <= VISIBILITY_MAX_S:
        raise value_refused(
            asked,
            "VisibilityTimeout",
            f"VisibilityTimeout must be an integer between 0 and {VISIBILITY_MAX_S}.",
        )
    return asked


def wait_s(asked: int | None, otherwise: int) -> int:
    """For how long a receiver waits, or the queue's answer to that."""
    if asked is None:
        return otherwise
    if not 0 <= asked <= WAIT_MAX_S:
        raise value_refused(
            asked, "WaitTimeSeconds", f"Must be >= 0 and <= {WAIT_MAX_S}, if provided."
        )
    return asked


def count(asked: int | None) -> int:
    """How many messages are asked for."""
    if asked is None:
        return 1
    if not 1 <= asked <= BATCH_MAX:
        raise value_refused(
            asked, "MaxNumberOfMessages", f"Must be between 1 and {BATCH_MAX}, if provided."
        )
    return asked
