"""Services behind load balancers: which targets their tasks are.  How targets are is elbv2's."""

from typing import Literal, TypeAlias

from msgspec import Struct

Registration: TypeAlias = Literal["", "AWAITED", "REGISTERED", "DRAINING", "GONE"]
"""How far the targets of a task are.

Empty: it has none.  AWAITED: they are registered as soon as they can be.  DRAINING: deregistered,
the connections that they have go on.  GONE: nothing in front of the task knows it any more.
"""

IN_USE: tuple[Registration, ...] = ("REGISTERED", "DRAINING")
"""Something in front of the task may send to it."""


class AdvancedConfiguration(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `AdvancedConfiguration`: two target groups, and what shifts between them."""

    alternate_target_group_arn: str
    production_listener_rule: str
    test_listener_rule: str | None = None
    role_arn: str


class LoadBalancer(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `LoadBalancer`: a target group, and which port of which container goes there."""

    target_group_arn: str
    container_name: str
    container_port: int
    advanced_configuration: AdvancedConfiguration | None = None


class ForwardingRule(Struct, frozen=True, kw_only=True):
    """What a rule, or the default action of a listener, forwards to."""

    arn: str
    """The rule's, even where the default action of a listener was asked for."""
    listener_arn: str
    kind: str
    """``application`` or ``network``."""
    groups: tuple[tuple[str, int], ...]
    """(target group ARN, weight)."""
    is_live: bool
    """The data plane goes by these weights."""


class HeldTarget(Struct, frozen=True, kw_only=True, order=True):
    """A target that stands for a task, from its registration until nothing goes there any more."""

    task_arn: str
    group_arn: str
    target_id: str
    port: int


class TargetGroup(Struct, frozen=True, kw_only=True):
    """A target group, as far as services and their tasks are concerned."""

    arn: str
    target_type: str
    """``ip`` or ``instance``."""
    protocol: str
    has_load_balancer: bool
    vpc_id: str = ""


class FailingTarget(Struct, frozen=True, kw_only=True):
    """Why a task fails the health checks of a load balancer."""

    group_arn: str
    target_id: str
    port: int
    reason: str


class SeenTarget(Struct, frozen=True, kw_only=True):
    """A held target, and how its target group says it is."""

    held: HeldTarget
    state: str = ""
    """Of DescribeTargetHealth; empty: its group does not know it."""
    description: str = ""
    is_free: bool = False
    """It drains, and nothing is connected to it any more, or its delay is over."""
