"""The weights of a deployment that shifts traffic, and what it watches.  Part of a service's pass.

Which share the new side gets is decided in plan/service/stages; whether it has it is observed.
"""

from dataclasses import dataclass

from homeport.services.ecs.plan.service import alarms, sides
from homeport.services.ecs.plan.service.deploying import UNDER_WAY
from homeport.services.ecs.queries.deployment_watches import watch
from homeport.services.ecs.queries.traffic import find_rules
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.records.services import ServiceDeployment
from homeport.services.ecs.records.shifting import Shifting


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Where traffic goes."""

    production_live: bool = True
    test_live: bool = True
    is_lost: bool = False
    """A rule, or a target group, of a share that was set is gone."""


def set_traffic(look: ServiceLook, shifting: Shifting) -> Flow:
    """Have the rules forward as the shares say; answers what is seen of it."""
    production, test = [], []
    for route in shifting.routes:
        if shifting.production is not None:
            wanted = sides.wanted_weights(route, shifting.production)
            production.append(_set(look, route.production, wanted))
        if shifting.test is not None and route.test is not None:
            wanted = sides.wanted_weights(route, shifting.test)
            is_known = route.has_blue or shifting.test > 0
            test.append(_set(look, route.test, wanted if is_known else ()))
    if shifting.stage == "RECONCILE_SERVICE":
        settled = (
            _set(look, each.production, sides.wanted_weights(each, 0)) for each in shifting.left
        )
        production += [each is not False for each in settled]  # It need not be there any more.
    return Flow(
        production_live=all(each is not False for each in production),
        test_live=all(each is not False for each in test),
        is_lost=None in (*production, *test),
    )


def is_watched(deployment: ServiceDeployment | None) -> bool:
    """Whether a deployment that is under way wants to hear of more than its service."""
    if deployment is None or deployment.status not in UNDER_WAY:
        return False
    return deployment.shifting is not None or deployment.alarms.status == "MONITORING"


def set_watches(look: ServiceLook) -> None:
    """Hear of the listeners and alarms that the deployment, as it has become, depends on."""
    deployment, service = look.deployment, look.service
    keys: list[str] = []
    if deployment is not None and is_watched(deployment):
        home = (deployment.account, deployment.region)
        if deployment.alarms.status == "MONITORING":
            keys += alarms.arns(deployment.alarms.names, *home)
        shifting = deployment.shifting
        if shifting is not None:
            arns = [each.production for each in (*shifting.routes, *shifting.left)]
            arns += [each.test for each in shifting.routes if each.test is not None]
            rules = find_rules(look.tx, look.tick.peers.traffic, *home, arns)
            keys += [each.listener_arn for each in rules.values()]
    watch(look.tx, service.arn, keys)


def watch_alarms(look: ServiceLook, deployment: ServiceDeployment) -> ServiceDeployment:
    """The deployment with its alarms as they are now."""
    before = deployment.alarms
    if before.status != "MONITORING" or deployment.status != "IN_PROGRESS":
        return deployment
    home = (deployment.account, deployment.region)
    states = look.tick.peers.alarms.states(look.tx, *home, before.names)
    return alarms.watched(deployment, alarms.seen(before, states), now=look.tick.now)


def _set(look: ServiceLook, arn: str, wanted: tuple[tuple[str, int], ...]) -> bool | None:
    """Whether the rule forwards so, as far as new requests show; None when that is impossible."""
    home = (look.service.account, look.service.region)
    rule = find_rules(look.tx, look.tick.peers.traffic, *home, (arn,)).get(arn)
    if rule is None:
        return None
    if not wanted:
        return True
    if sides.is_forwarding(rule, wanted):
        return rule.is_live
    traffic = look.tick.peers.traffic
    return False if traffic.set_weights(look.tx, rule.arn, wanted, now=look.tick.now) else None
