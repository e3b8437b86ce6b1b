"""What a firing is asked for with: values, for those that hold no transaction.

What is done with them is homeport.contracts.firings.
"""

from typing import Literal

from msgspec import Struct


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a firing invokes, as EventBridge and its Scheduler word it."""

    arn: str
    role_arn: str = ""
    """On whose behalf; empty where a target needs no role."""
    parameters: str = "{}"
    """JSON: the API's parameters of the target by their names, such as ``EcsParameters``,
    ``SqsParameters``, ``EventBridgeParameters``."""


class Wanted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A firing as a schedule or a rule asks for it."""

    account: str
    region: str
    source: str
    """ARN of the schedule or the rule."""
    source_kind: Literal["schedule", "rule"]
    group: str
    """The schedule's group, or the rule's bus."""
    name: str
    target_id: str = ""
    """Which target of a rule; empty for a schedule."""
    token: str
    """Names this firing among those of its source and target: the same again changes nothing."""
    due_at: float
    """Real seconds since the epoch: when the target is to be invoked."""
    scheduled_for: float
    """The time that the expression names; an event's own time."""
    target: Target
    payload: str = ""
    """What goes to the target; its meaning is the target's."""
    max_age_s: float = 86_400.0
    """Seconds of ECS time after `due_at` until which it is tried."""
    max_retries: int = 185
    dead_letter_arn: str = ""
    """ARN of an SQS queue for what could not be delivered; empty: none."""
    tags: tuple[tuple[str, str], ...] = ()
    """Of the schedule's group or the rule: reserved ones say how runs are kept
    (homeport.kernel.job_rules)."""
    by_hand: bool = False
    is_awaited: bool = False
    """Somebody acts on the end of this firing: the change feed announces it."""
