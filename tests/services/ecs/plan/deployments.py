"""A service and its deployments as they begin, complete and fail, for tests of what follows."""

from typing import Any

from msgspec.structs import replace

from homeport.services.ecs.plan.service.breaker import counted
from homeport.services.ecs.plan.service.deploying import Deployed, begin, complete
from homeport.services.ecs.records.services import (
    CircuitBreaker,
    DeploymentConfiguration,
    Service,
    ServiceDeployment,
    ServiceRevision,
)

ECS = "arn:aws:ecs:us-east-1:000000000000"
GUARDED = DeploymentConfiguration(
    deployment_circuit_breaker=CircuitBreaker(enable=True, rollback=True)
)
WATCHED = DeploymentConfiguration(deployment_circuit_breaker=CircuitBreaker(enable=True))
WHY = "because"

MAY_FOLLOW = {
    ("PENDING", "IN_PROGRESS"),
    ("PENDING", "STOP_REQUESTED"),
    ("PENDING", "STOPPED"),
    ("PENDING", "ROLLBACK_REQUESTED"),
    ("IN_PROGRESS", "SUCCESSFUL"),
    ("IN_PROGRESS", "STOP_REQUESTED"),
    ("IN_PROGRESS", "STOPPED"),
    ("IN_PROGRESS", "ROLLBACK_REQUESTED"),
    ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"),
    ("IN_PROGRESS", "ROLLBACK_FAILED"),
    ("STOP_REQUESTED", "STOPPED"),
    ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"),
    ("ROLLBACK_REQUESTED", "ROLLBACK_FAILED"),
    ("ROLLBACK_REQUESTED", "STOPPED"),
    ("ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"),
    ("ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"),
    ("ROLLBACK_IN_PROGRESS", "STOPPED"),
}
OVER = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}


def revision(number: int) -> ServiceRevision:
    digits = f"{number:019}"
    return ServiceRevision(
        arn=f"{ECS}:service-revision/default/web/{digits}",
        id=digits,
        account="000000000000",
        region="us-east-1",
        cluster_arn=f"{ECS}:cluster/default",
        service_arn=f"{ECS}:service/default/web",
        definition_arn=f"{ECS}:task-definition/web:{number}",
        created_at=float(number),
    )


def rollout_id(number: int) -> str:
    return f"ecs-svc/{number:019}"


def deployment_arn(number: int) -> str:
    return f"{ECS}:service-deployment/default/web/{number}"


def service(**changes: Any) -> Service:
    members: dict[str, Any] = {
        "arn": f"{ECS}:service/default/web",
        "account": "000000000000",
        "region": "us-east-1",
        "cluster_arn": f"{ECS}:cluster/default",
        "cluster_name": "default",
        "name": "web",
        "created_at": 1.0,
        "created_by": "root",
        "desired_count": 4,
        "deployment_configuration": GUARDED,
    }
    return Service(**(members | changes))


def begun(
    of: Service, number: int, before: ServiceDeployment | None = None, *, now: float = 10.0
) -> Deployed:
    return begin(
        of,
        revision(number),
        before,
        deployment_arn=deployment_arn(number),
        has_health_check=False,
        now=now,
    )


def deployed(number: int = 1, **changes: Any) -> Deployed:
    """A service whose deployment of a revision is complete."""
    first = begun(service(**changes), number, now=10.0)
    return complete(first.service, first.deployment, now=20.0)


def tripped(deployment: ServiceDeployment) -> ServiceDeployment:
    return replace(deployment, breaker=counted(deployment.breaker, 3, 4))


def entries(of: Service) -> list[tuple[str, str, str]]:
    return [(each.id, each.status, each.rollout_state) for each in of.rollouts]


def failing(number: int = 2, **changes: Any) -> Deployed:
    """A second deployment whose breaker has tripped."""
    before = deployed(**changes)
    done = begun(before.service, number, before.deployment, now=30.0)
    return replace(done, deployment=tripped(done.deployment))
