"""A deployment that shifts traffic: two sides kept side by side.  Part of a service's pass.

What stage comes next is decided in plan/service/stages, from what is seen here.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.kernel.traffic_shift import WHOLE
from homeport.services.ecs.plan.service import deploying, failures, messages, sides, stages
from homeport.services.ecs.plan.service import standing as standings
from homeport.services.ecs.plan.service.alarms import at_rest
from homeport.services.ecs.plan.service.breaker import at_rest as breaker_at_rest
from homeport.services.ecs.plan.service.failures import Failure
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.reconcile.service_concluding import learn_digests
from homeport.services.ecs.reconcile.service_hooks import ask_hooks, hear_hooks, tell_hooks
from homeport.services.ecs.reconcile.service_look import ServiceLook, left_by_rollout
from homeport.services.ecs.reconcile.service_placing import has_health_check
from homeport.services.ecs.reconcile.service_sides import keep_sides, sight_of
from homeport.services.ecs.reconcile.service_traffic import Flow, set_traffic, watch_alarms
from homeport.services.ecs.records.service_views import Member
from homeport.services.ecs.records.services import Rollout, ServiceDeployment
from homeport.services.ecs.records.shifting import Shifting

STEPS_MAX: Final = 200
"""Steps that one pass makes at most."""

LOST: Final = (
    "Service deployment rolled back because of invalid networking configuration. "
    "One or more rules not found"
)


def is_shifting(look: ServiceLook) -> bool:
    """Whether the deployment that is under way shifts traffic instead of rolling."""
    deployment = look.deployment
    if deployment is None or deployment.shifting is None:
        return False
    return deployment.status in deploying.UNDER_WAY and not deployment.shifting.end


def keep_both_sides(look: ServiceLook, members: Sequence[Member]) -> None:
    """Take the deployment as far as it gets now, and keep the tasks of both sides."""
    deployment = look.deployment
    if deployment is None or deployment.shifting is None:
        return
    heard = hear_hooks(look, deployment.shifting)
    deployment = watch_alarms(look, deployment)
    shifting, flow = _advanced(look, deployment, heard, members)
    deployment = look.deployment or deployment
    shifting = tell_hooks(look, deployment, ask_hooks(look, deployment, shifting))
    look.deployment = replace(deployment, shifting=None if shifting.end == "ROLLING" else shifting)
    look.service = replace(look.service, steady=False)
    if shifting.end:
        return
    keep_sides(look, deployment, shifting, members, flow)
    _show(look, deployment, shifting, members)
    green = _rollout_of(look, deployment.target_revision_arn)
    if green is not None:
        learn_digests(look, green)
    look.look_again(standings.next_change(look.views, look.rules(), now=look.tick.now))
    rules = sides.rules_for(deployment.deployment_configuration, look.tick.span)
    look.look_again(stages.next_look(shifting, rules))
    for each in look.service.rollouts:
        if look.tick.now < each.throttle.until:
            look.look_again(each.throttle.until)


def _advanced(
    look: ServiceLook,
    deployment: ServiceDeployment,
    shifting: Shifting,
    members: Sequence[Member],
) -> tuple[Shifting, Flow]:
    """As many steps as can be made; what each asks for is done before the next."""
    look.deployment = deployment
    rules = sides.rules_for(deployment.deployment_configuration, look.tick.span)
    for _ in range(STEPS_MAX):
        flow = set_traffic(look, shifting)
        known = look.deployment
        trouble = _trouble(known, shifting, flow)
        sight = sight_of(look, known, members, flow=flow, trouble=trouble)
        after = stages.advance(shifting, sight, rules, ids=look.tick.ids)
        if after == shifting:
            return after, flow
        _follow(look, known, shifting, after)
        shifting = after
        if shifting.end:
            return shifting, set_traffic(look, shifting)
    look.look_again(look.tick.now)
    return shifting, flow


def _trouble(deployment: ServiceDeployment, shifting: Shifting, flow: Flow) -> str:
    """Why the deployment has to turn back, apart from its hooks and its stage."""
    if shifting.is_back or shifting.rolls:
        return ""
    if deployment.status == "ROLLBACK_REQUESTED":
        return messages.STOPPED_BY_USER
    if deployment.breaker.status == "TRIGGERED":
        return failures.BREAKER.rolled_back
    if deployment.alarms.status == "TRIGGERED":
        return failures.by_alarms(deployment.alarms.triggered).rolled_back
    return LOST if flow.is_lost and shifting.stage != "CLEAN_UP" else ""


def _follow(
    look: ServiceLook, deployment: ServiceDeployment, before: Shifting, after: Shifting
) -> None:
    """Make of the service and its deployment what a step asks for."""
    now = look.tick.now
    if after.is_back and not before.is_back:
        _turn_back(look, deployment, after)
        return
    match after.end:
        case "":
            if after.stage == "CLEAN_UP" and not after.is_back:
                look.deployment = replace(
                    deployment,
                    breaker=breaker_at_rest(deployment.breaker),
                    alarms=at_rest(deployment.alarms),
                )
        case "SUCCESSFUL" | "ROLLBACK_SUCCESSFUL":
            look.take(deploying.complete(look.service, deployment, now=now))
        case "ROLLBACK_FAILED":
            on_green = after.production == WHOLE
            look.take(
                deploying.fail_rollback(
                    look.service, deployment, why=after.trouble, on_green=on_green, now=now
                )
            )
        case "FAILED":
            _give_up(look, deployment, after)


def _turn_back(look: ServiceLook, deployment: ServiceDeployment, after: Shifting) -> None:
    arn = after.blue_revision_arn or ""
    blue = deployments.find_revision(look.tx, arn)
    if blue is None:
        raise LookupError(f"{arn} is gone while its service turns back to it")
    why = _failure(deployment, after)
    is_checked, now = has_health_check(look.tx, blue), look.tick.now
    if why is None:
        look.take(
            deploying.roll_back(
                look.service,
                deployment,
                blue,
                reason=after.reason,
                has_health_check=is_checked,
                now=now,
            )
        )
    else:
        look.take(
            deploying.fail(
                look.service, deployment, blue, has_health_check=is_checked, now=now, why=why
            )
        )


def _give_up(look: ServiceLook, deployment: ServiceDeployment, after: Shifting) -> None:
    """The deployment has failed, and there is no old side to turn back to."""
    why, now = _failure(deployment, after), look.tick.now
    if why is None:
        look.take(deploying.fail_to_turn_back(look.service, deployment, now=now))
    else:
        look.take(
            deploying.fail(look.service, deployment, None, has_health_check=False, now=now, why=why)
        )


def _failure(deployment: ServiceDeployment, after: Shifting) -> Failure | None:
    """What to tell of a failure; None when a user has asked for the rollback."""
    if deployment.status == "ROLLBACK_REQUESTED":
        return None
    known = (failures.BREAKER, failures.by_alarms(deployment.alarms.triggered))
    found = [each for each in known if each.rolled_back == after.reason]
    return found[0] if found else failures.by_stage(after.reason)


def _show(
    look: ServiceLook,
    deployment: ServiceDeployment,
    shifting: Shifting,
    members: Sequence[Member],
) -> None:
    """Show how many tasks each rollout should have, or has left; drop what has none."""
    left, desired = left_by_rollout(members), look.service.desired_count
    shown = []
    for each in look.service.rollouts:
        is_green = each.revision_arn == deployment.target_revision_arn
        is_blue = each.revision_arn == shifting.blue_revision_arn
        is_wanted = each is look.service.primary or (
            (is_green and stages.wants_green(shifting)) or (is_blue and stages.wants_blue(shifting))
        )
        count = desired if is_wanted else left.get(each.id, 0)
        if is_green or is_blue or count > 0:
            changed = count != each.desired_count
            updated = look.tick.now if changed else each.updated_at
            shown.append(replace(each, desired_count=count, updated_at=updated))
    look.service = replace(look.service, rollouts=tuple(shown))


def _rollout_of(look: ServiceLook, revision_arn: str) -> Rollout | None:
    return next((each for each in look.service.rollouts if each.revision_arn == revision_arn), None)
