"""The two sides of a deployment: their revisions, target groups and weights.  Pure.

Nothing is decided here about when traffic is shifted: that is in `stages`.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from msgspec.structs import replace

from homeport.kernel.traffic_shift import WHOLE, Shift, weights
from homeport.services.ecs.plan.service import stages
from homeport.services.ecs.plan.service.deploying import UNDER_WAY
from homeport.services.ecs.records.load_balancing import ForwardingRule, LoadBalancer
from homeport.services.ecs.records.services import (
    DeploymentConfiguration,
    Service,
    ServiceDeployment,
    ServiceRevision,
)
from homeport.services.ecs.records.shifting import Route, Shifting

MINUTE_S = 60.0


def production_side(service: Service, before: ServiceDeployment | None) -> str | None:
    """ARN of the revision that production traffic goes to now; None when there is none that a
    deployment could turn back to.

    `before` is the service's newest deployment, over or not.
    """
    known = [each.revision_arn for each in service.rollouts]
    shifting = None if before is None else before.shifting
    if before is not None and shifting is not None and not shifting.rolls:
        on_green = shifting.production == WHOLE
        side = before.target_revision_arn if on_green else shifting.blue_revision_arn
        return side if side in known else None
    if service.completed_revision_arn is None or not known:
        return None
    side = service.completed_revision_arn
    return side if side in known else known[0]


def is_unsettled(before: ServiceDeployment | None) -> bool:
    """Whether traffic may be between two sides: a deployment that shifts it is under way, or has
    left it there."""
    shifting = None if before is None else before.shifting
    if before is None or shifting is None or shifting.production is None:
        return False
    return before.status in UNDER_WAY or shifting.production not in (0, WHOLE)


def begun(
    service: Service,
    revision: ServiceRevision,
    blue: ServiceRevision | None,
    before: ServiceDeployment | None,
    rules: Mapping[str, ForwardingRule],
    *,
    now: float,
) -> Shifting | None:
    """The shifting of a deployment that begins, before its first stage; None when it just rolls.

    One that rolls, too, brings traffic to one side first when another has left it in between.
    """
    blue_arn = None if blue is None else blue.arn
    first = Shifting(stage="", since=now, moved_at=now, blue_revision_arn=blue_arn)
    known = None if before is None or not is_unsettled(before) else before.shifting
    old = () if known is None or blue is None else known.routes
    if before is not None and blue is not None and blue.arn == before.target_revision_arn:
        old = tuple(_turned_round(each) for each in old)
    if service.deployment_configuration.strategy == "ROLLING":
        return replace(first, routes=old, rolls=True) if old else None
    routes = routes_of(revision, blue, rules)
    shifted = {each.production for each in routes}
    left = tuple(each for each in old if each.production not in shifted)
    return replace(first, routes=routes, left=left)


def reconciles(service: Service, before: ServiceDeployment | None) -> bool:
    """Whether a new deployment has to begin with RECONCILE_SERVICE: the service has several
    revisions, or traffic between them."""
    return len(service.rollouts) > 1 or is_unsettled(before)


def resolved_groups(
    balancers: Sequence[LoadBalancer],
    blue: ServiceRevision | None,
    rules: Mapping[str, ForwardingRule],
    *,
    shifts: bool,
) -> tuple[str, ...]:
    """The target group of each load balancer for the tasks of a new revision.

    A deployment that shifts takes the one that the old side does not use; a rolling one takes the
    one that production goes to.  Empty when there is nothing to choose.
    """
    if all(each.advanced_configuration is None for each in balancers):
        return ()
    return tuple(_group_for(each, blue, rules, shifts=shifts) for each in balancers)


def registered_in(revision: ServiceRevision) -> tuple[LoadBalancer, ...]:
    """What tasks of a revision are targets of."""
    groups = revision.resolved_groups or [each.target_group_arn for each in revision.load_balancers]
    return tuple(
        replace(each, target_group_arn=group, advanced_configuration=None)
        for each, group in zip(revision.load_balancers, groups, strict=True)
    )


def routes_of(
    green: ServiceRevision, blue: ServiceRevision | None, rules: Mapping[str, ForwardingRule]
) -> tuple[Route, ...]:
    """What is to be shifted to a new revision; `rules` by the ARN that the service names."""
    used = set() if blue is None else {each.target_group_arn for each in registered_in(blue)}
    routes = []
    for each, mine in zip(green.load_balancers, registered_in(green), strict=True):
        advanced = each.advanced_configuration
        if advanced is None:
            continue
        pair = (each.target_group_arn, advanced.alternate_target_group_arn)
        other = pair[1] if mine.target_group_arn == pair[0] else pair[0]
        rule = rules.get(advanced.production_listener_rule)
        routes.append(
            Route(
                production=advanced.production_listener_rule,
                test=advanced.test_listener_rule,
                green_group=mine.target_group_arn,
                other_group=other,
                has_blue=other in used,
                before=() if rule is None else rule.groups,
            )
        )
    return tuple(routes)


def wanted_weights(route: Route, share: int) -> tuple[tuple[str, int], ...]:
    """What a rule should forward to when the new side gets `share`; empty: it stays as it is."""
    if not route.has_blue and share == 0:
        return route.before
    old, new = weights(share)
    return ((route.other_group, old), (route.green_group, new))


def is_forwarding(rule: ForwardingRule, wanted: Sequence[tuple[str, int]]) -> bool:
    """Whether a rule sends each group the share that it should have, whatever the numbers are."""
    return _shares(rule.groups) == _shares(wanted)


def shift_of(configuration: DeploymentConfiguration) -> tuple[Shift, float]:
    """How production is shifted, and the time between two steps; seconds of ECS time."""
    linear, canary = configuration.linear_configuration, configuration.canary_configuration
    if configuration.strategy == "LINEAR" and linear is not None:
        interval_s = MINUTE_S * linear.step_bake_time_in_minutes
        tenths = round(linear.step_percent * 10)
        return Shift(kind="linear", tenths=tenths, interval_s=interval_s), interval_s
    if configuration.strategy == "CANARY" and canary is not None:
        interval_s = MINUTE_S * canary.canary_bake_time_in_minutes
        tenths = round(canary.canary_percent * 10)
        return Shift(kind="canary", tenths=tenths, interval_s=interval_s), interval_s
    return Shift(), 0.0


def rules_for(
    configuration: DeploymentConfiguration, span: Callable[[float], float]
) -> stages.Rules:
    """What a deployment with two sides goes by; `span` makes real seconds of ECS's."""
    shift, step_s = shift_of(configuration)
    return stages.Rules(
        shift=shift,
        hooks=configuration.lifecycle_hooks,
        step_s=span(step_s),
        bake_s=span(MINUTE_S * (configuration.bake_time_in_minutes or 0)),
        limit_s=span(stages.LIMIT_S),
        span=span,
    )


