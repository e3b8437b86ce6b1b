"""What a deployment that shifts traffic begins with: checked, looked up, put into its first stage.

How it goes on is the scheduler's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from homeport.kernel.traffic_shift import WHOLE
from homeport.runtime import Call
from homeport.services.ecs.plan.service import hooks, sides, stages
from homeport.services.ecs.plan.service.alarms import alarms_at_start
from homeport.services.ecs.plan.service.balancer_rules import check_rules, check_strategy
from homeport.services.ecs.plan.service.drafts import Target
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.deployment_watches import watch
from homeport.services.ecs.queries.targets import find_groups
from homeport.services.ecs.queries.traffic import find_rules, forget_hooks, rule_arns, runs_of
from homeport.services.ecs.records.load_balancing import ForwardingRule
from homeport.services.ecs.records.services import Service, ServiceDeployment, ServiceRevision
from homeport.services.ecs.records.shifting import Shifting
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSides:
    """What a service has in front of it, and what is to take its place."""

    service: Service
    before: ServiceDeployment | None
    """Its newest deployment, over or not."""
    blue: ServiceRevision | None
    """What production traffic goes to."""
    rules: Mapping[str, ForwardingRule]

    def of(self, revision: ServiceRevision) -> ServiceRevision:
        """The revision with the target groups that its tasks are to be in."""
        shifts = self.service.deployment_configuration.strategy != "ROLLING"
        groups = sides.resolved_groups(
            revision.load_balancers, self.blue, self.rules, shifts=shifts
        )
        return replace(revision, resolved_groups=groups)


def two_sides(
    tx: ReadTx, call: Call, service: Service, target: Target, before: ServiceDeployment | None
) -> TwoSides:
    """Look up both sides; raises in ECS's words when traffic can't be shifted between them."""
    balancers, strategy = target.load_balancers, service.deployment_configuration.strategy
    check_strategy(balancers, strategy)
    where = (service.account, service.region)
    rules = find_rules(tx, call.peers.traffic, *where, rule_arns(balancers))
    if strategy != "ROLLING":
        arns = [each.target_group_arn for each in balancers]
        arns += [
            each.advanced_configuration.alternate_target_group_arn
            for each in balancers
            if each.advanced_configuration is not None
        ]
        groups = find_groups(tx, call.peers.targets, *where, arns)
        check_rules(balancers, rules, groups, is_unsettled=sides.is_unsettled(before))
    blue_arn = sides.production_side(service, before)
    blue = None if blue_arn is None else deployments.find_revision(tx, blue_arn)
    return TwoSides(service=service, before=before, blue=blue, rules=rules)


def first_stage(
    tx: ReadTx,
    call: Call,
    revision: ServiceRevision,
    deployment: ServiceDeployment,
    two: TwoSides,
) -> ServiceDeployment:
    """The deployment with its alarms, and in its first stage if it has two sides."""
    service, configuration = two.service, two.service.deployment_configuration
    asked = configuration.alarms
    names = () if asked is None or not asked.enable else asked.alarm_names
    states = call.peers.alarms.states(tx, service.account, service.region, names) if names else {}
    watched = replace(deployment, alarms=alarms_at_start(configuration, states))
    first = sides.begun(service, revision, two.blue, two.before, two.rules, now=call.now)
    if first is None:
        return watched
    begun = stages.begin(
        first,
        sides.rules_for(configuration, call.clock.span),
        ids=call.ids,
        now=call.now,
        reconciles=first.rolls or sides.reconciles(service, two.before),
    )
    return replace(watched, shifting=begun)


def abandon(
    tx: Tx,
    call: Call,
    before: ServiceDeployment,
    after: ServiceDeployment,
    *,
    for_good: bool = False,
) -> None:
    """Record a deployment that has ended before its time: nobody waits for its hooks.

    `for_good`: no other takes its place, so no traffic is left between its sides.
    """
    forget_hooks(tx, call.peers.hooks, runs_of(before), now=call.now, ids=call.ids)
    watch(tx, before.service_arn, ())
    shifting = after.shifting
    if shifting is not None:
        runs = hooks.closed(shifting.hooks, now=call.now)
        shifting = replace(shifting, hooks=runs)
        if for_good:
            shifting = _settled(tx, call, shifting)
        after = replace(after, shifting=shifting)
    deployments.save_deployment(tx, before, after)


def _settled(tx: Tx, call: Call, shifting: Shifting) -> Shifting:
    """All traffic on one side: the old one, unless the new one has all of it already."""
    if shifting.production in (None, 0, WHOLE):
        return shifting
    for route in shifting.routes:
        wanted = sides.wanted_weights(route, 0)
        call.peers.traffic.set_weights(tx, route.production, wanted, now=call.now)
    return replace(shifting, production=0)
