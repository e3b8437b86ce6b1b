"""What rules and listeners forward to, asked of elbv2; and hooks that nobody waits for any more."""

from collections.abc import Iterable

from homeport.contracts.hooks import Hooks
from homeport.contracts.traffic import Traffic
from homeport.kernel.ids import Ids
from homeport.services.ecs.records.load_balancing import ForwardingRule, LoadBalancer
from homeport.services.ecs.records.services import ServiceDeployment
from homeport.services.ecs.records.shifting import HookRun
from homeport.store import ReadTx, Tx


def rule_arns(balancers: Iterable[LoadBalancer]) -> tuple[str, ...]:
    """The rules and listeners that load balancers name, each once."""
    found: dict[str, None] = {}
    for each in balancers:
        advanced = each.advanced_configuration
        if advanced is not None:
            found[advanced.production_listener_rule] = None
            if advanced.test_listener_rule is not None:
                found[advanced.test_listener_rule] = None
    return tuple(found)


def find_rules(
    tx: ReadTx, traffic: Traffic, account: str, region: str, arns: Iterable[str]
) -> dict[str, ForwardingRule]:
    """Those that exist, by the ARN asked for; of a listener it is the default rule."""
    found = {}
    for arn in dict.fromkeys(arns):
        facts = traffic.forwards(tx, account, region, arn)
        if facts:
            found[arn] = ForwardingRule(
                arn=facts[-1].arn,
                listener_arn=facts[-1].listener_arn,
                kind=facts[-1].kind,
                groups=facts[-1].groups,
                is_live=facts[-1].is_live,
            )
    return found


def forget_hooks(tx: Tx, hooks: Hooks, runs: Iterable[HookRun], *, now: float, ids: Ids) -> None:
    """Nobody waits for what was asked of these functions."""
    for each in runs:
        if each.invocation_id:
            hooks.forget(tx, each.invocation_id, now=now, ids=ids)


def runs_of(deployment: ServiceDeployment | None) -> tuple[HookRun, ...]:
    """The hooks of a deployment."""
    shifting = None if deployment is None else deployment.shifting
    return () if shifting is None else shifting.hooks
