"""The tasks of both sides of a deployment that shifts traffic.  Part of a service's pass."""

from collections.abc import Sequence
from typing import Final

from homeport.services.ecs.plan.service import stages
from homeport.services.ecs.plan.service.rolling import STARTS_MAX, Situation, plan_rolling
from homeport.services.ecs.reconcile.service_keeping import room_left, start_of, stop_tasks
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.reconcile.service_traffic import Flow
from homeport.services.ecs.records.service_views import Member
from homeport.services.ecs.records.services import Rollout, ServiceDeployment
from homeport.services.ecs.records.shifting import Shifting

SIDE_PERCENT: Final = 200
"""A side may have so much of the desired count while it replaces tasks: maximumPercent is for
rolling deployments."""


def sight_of(
    look: ServiceLook,
    deployment: ServiceDeployment,
    members: Sequence[Member],
    *,
    flow: Flow,
    trouble: str,
) -> stages.Sight:
    """What is seen of the two sides and of the traffic."""
    shifting = deployment.shifting
    blue_arn = None if shifting is None else shifting.blue_revision_arn
    green = _of(members, rollout_id(deployment.target_revision_arn))
    blue = _of(members, rollout_id(blue_arn or ""))
    desired = look.service.desired_count
    there = sum(each.standing != "OVER" for each in members)
    green_left, blue_left = _left(green), _left(blue)
    return stages.Sight(
        now=look.tick.now,
        green_up=_healthy(green) >= desired,
        green_serves=_healthy(green) > 0 or desired == 0,
        green_gone=green_left == 0,
        blue_up=_healthy(blue) >= desired,
        blue_serves=_healthy(blue) > 0 or desired == 0,
        blue_gone=blue_left == 0,
        others_gone=there == green_left + blue_left,
        production_live=flow.production_live,
        test_live=flow.test_live,
        trouble=trouble,
    )


def keep_sides(
    look: ServiceLook,
    deployment: ServiceDeployment,
    shifting: Shifting,
    members: Sequence[Member],
    flow: Flow,
) -> None:
    """Start and stop tasks of each side, and of what was there before."""
    desired, blue_arn = look.service.desired_count, shifting.blue_revision_arn
    seen = sight_of(look, deployment, members, flow=flow, trouble="")
    for rollout in look.service.rollouts:
        own = _of(members, rollout.id)
        if rollout.revision_arn == deployment.target_revision_arn:
            wanted = desired if stages.wants_green(shifting) else 0
        elif rollout.revision_arn == blue_arn:
            wanted = desired if stages.wants_blue(shifting) else 0
        elif _may_go(shifting, seen):
            wanted = 0
        else:
            continue
        _keep(look, rollout, wanted, own, members)


def rollout_id(revision_arn: str) -> str:
    """The id of the rollout of a revision."""
    return f"ecs-svc/{revision_arn.rpartition('/')[2]}"


def _may_go(shifting: Shifting, seen: stages.Sight) -> bool:
    """Whether tasks that are of neither side may be stopped: nobody needs them any more."""
    if shifting.blue_revision_arn is None:
        return shifting.stage == "CLEAN_UP"
    if shifting.stage != "RECONCILE_SERVICE":
        return True
    return seen.blue_up and seen.production_live and seen.test_live


def _keep(
    look: ServiceLook,
    rollout: Rollout,
    wanted: int,
    own: Sequence[Member],
    members: Sequence[Member],
) -> None:
    """Bring one side nearer to its count."""
    configuration = look.service.deployment_configuration
    plan = plan_rolling(
        Situation(
            desired=wanted,
            minimum_healthy_percent=configuration.minimum_healthy_percent,
            maximum_percent=max(SIDE_PERCENT, configuration.maximum_percent),
            primary=rollout.id,
            members=tuple(own),
            may_start=look.tick.now >= rollout.throttle.until,
            has_place=not look.service.waiting,
            strategies=look.service.placement_strategy,
            room=room_left(look, own, wanted),
        )
    )
    if plan.start:
        start_of(look, rollout, plan.start, members)
    stop_tasks(look, plan.stops, members)
    if plan.start == STARTS_MAX:
        look.look_again(look.tick.now)


def _of(members: Sequence[Member], rollout: str) -> list[Member]:
    return [each for each in members if each.task.rollout_id == rollout]


def _healthy(own: Sequence[Member]) -> int:
    return sum(each.standing == "HEALTHY" and each.leaves != "draining" for each in own)


def _left(own: Sequence[Member]) -> int:
    return sum(each.standing != "OVER" for each in own)
