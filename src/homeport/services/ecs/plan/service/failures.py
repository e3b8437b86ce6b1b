"""What can fail a deployment, and the sentences by which ECS tells it.  Pure.

Whether something has failed is decided in `breaker`, `alarms` and `stages`.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.plan.service import messages


class Failure(Struct, frozen=True, kw_only=True):
    """Why a deployment has failed, told to each of those who ask."""

    rollout_reason: str
    """`rolloutStateReason` of its rollout."""
    event_reason: str
    """The same to EventBridge."""
    told: str
    """The end of the service event."""
    rolled_back: str
    """`statusReason` once it is turned back."""
    stopped: str
    """`statusReason` when nobody wanted it turned back."""


BREAKER: Final = Failure(
    rollout_reason=messages.BREAKER_TRIPPED,
    event_reason=messages.BREAKER_TRIPPED_EVENT,
    told="tasks failed to start.",
    rolled_back=messages.ROLLED_BACK_BY_BREAKER,
    stopped=messages.STOPPED_BY_BREAKER,
)


def by_alarms(names: Sequence[str]) -> Failure:
    """CloudWatch alarms of these names are in the state ALARM."""
    alarms = ", ".join(names)
    return Failure(
        rollout_reason="ECS deployment alarm: alarm detected.",
        event_reason="ECS deployment alarm: alarm detected.",
        told="alarm detected.",
        rolled_back=f"Service deployment rolled back because an alarm was detected: {alarms}.",
        stopped=f"Service deployment stopped because an alarm was detected: {alarms}.",
    )


def by_stage(reason: str) -> Failure:
    """A stage of a deployment that shifts traffic went wrong; `reason` is its `statusReason`."""
    return Failure(
        rollout_reason=reason,
        event_reason=reason,
        told=reason,
        rolled_back=reason,
        stopped=reason,
    )
