"""A rollback: a deployment of its own that brings all traffic back to the original side.  Pure."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.plan import ending, events, guards, shifting, sides
from homeport.services.codedeploy.plan.moves import DeleteTaskSet, MakePrimary, Move
from homeport.services.codedeploy.records.deployments import (
    EVENTS,
    Deployment,
    LifecycleEvent,
    Progress,
    Wishes,
)
from homeport.services.codedeploy.records.group_options import (
    AlarmOptions,
    AutoRollback,
    RollbackEvent,
)
from homeport.services.codedeploy.records.sights import Sight

TRAFFIC_S: Final = 600.0
"""So long the data plane may take to go by the original weights; seconds of ECS time."""
MOVES_TRAFFIC: Final = ("AllowTestTraffic", "AllowTraffic")


def rollback_of(
    deployment: Deployment, event: RollbackEvent, *, rollback_id: str, now: float
) -> Deployment:
    """The deployment that undoes `deployment`.

    It asks no functions, and no alarm stops it: the one that was active may well be so still.
    """
    begun = Progress(
        original=deployment.progress.original, replacement=deployment.progress.replacement
    )
    return replace(
        deployment,
        id=rollback_id,
        status="Created",
        creator="codeDeployRollback",
        description=f"Rollback of deployment {deployment.id}",
        revision_sha256=deployment.previous_sha256 or "",
        app_spec=replace(deployment.app_spec, hooks=()),
        shift=Shift(),
        alarms=AlarmOptions(),
        overrides_alarms=False,
        auto_rollback=AutoRollback(),
        created_at=now,
        started_at=None,
        completed_at=None,
        updated_at=now,
        failure=None,
        status_messages=(),
        events=tuple(LifecycleEvent(name=name) for name in EVENTS),
        progress=begun,
        wishes=Wishes(),
        rolled_back_by=None,
        rolls_back=deployment.id,
        rollback_event=event,
        rollback_message=None,
    )


def undone_by(deployment: Deployment, rollback_id: str) -> Deployment:
    """The deployment as it is once its rollback has begun."""
    return replace(
        deployment,
        rolled_back_by=rollback_id,
        rollback_message=f"Deployment {rollback_id} rolls this deployment back.",
    )


def next_move(
    deployment: Deployment, sight: Sight, *, now: float, span: Callable[[float], float]
) -> Move:
    """The next step of a rollback: traffic first, everything else after it."""
    reason = guards.stopped_by_user(deployment, sight) or guards.service_problem(
        deployment, sight.service
    )
    if reason is not None:
        return ending.end(deployment, reason, now=now)
    original = deployment.progress.original
    if original is None or not _can_take(deployment):
        why = (
            "The deployment cannot be rolled back: the original task set has no tasks that could "
            "take the traffic."
        )
        return ending.end(deployment, guards.failed("ECS_UPDATE_ERROR", why), now=now)
    wanted = shifting.only(original.target_group.arn)
    production = shifting.of_pair(deployment, sight.production)
    test = shifting.of_pair(deployment, sight.test)
    if not production:
        why = "No listener forwards to the two target groups any more."
        problem = guards.failed("ELASTIC_LOAD_BALANCING_INVALID", why)
        return ending.end(deployment, problem, now=now)
    deployment = _begun(deployment, has_test=bool(test), now=now)
    begun_at = now if deployment.started_at is None else deployment.started_at
    until = begun_at + span(TRAFFIC_S)
    orders = shifting.orders((*production, *test), wanted)
    if orders:
        return Move(deployment=deployment, orders=orders, again_at=until)
    if not shifting.are_live((*production, *test)):
        if now < until:
            return Move(deployment=deployment, again_at=until)
        why = "The load balancer did not confirm in time that it had taken the traffic back."
        return ending.end(deployment, guards.failed("TIMEOUT", why), now=now)
    return _concluded(deployment, now)


def _can_take(deployment: Deployment) -> bool:
    """Whether the original side can have the traffic: it can answer, or the other cannot either."""
    progress = deployment.progress
    if not sides.is_usable(progress.original):
        return False
    return sides.serves(progress.original) or not sides.serves(progress.replacement)


def _begun(deployment: Deployment, *, has_test: bool, now: float) -> Deployment:
    for event in deployment.events:
        if event.status != "Pending":
            continue
        if event.name == "AllowTraffic" or (event.name == "AllowTestTraffic" and has_test):
            deployment = events.begun(deployment, event.name, now)
        else:
            deployment = events.skipped(deployment, event.name)
    return deployment


def _concluded(deployment: Deployment, now: float) -> Move:
    original, replacement = deployment.progress.original, deployment.progress.replacement
    for name in MOVES_TRAFFIC:
        if events.event_of(deployment, name).status == "InProgress":
            deployment = events.ended(deployment, name, "Succeeded", now=now)
    orders: list[MakePrimary | DeleteTaskSet] = []
    if original is not None and original.status != "PRIMARY":
        orders.append(MakePrimary(task_set_arn=original.task_set_arn))
    if replacement is not None and sides.is_usable(replacement):
        orders.append(DeleteTaskSet(task_set_arn=replacement.task_set_arn))
    over = replace(deployment, status="Succeeded", completed_at=now, updated_at=now)
    return Move(deployment=over, orders=tuple(orders))
