"""What is true of a service right now, read and counted anew: nothing here asks a plan."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import bindparam, func, select

from homeport.services.ecs.queries.service_deployments import find_deployment
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.records.services import Service, ServiceDeployment
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.tables import service_events as events
from homeport.services.ecs.tables import tasks as task_table
from homeport.store import ReadTx

HEALTHY_AFTER_S = 40.0
PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")
GONE = ("DEPROVISIONING", "STOPPED")

_DECODER = msgspec.json.Decoder(Task)
_LIVE_BODIES = select(task_table.c.body).where(
    task_table.c.cluster_arn == bindparam("cluster"),
    task_table.c.service_name == bindparam("service"),
    task_table.c.settled.is_(False),
    task_table.c.last_status != "STOPPED",
)
_OF = events.c.service_arn == bindparam("service")
_LAST_TOLD = select(func.max(events.c.sequence)).where(_OF)
_TOLD = (
    select(events.c.message)
    .where(_OF, events.c.sequence > bindparam("after"))
    .order_by(events.c.sequence)
)


@dataclass
class ServiceFacts:
    """A service, its deployment and its tasks at one moment."""

    service: Service
    deployment: ServiceDeployment | None
    tasks: dict[str, Task]
    """Those that are not STOPPED."""
    at: float

    @property
    def occupying(self) -> list[Task]:
        """Tasks that may still have a container."""
        return [each for each in self.tasks.values() if each.last_status not in GONE]

    @property
    def running(self) -> list[Task]:
        return [each for each in self.tasks.values() if each.last_status == "RUNNING"]

    @property
    def healthy(self) -> set[str]:
        """Tasks that count as healthy and are not told to stop."""
        return {each.arn for each in self.running if is_healthy(each, self.at)}

    @property
    def upper(self) -> int:
        """How many tasks may occupy."""
        percent = self.service.deployment_configuration.maximum_percent
        return self.service.desired_count * percent // 100

    @property
    def lower(self) -> int:
        """How many tasks have to stay healthy."""
        percent = self.service.deployment_configuration.minimum_healthy_percent
        return -(-self.service.desired_count * percent // 100)


def has_health_check(task: Task) -> bool:
    return any(each.essential and each.has_health_check for each in task.containers)


def is_healthy(task: Task, now: float) -> bool:
    """Runs, is not told to stop, and its check passes; without a check, for 40 s."""
    if task.last_status != "RUNNING" or task.desired_status != "RUNNING":
        return False
    if has_health_check(task):
        return task.health == "HEALTHY"
    return task.started_at is not None and now - task.started_at >= HEALTHY_AFTER_S


def facts_of(tx: ReadTx, arn: str, now: float) -> ServiceFacts | None:
    """The facts of the service with this ARN."""
    service = find_service(tx, arn)
    if service is None:
        return None
    of = {"cluster": service.cluster_arn, "service": service.name}
    bodies = [row.body for row in tx.rows(_LIVE_BODIES, of)]
    deployment = service.deployment_arn
    return ServiceFacts(
        service=service,
        deployment=find_deployment(tx, deployment) if deployment else None,
        tasks={each.arn: each for each in map(_DECODER.decode, bodies)},
        at=now,
    )


def last_told(tx: ReadTx, arn: str) -> int:
    """The number of the newest event of a service."""
    return int(tx.scalar(_LAST_TOLD, {"service": arn}) or 0)


def told_since(tx: ReadTx, arn: str, number: int) -> list[str]:
    """The events of a service that are newer than the one with this number, oldest first."""
    return [row.message for row in tx.rows(_TOLD, {"service": arn, "after": number})]
