"""Actions in requests: checked against their target groups, and where they forward recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeport.services.elbv2.plan import actions as plan
from homeport.services.elbv2.plan.forwarding import check_actions, check_group_count, check_groups
from homeport.services.elbv2.queries import forwards
from homeport.services.elbv2.queries.target_groups import announce, find_groups
from homeport.services.elbv2.records.listeners import Action
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.store import ReadTx, Tx


def asked_actions(
    tx: ReadTx,
    load_balancer: LoadBalancer,
    protocol: str,
    asked: Sequence[Mapping[str, Any]],
    member: str = "actions",
) -> tuple[Action, ...]:
    """The actions of a request, if a listener of this protocol can perform them."""
    actions = plan.parse(asked, member)
    check(tx, load_balancer, protocol, actions)
    before = forwards.groups_of_load_balancer(tx, load_balancer.arn)
    check_group_count(before, actions)
    return actions


def check(
    tx: ReadTx, load_balancer: LoadBalancer, protocol: str, actions: Sequence[Action]
) -> None:
    """Raise if a listener of this protocol cannot perform the actions."""
    check_actions(load_balancer, protocol, actions)
    arns = plan.groups_of(actions)
    found = {
        arn: group
        for arn, group in find_groups(tx, arns).items()
        if (group.account, group.region) == (load_balancer.account, load_balancer.region)
    }
    elsewhere = {arn: forwards.load_balancers_of_group(tx, arn) for arn in arns}
    check_groups(load_balancer, protocol, actions, groups=found, elsewhere=elsewhere)


def record(
    tx: Tx, rule_arn: str, listener_arn: str, load_balancer_arn: str, actions: Sequence[Action]
) -> None:
    """Record where a rule forwards to from now on, and announce the groups that this concerns."""
    concerned = forwards.replace_forwards(
        tx, rule_arn, listener_arn, load_balancer_arn, plan.groups_of(actions)
    )
    announce(tx, concerned)
