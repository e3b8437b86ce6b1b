"""How deployments begin, are superseded, complete, fail and are rolled back.  Pure.

Sole author of rollouts' statuses and of service deployments.
"""

from msgspec import Struct

from homeport.services.ecs.records.services import (
    Rollout,
    Service,
    ServiceDeployment,
    ServiceRevision,
)


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
    raise NotImplementedError


def complete(service: Service, deployment: ServiceDeployment, *, now: float) -> Deployed:
    """The deployment, or the rollback, has reached its revision: only its rollout is left."""
    raise NotImplementedError


def fail(
    service: Service,
    deployment: ServiceDeployment,
    back_to: ServiceRevision | None,
    *,
    has_health_check: bool,
    now: float,
) -> Deployed:
    """The circuit breaker has tripped; with `back_to` the service is rolled back to it."""
    raise NotImplementedError


def roll_back(
    service: Service,
    deployment: ServiceDeployment,
    back_to: ServiceRevision,
    *,
    reason: str,
    has_health_check: bool,
    now: float,
) -> Deployed:
    """Turn back to a revision: its rollout is PRIMARY again, whether tasks of it are left or not."""
    raise NotImplementedError


def without_empty(service: Service, counts: dict[str, int]) -> Service:
    """Drop rollouts that are being replaced and have no task left; `counts` by rollout id."""
    raise NotImplementedError


def rollout_of(revision: ServiceRevision, *, has_health_check: bool, now: float) -> Rollout:
    """A rollout of a revision that begins."""
    raise NotImplementedError
