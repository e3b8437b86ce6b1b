"""What a plan answers: how the deployment is from now on, and what has to be done for it.  Pure."""

from typing import TypeAlias

from msgspec import Struct

from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.group_options import RollbackEvent, TargetGroup

Weights: TypeAlias = tuple[tuple[str, int], ...]
"""(target group ARN, weight)."""


class CreateReplacement(Struct, frozen=True, kw_only=True):
    """Have the replacement task set created, with this target group."""

    target_group: TargetGroup


class SetWeights(Struct, frozen=True, kw_only=True):
    """Have one rule forward by these weights."""

    rule_arn: str
    weights: Weights


class MakePrimary(Struct, frozen=True, kw_only=True):
    """Have the task set be the service's primary one."""

    task_set_arn: str


class DeleteTaskSet(Struct, frozen=True, kw_only=True):
    """Have the task set ended with all of its tasks."""

    task_set_arn: str


class AskHook(Struct, frozen=True, kw_only=True):
    """Have the function asked that stands at this event."""

    event: str
    function: str


class ForgetHook(Struct, frozen=True, kw_only=True):
    """Nobody waits for this answer any more."""

    invocation_id: str


class RollBack(Struct, frozen=True, kw_only=True):
    """Begin a deployment that undoes this one."""

    event: RollbackEvent


Order: TypeAlias = (
    CreateReplacement | SetWeights | MakePrimary | DeleteTaskSet | AskHook | ForgetHook | RollBack
)


class Move(Struct, frozen=True, kw_only=True):
    """One step of a deployment."""

    deployment: Deployment
    """As it is once the orders are carried out; what they bring forth is added then."""
    orders: tuple[Order, ...] = ()
    again_at: float | None = None
    """When time alone may change something."""


class End(Struct, frozen=True, kw_only=True):
    """A reason for which a deployment does not go on."""

    status: str
    """``Failed`` or ``Stopped``."""
    code: str
    message: str
    event: RollbackEvent
