"""The two task sets of a deployment, as they were seen.  Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.services.codedeploy.plan import shifting
from homeport.services.codedeploy.records.deployments import Deployment, Side
from homeport.services.codedeploy.records.group_options import TargetGroup
from homeport.services.codedeploy.records.sights import RuleSight, Sight, TaskSetSight

GONE: Final = "GONE"


def side_of(seen: TaskSetSight, group: TargetGroup) -> Side:
    """A side that this task set is, behind this target group."""
    return Side(
        task_set_arn=seen.arn,
        task_set_id=seen.id,
        target_group=group,
        status=seen.status,
        is_steady=seen.is_steady,
        desired=seen.desired,
        pending=seen.pending,
        running=seen.running,
    )


def group_of(deployment: Deployment, seen: TaskSetSight) -> TargetGroup | None:
    """The one of the deployment's target groups that the task set is behind."""
    groups = deployment.balancing.target_groups
    return next((group for group in groups if group.arn == seen.target_group_arn), None)


def other_group(deployment: Deployment, group: TargetGroup) -> TargetGroup:
    """The other one of the pair."""
    groups = deployment.balancing.target_groups
    return next(each for each in groups if each.arn != group.arn)


def with_sight(deployment: Deployment, sight: Sight, now: float) -> Deployment:
    """The deployment with its sides as they are seen now."""
    before = deployment.progress
    rules = shifting.of_pair(deployment, sight.production)
    after = replace(
        before,
        original=_seen(before.original, sight, rules),
        replacement=_seen(before.replacement, sight, rules),
    )
    if after == before:
        return deployment
    return replace(deployment, progress=after, updated_at=now)


def is_usable(side: Side | None) -> bool:
    """Whether the task set is there, and not on its way out."""
    return side is not None and side.status in {"PRIMARY", "ACTIVE"}


def serves(side: Side | None) -> bool:
    """Whether the side has tasks that can answer, or is not meant to have any."""
    return side is not None and is_usable(side) and (side.running > 0 or side.desired == 0)


def resting(deployment: Deployment) -> Side | None:
    """The side that all traffic belongs on when a deployment ends halfway; None without any.

    That is the primary one, as long as it has tasks that can answer; else the other, if it has.
    """
    both = [deployment.progress.original, deployment.progress.replacement]
    there = [side for side in both if side is not None and is_usable(side)]
    ranked = sorted(
        there, key=lambda side: (serves(side), side.status == "PRIMARY", side.is_steady)
    )
    return ranked[-1] if ranked else None


def name_of(deployment: Deployment, side: Side) -> str:
    """What a message calls the side."""
    which = "original" if side == deployment.progress.original else "replacement"
    return f"the {which} task set {side.task_set_id}"


def _seen(side: Side | None, sight: Sight, rules: Sequence[RuleSight]) -> Side | None:
    if side is None:
        return None
    its = sight.task_set(side.task_set_arn)
    if its is None:
        return replace(
            side, status=GONE, is_steady=False, desired=0, pending=0, running=0, traffic_tenths=0
        )
    tenths = shifting.tenths_of(rules, side.target_group.arn)
    is_live = shifting.are_live(rules)
    return replace(
        side_of(its, side.target_group),
        traffic_tenths=tenths if is_live or side.traffic_tenths is None else side.traffic_tenths,
    )
