"""How deployments begin, are superseded, complete, fail and are rolled back.  Pure.

Sole author of rollouts' statuses and of service deployments.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.services.ecs.plan.service import alarms, messages
from homeport.services.ecs.plan.service.breaker import at_rest, breaker_at_start
from homeport.services.ecs.plan.service.failures import BREAKER, Failure
from homeport.services.ecs.records.services import (
    Rollback,
    Rollout,
    Service,
    ServiceDeployment,
    ServiceRevision,
)
from homeport.services.ecs.records.task_states import WentBackwards

FOLLOWERS: Final[Mapping[str, frozenset[str]]] = {
    "PENDING": frozenset({"IN_PROGRESS", "STOP_REQUESTED", "STOPPED", "ROLLBACK_REQUESTED"}),
    "IN_PROGRESS": frozenset(
        {
            "SUCCESSFUL",
            "STOP_REQUESTED",
            "STOPPED",
            "ROLLBACK_REQUESTED",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_FAILED",
        }
    ),
    "STOP_REQUESTED": frozenset({"STOPPED"}),
    "ROLLBACK_REQUESTED": frozenset({"ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "STOPPED"}),
    "ROLLBACK_IN_PROGRESS": frozenset({"ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED"}),
    "SUCCESSFUL": frozenset(),
    "STOPPED": frozenset(),
    "ROLLBACK_SUCCESSFUL": frozenset(),
    "ROLLBACK_FAILED": frozenset(),
}
"""The statuses of a service deployment, and which may come next."""

UNDER_WAY: Final = frozenset(status for status, after in FOLLOWERS.items() if after)
"""Statuses of deployments that are not over."""

_TURNING_BACK: Final = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


class Deployed(Struct, frozen=True, kw_only=True):
    """A service, its deployment, and what there is to tell, once something was decided."""

    service: Service
    deployment: ServiceDeployment
    superseded: ServiceDeployment | None = None
    """The deployment that was under way before and is over now."""
    messages: tuple[str, ...] = ()
    """Service events, in order."""
    changes: tuple[tuple[str, str, str], ...] = ()
    """Deployment state changes for EventBridge: (event name, rollout id, reason)."""


def begin(
    service: Service,
    revision: ServiceRevision,
    before: ServiceDeployment | None,
    *,
    deployment_arn: str,
    has_health_check: bool,
    now: float,
) -> Deployed:
    """A new deployment to `revision`: its rollout is PRIMARY, the others are ACTIVE.

    `before` is the deployment that is, or was last, under way.
    """
    rollout = rollout_of(revision, has_health_check=has_health_check, now=now)
    if any(each.id == rollout.id for each in service.rollouts):
        raise WentBackwards(f"{rollout.id} has been begun already: roll back to it")
    deployment = ServiceDeployment(
        arn=deployment_arn,
        account=service.account,
        region=service.region,
        cluster_arn=service.cluster_arn,
        service_arn=service.arn,
        target_revision_arn=revision.arn,
        source_revision_arns=tuple(each.revision_arn for each in service.rollouts),
        status="IN_PROGRESS",
        deployment_configuration=service.deployment_configuration,
        breaker=breaker_at_start(service.deployment_configuration, service.desired_count),
        created_at=now,
        started_at=now,
        updated_at=now,
    )
    superseded = None
    if before is not None and before.status in UNDER_WAY:
        superseded = stop(before, reason=messages.superseded_by(deployment_arn), now=now)
    return Deployed(
        service=_led_by(service, rollout, deployment, now=now),
        deployment=deployment,
        superseded=superseded,
        changes=(("SERVICE_DEPLOYMENT_IN_PROGRESS", rollout.id, rollout.rollout_state_reason),),
    )


def complete(service: Service, deployment: ServiceDeployment, *, now: float) -> Deployed:
    """The deployment, or the rollback, has reached its revision: only its rollout is left."""
    reason = messages.completed(service.rollouts[0].id)
    primary = replace(
        service.rollouts[0],
        rollout_state="COMPLETED",
        rollout_state_reason=reason,
        updated_at=now,
    )
    is_rollback = deployment.status in _TURNING_BACK
    return Deployed(
        service=replace(
            service,
            rollouts=(primary, *service.rollouts[1:]),
            completed_revision_arn=primary.revision_arn,
        ),
        deployment=_over(
            deployment, "ROLLBACK_SUCCESSFUL" if is_rollback else "SUCCESSFUL", now=now
        ),
        messages=(messages.deployment_completed(service.name, primary.id),),
        changes=(("SERVICE_DEPLOYMENT_COMPLETED", primary.id, reason),),
    )


def fail(
    service: Service,
    deployment: ServiceDeployment,
    back_to: ServiceRevision | None,
    *,
    has_health_check: bool,
    now: float,
    why: Failure = BREAKER,
) -> Deployed:
    """The deployment has failed; with `back_to` the service is rolled back to it."""
    primary = replace(
        service.rollouts[0],
        rollout_state="FAILED",
        rollout_state_reason=why.rollout_reason,
        updated_at=now,
    )
    failed = replace(service, rollouts=(primary, *service.rollouts[1:]), steady=False)
    told = (messages.deployment_failed(service.name, primary.id, why.told),)
    changes = (("SERVICE_DEPLOYMENT_FAILED", primary.id, why.event_reason),)
    if back_to is None:
        return Deployed(
            service=failed,
            deployment=_given_up(deployment, why, now=now),
            messages=told,
            changes=changes,
        )
    turned = roll_back(
        failed,
        deployment,
        back_to,
        reason=why.rolled_back,
        has_health_check=has_health_check,
        now=now,
    )
    return replace(turned, messages=(*told, *turned.messages), changes=(*changes, *turned.changes))


def roll_back(
    service: Service,
    deployment: ServiceDeployment,
    back_to: ServiceRevision,
    *,
    reason: str,
    has_health_check: bool,
    now: float,
) -> Deployed:
    """Turn back to a revision: its rollout is PRIMARY again, whether tasks of it are left or not.

    From here on the circuit breaker counts nothing: there is no rollback of a rollback.
    """
    fresh = rollout_of(back_to, has_health_check=has_health_check, now=now)
    kept = next((each for each in service.rollouts if each.id == fresh.id), fresh)
    why = messages.in_progress(fresh.id)
    if deployment.breaker.status == "TRIGGERED":
        why = messages.turning_back(fresh.id)
    elif deployment.alarms.status == "TRIGGERED":
        why = messages.turning_back(fresh.id, "alarm")
    rollout = replace(
        fresh,
        created_at=kept.created_at,
        has_digests=kept.has_digests,
        rollout_state_reason=why,
    )
    turned = replace(
        _moved(deployment, "ROLLBACK_IN_PROGRESS", now=now),
        status_reason=reason,
        breaker=at_rest(deployment.breaker),
        alarms=alarms.at_rest(deployment.alarms),
        rollback=Rollback(reason=reason, started_at=now, revision_arn=back_to.arn),
    )
    return Deployed(
        service=_led_by(service, rollout, turned, now=now),
        deployment=turned,
        messages=(messages.rolling_back(service.name, rollout.id),),
        changes=(("SERVICE_DEPLOYMENT_IN_PROGRESS", rollout.id, why),),
    )


def ask_rollback(deployment: ServiceDeployment, *, now: float) -> ServiceDeployment:
    """StopServiceDeployment: a rollback is asked for; one that ends already goes on as it does."""
    if deployment.status not in ("PENDING", "IN_PROGRESS"):
        return deployment
    return replace(
        _moved(deployment, "ROLLBACK_REQUESTED", now=now), status_reason=messages.STOPPED_BY_USER
    )


def cannot_roll_back(deployment: ServiceDeployment, *, now: float) -> ServiceDeployment:
    """The deployment over, for a rollback is due and nothing was ever completed to turn back to."""
    return replace(
        _over(deployment, "ROLLBACK_FAILED", now=now), status_reason=messages.NO_CANDIDATE
    )


def fail_rollback(
    service: Service, deployment: ServiceDeployment, *, why: str, on_green: bool, now: float
) -> Deployed:
    """A rollback has failed; all traffic is on one side, and the service stays at that one."""
    blue = service.rollouts[0]
    green = next(
        (each for each in service.rollouts if each.revision_arn == deployment.target_revision_arn),
        blue,
    )
    side = green if on_green else blue
    reason = f"{deployment.status_reason} The rollback failed: {why} ({side.revision_arn})."
    primary = replace(
        side,
        status="PRIMARY",
        rollout_state="FAILED" if on_green else "COMPLETED",
        rollout_state_reason=reason,
        updated_at=now,
    )
    others = [_replaced(each, now) for each in service.rollouts if each.id != side.id]
    return Deployed(
        service=replace(service, rollouts=(primary, *_newest_first(others)), steady=False),
        deployment=replace(_over(deployment, "ROLLBACK_FAILED", now=now), status_reason=reason),
        changes=(("SERVICE_DEPLOYMENT_FAILED", side.id, reason),),
    )


def fail_to_turn_back(service: Service, deployment: ServiceDeployment, *, now: float) -> Deployed:
    """A user wants a deployment turned back that has nothing to turn back to: it has failed.

    What runs stays, and like after a circuit breaker without a candidate nothing more is started.
    """
    primary = replace(
        service.rollouts[0],
        rollout_state="FAILED",
        rollout_state_reason=messages.NO_CANDIDATE,
        updated_at=now,
    )
    return Deployed(
        service=replace(service, rollouts=(primary, *service.rollouts[1:]), steady=False),
        deployment=cannot_roll_back(deployment, now=now),
        changes=(("SERVICE_DEPLOYMENT_FAILED", primary.id, messages.NO_CANDIDATE),),
    )


def stop(deployment: ServiceDeployment, *, reason: str, now: float) -> ServiceDeployment:
    """The deployment over before its time, for a newer one or because its service goes."""
    return replace(_over(deployment, "STOPPED", now=now), status_reason=reason, stopped_at=now)


def without_empty(service: Service, counts: Mapping[str, int]) -> Service:
    """Drop rollouts that are being replaced and have no task left; `counts` by rollout id."""
    left = tuple(
        each for each in service.rollouts if each.status == "PRIMARY" or counts.get(each.id, 0) > 0
    )
    return service if left == service.rollouts else replace(service, rollouts=left)


def rollout_of(revision: ServiceRevision, *, has_health_check: bool, now: float) -> Rollout:
    """A rollout of a revision that begins."""
    rollout_id = f"ecs-svc/{revision.id}"
    return Rollout(
        id=rollout_id,
        revision_arn=revision.arn,
        definition_arn=revision.definition_arn,
        rollout_state_reason=messages.in_progress(rollout_id),
        has_health_check=has_health_check,
        has_load_balancers=bool(revision.load_balancers),
        created_at=now,
        updated_at=now,
    )


def _led_by(
    service: Service, rollout: Rollout, deployment: ServiceDeployment, *, now: float
) -> Service:
    """The service with `rollout` as its PRIMARY, in the place of its entry if it had one."""
    primary = replace(rollout, desired_count=service.desired_count)
    others = [_replaced(each, now) for each in service.rollouts if each.id != rollout.id]
    return replace(
        service,
        rollouts=(primary, *_newest_first(others)),
        deployment_arn=deployment.arn,
        steady=False,
        failed_placement=None,
    )


def _replaced(rollout: Rollout, now: float) -> Rollout:
    if rollout.status == "ACTIVE":
        return rollout
    return replace(rollout, status="ACTIVE", updated_at=now)


def _newest_first(rollouts: Sequence[Rollout]) -> list[Rollout]:
    return sorted(rollouts, key=lambda each: -each.created_at)


def wants_rollback(deployment: ServiceDeployment) -> bool:
    """Whether what has failed a rolling deployment was to turn it back."""
    configuration = deployment.deployment_configuration
    by_alarm = deployment.alarms.status == "TRIGGERED"
    asked = configuration.alarms if by_alarm else configuration.deployment_circuit_breaker
    return asked is not None and asked.rollback


def _given_up(deployment: ServiceDeployment, why: Failure, *, now: float) -> ServiceDeployment:
    """Failed for good: ECS tells a rollback without a candidate from one that nobody wanted."""
    if deployment.shifting is None and not wants_rollback(deployment):
        return stop(deployment, reason=why.stopped, now=now)
    return cannot_roll_back(deployment, now=now)


def _over(deployment: ServiceDeployment, status: str, *, now: float) -> ServiceDeployment:
    return replace(
        _moved(deployment, status, now=now),
        breaker=at_rest(deployment.breaker),
        alarms=alarms.at_rest(deployment.alarms),
        finished_at=now,
    )


def _moved(deployment: ServiceDeployment, status: str, *, now: float) -> ServiceDeployment:
    if status not in FOLLOWERS[deployment.status]:
        raise WentBackwards(f"{deployment.arn} is {deployment.status} and cannot be {status}")
    return replace(deployment, status=status, updated_at=now)
