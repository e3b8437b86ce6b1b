"""Load balancers, listeners and rules by the ARNs in requests."""

from collections.abc import Sequence

from homeport.runtime import Call
from homeport.services.elbv2.errors import (
    ListenerNotFound,
    LoadBalancerNotFound,
    RuleNotFound,
)
from homeport.services.elbv2.plan.names import checked_arn, listener_of_rule
from homeport.services.elbv2.queries import listeners, load_balancers, rules
from homeport.services.elbv2.records.listeners import Listener, Rule
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.store import ReadTx


def is_ours(call: Call, arn: str) -> bool:
    """Whether the ARN is one of the caller's account and region."""
    return arn.startswith(f"arn:aws:elasticloadbalancing:{call.region}:{call.account}:")


def find_load_balancer(tx: ReadTx, call: Call, arn: str) -> LoadBalancer | None:
    """The load balancer with this ARN; raises for what cannot be one's ARN."""
    checked_arn(arn, "load balancer")
    return load_balancers.find(tx, arn) if is_ours(call, arn) else None


def the_load_balancer(tx: ReadTx, call: Call, arn: str) -> LoadBalancer:
    """The load balancer with this ARN."""
    found = find_load_balancer(tx, call, arn)
    if found is None:
        raise LoadBalancerNotFound(f"Load balancer '{arn}' not found")
    return found


def find_listener(tx: ReadTx, call: Call, arn: str) -> Listener | None:
    """The listener with this ARN; raises for what cannot be one's ARN."""
    checked_arn(arn, "listener")
    return listeners.find_listener(tx, arn) if is_ours(call, arn) else None


def the_listener(tx: ReadTx, call: Call, arn: str) -> Listener:
    """The listener with this ARN."""
    found = find_listener(tx, call, arn)
    if found is None:
        raise ListenerNotFound(f"Listener '{arn}' not found")
    return found


def load_balancer_of(tx: ReadTx, listener: Listener) -> LoadBalancer:
    """The load balancer of a listener: a listener never outlives it."""
    found = load_balancers.find(tx, listener.load_balancer_arn)
    assert found is not None, listener.arn  # noqa: S101
    return found


def find_rule(tx: ReadTx, call: Call, arn: str) -> Rule | Listener | None:
    """The rule with this ARN: for a default rule, its listener."""
    checked_arn(arn, "rule")
    if not is_ours(call, arn):
        return None
    found = rules.find_rule(tx, arn)
    if found is not None:
        return found
    listener = listeners.find_listener(tx, listener_of_rule(arn))
    return listener if listener is not None and listener.default_rule_arn == arn else None


def the_rule(tx: ReadTx, call: Call, arn: str) -> Rule | Listener:
    """The rule with this ARN: for a default rule, its listener."""
    found = find_rule(tx, call, arn)
    if found is None:
        raise RuleNotFound(f"Rule '{arn}' not found")
    return found


def described_listeners(tx: ReadTx, call: Call, arns: Sequence[str]) -> tuple[Listener, ...]:
    """The listeners with these ARNs, which all must exist, by ARN."""
    found = [find_listener(tx, call, arn) for arn in sorted(set(arns))]
    if None in found:
        raise ListenerNotFound("One or more listeners not found")
    return tuple(listener for listener in found if listener is not None)
