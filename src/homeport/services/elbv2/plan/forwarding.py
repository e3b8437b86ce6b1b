"""Whether an action fits its listener, and a target group its load balancer."""

from collections.abc import Mapping, Sequence
from typing import Final

from homeport.services.elbv2.errors import (
    IncompatibleProtocols,
    InvalidConfigurationRequest,
    InvalidLoadBalancerAction,
    TargetGroupAssociationLimit,
    TargetGroupNotFound,
    TooManyTargetGroups,
    TooManyUniqueTargetGroupsPerLoadBalancer,
)
from homeport.services.elbv2.plan.actions import groups_of
from homeport.services.elbv2.plan.limits import GROUPS_OF_ACTION, GROUPS_OF_LOAD_BALANCER
from homeport.services.elbv2.records.listeners import Action, Forward, Redirect
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.records.target_groups import TargetGroup

_GROUP_PROTOCOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "HTTP": ("HTTP", "HTTPS"),
    "HTTPS": ("HTTP", "HTTPS"),
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}
"""By a listener's protocol: the protocols of the target groups that it may forward to."""


def check_actions(load_balancer: LoadBalancer, protocol: str, actions: Sequence[Action]) -> None:
    """Raise if a listener of this protocol cannot perform the actions."""
    for action in actions:
        if isinstance(action, Forward):
            limit = GROUPS_OF_ACTION[load_balancer.kind]
            if len(action.groups) > limit:
                raise TooManyTargetGroups(
                    f"An action can only have '{limit}' target groups"  # AWS has a quota for it.
                )
            if load_balancer.kind == "network" and action.is_sticky:
                raise InvalidLoadBalancerAction(
                    "Target group stickiness is not supported on load balancers with type "
                    f"'{load_balancer.kind}'"
                )
        elif load_balancer.kind == "network":
            raise InvalidLoadBalancerAction(
                "Only actions of type 'forward' are supported on load balancers with type 'network'"
            )
        elif isinstance(action, Redirect) and protocol == "HTTPS" and action.protocol == "HTTP":
            raise InvalidLoadBalancerAction("You can't redirect HTTPS to HTTP")


def check_groups(
    load_balancer: LoadBalancer,
    protocol: str,
    actions: Sequence[Action],
    *,
    groups: Mapping[str, TargetGroup],
    elsewhere: Mapping[str, Sequence[str]],
) -> None:
    """Raise if the actions cannot forward to their target groups.

    `groups` are those that exist; `elsewhere` says which load balancers each is used by.
    """
    wanted = groups_of(actions)
    for arn in wanted:
        group = groups.get(arn)
        if group is None:
            raise TargetGroupNotFound(f"Target group '{arn}' not found")
        if group.protocol not in _GROUP_PROTOCOLS[protocol]:
            raise IncompatibleProtocols(
                f"Target group '{arn}' with protocol '{group.protocol}' is not compatible with "
                f"listener protocol '{protocol}'"
            )
        if protocol == "HTTP" and group.version in ("HTTP2", "GRPC"):
            raise InvalidConfigurationRequest(
                f"Listener protocol 'HTTP' is not supported with a target group with the "
                f"protocol-version '{group.version}'"
            )
        if group.vpc_id != load_balancer.vpc_id:
            raise InvalidConfigurationRequest(
                f"Target group '{arn}' is not in the VPC '{load_balancer.vpc_id}' of the load "
                "balancer"
            )
    taken = [arn for arn in wanted if any(each != load_balancer.arn for each in elsewhere[arn])]
    if taken:
        raise TargetGroupAssociationLimit(
            "The following target groups cannot be associated with more than one load balancer: "
            + ", ".join(taken)
        )


def check_group_count(before: Sequence[str], actions: Sequence[Action]) -> None:
    """Raise if a load balancer would use too many target groups; `before` are those it uses."""
    if len({*before, *groups_of(actions)}) > GROUPS_OF_LOAD_BALANCER:
        raise TooManyUniqueTargetGroupsPerLoadBalancer