def percents(shifting: Shifting, target_arn: str, share: int | None) -> dict[str, float]:
    """The percentage that each side is to get, by revision ARN."""
    green = (share or 0) / 10
    found = {target_arn: green}
    if shifting.blue_revision_arn is not None:
        found[shifting.blue_revision_arn] = (WHOLE - (share or 0)) / 10
    return found


def _turned_round(route: Route) -> Route:
    return replace(
        route, green_group=route.other_group, other_group=route.green_group, has_blue=True
    )


def _group_for(
    balancer: LoadBalancer,
    blue: ServiceRevision | None,
    rules: Mapping[str, ForwardingRule],
    *,
    shifts: bool,
) -> str:
    advanced = balancer.advanced_configuration
    if advanced is None:
        return balancer.target_group_arn
    pair = (balancer.target_group_arn, advanced.alternate_target_group_arn)
    used = _used_of(pair, blue, rules.get(advanced.production_listener_rule))
    if used is None or (shifts and blue is None):
        return pair[0]
    if not shifts:
        return used
    return pair[1] if used == pair[0] else pair[0]


def _used_of(
    pair: tuple[str, str], blue: ServiceRevision | None, rule: ForwardingRule | None
) -> str | None:
    """The group of the two that production goes to: the old side's, else the rule's."""
    if blue is not None:
        own = [each.target_group_arn for each in registered_in(blue)]
        mine = [each for each in pair if each in own]
        if mine:
            return mine[0]
    serving = [] if rule is None else [arn for arn, weight in rule.groups if weight > 0]
    return next((each for each in pair if each in serving), None)


def _shares(groups: Sequence[tuple[str, int]]) -> dict[str, Fraction]:
    total = sum(weight for _, weight in groups)
    return {arn: Fraction(weight, total) for arn, weight in groups if weight > 0}
