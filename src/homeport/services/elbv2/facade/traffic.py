"""What load balancing provides to the others: homeport.contracts.traffic.

Changes weights on behalf of deployments, as ModifyListener and ModifyRule do for users.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from homeport.contracts.traffic import ForwardFacts
from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan import names
from homeport.services.elbv2.plan.forwarding import check_group_count, check_groups
from homeport.services.elbv2.plan.weights import groups_in, weighted
from homeport.services.elbv2.queries import forwards, listeners, load_balancers, rules
from homeport.services.elbv2.queries.target_groups import announce, find_groups
from homeport.services.elbv2.records.listeners import Action, Listener, Rule
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.store import ReadTx, Tx


class ElbTraffic:
    """The weights of listeners and rules."""

    def forwards(self, tx: ReadTx, account: str, region: str, arn: str) -> tuple[ForwardFacts, ...]:
        if not arn.startswith(f"arn:aws:elasticloadbalancing:{region}:{account}:"):
            return ()
        found = _found(tx, arn)
        if found is None:
            return ()
        rule, listener = found
        load_balancer = _load_balancer(tx, listener)
        if names.resource_of(arn) == "listener":
            ways: Iterable[Rule | Listener] = (*rules.rules_of(tx, listener.arn), listener)
        else:
            ways = (rule,)
        return tuple(_facts(each, listener, load_balancer) for each in ways)

    def set_weights(
        self, tx: Tx, arn: str, weights: tuple[tuple[str, int], ...], *, now: float
    ) -> bool:
        """As promised; the ARN of a listener stands for its default rule."""
        del now
        found = _found(tx, arn)
        if found is None or not weights:
            return False
        rule, listener = found
        before = _actions(rule)
        after = weighted(before, weights)
        if not _can_forward(tx, listener, after):
            return False
        if after == before:
            return True
        rule_arn = listener.default_rule_arn if isinstance(rule, Listener) else rule.arn
        wanted = [group for group, _ in weights]
        concerned = forwards.replace_forwards(
            tx, rule_arn, listener.arn, listener.load_balancer_arn, wanted
        )
        announce(tx, concerned)
        if isinstance(rule, Listener):
            listeners.update_listener(tx, replace(listener, default_actions=after))
        else:
            rules.update_rule(tx, replace(rule, actions=after))
            listeners.count_shift(tx, listener.arn)
        return True


def _found(tx: ReadTx, arn: str) -> tuple[Rule | Listener, Listener] | None:
    """The rule with this ARN and its listener: the latter twice for a default rule."""
    match names.resource_of(arn):
        case "listener":
            listener = listeners.find_listener(tx, arn)
            return None if listener is None else (listener, listener)
        case "rule":
            listener = listeners.find_listener(tx, names.listener_of_rule(arn))
            if listener is None:
                return None
            if listener.default_rule_arn == arn:
                return listener, listener
            rule = rules.find_rule(tx, arn)
            return None if rule is None else (rule, listener)
        case _:
            return None


def _facts(rule: Rule | Listener, listener: Listener, load_balancer: LoadBalancer) -> ForwardFacts:
    is_default = isinstance(rule, Listener)
    return ForwardFacts(
        arn=listener.default_rule_arn if is_default else rule.arn,
        listener_arn=listener.arn,
        listener_port=listener.port,
        protocol=listener.protocol,
        load_balancer_arn=load_balancer.arn,
        kind=load_balancer.kind,
        is_default=is_default,
        groups=groups_in(_actions(rule)),
        is_live=listener.is_live,
    )


def _can_forward(tx: ReadTx, listener: Listener, actions: tuple[Action, ...]) -> bool:
    """Whether its groups are there and fit the listener, as ModifyListener would have it."""
    load_balancer = _load_balancer(tx, listener)
    arns = [arn for arn, _ in groups_in(actions)]
    elsewhere = {arn: forwards.load_balancers_of_group(tx, arn) for arn in arns}
    used = forwards.groups_of_load_balancer(tx, load_balancer.arn)
    found = {
        arn: group
        for arn, group in find_groups(tx, arns).items()
        if (group.account, group.region) == (load_balancer.account, load_balancer.region)
    }
    try:
        check_groups(load_balancer, listener.protocol, actions, groups=found, elsewhere=elsewhere)
        check_group_count(used, actions)
    except AwsError:
        return False
    return True


def _actions(rule: Rule | Listener) -> tuple[Action, ...]:
    return rule.default_actions if isinstance(rule, Listener) else rule.actions


def _load_balancer(tx: ReadTx, listener: Listener) -> LoadBalancer:
    found = load_balancers.find(tx, listener.load_balancer_arn)
    assert found is not None, listener.arn  # noqa: S101 - a listener never outlives it.
    return found
