"""What rules become when other weights are set.  Pure."""

from collections.abc import Sequence

from homeport.services.elbv2.plan.actions import WEIGHT_MAX
from homeport.services.elbv2.records.listeners import Action, Forward, WeightedGroup


def weighted(actions: Sequence[Action], weights: Sequence[tuple[str, int]]) -> tuple[Action, ...]:
    """The actions of a rule that forwards to these (target group, weight) from now on.

    Its stickiness and its place in the order stay as they are.
    """
    if any(not 0 <= weight <= WEIGHT_MAX for _, weight in weights):
        raise ValueError(f"weights are 0 to {WEIGHT_MAX}: {weights}")
    before = actions[-1]
    sticky = before if isinstance(before, Forward) else Forward(groups=())
    forward = Forward(
        groups=tuple(WeightedGroup(arn=arn, weight=weight) for arn, weight in weights),
        is_sticky=sticky.is_sticky,
        sticky_s=sticky.sticky_s,
        order=before.order,
    )
    return (*actions[:-1], forward)


def groups_in(actions: Sequence[Action]) -> tuple[tuple[str, int], ...]:
    """The (target group, weight) that a rule forwards to; empty when it does not."""
    last = actions[-1]
    return (
        tuple((each.arn, each.weight) for each in last.groups) if isinstance(last, Forward) else ()
    )
