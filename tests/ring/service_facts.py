"""What is true of a service right now, read and counted anew: nothing here asks a plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import bindparam, func, select

from homeport.contracts.peers import Peers
from homeport.contracts.targets import TargetHealth
from homeport.services.ecs.queries.service_deployments import find_deployment
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.records.services import Service, ServiceDeployment
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.tables import service_events as events
from homeport.services.ecs.tables import tasks as task_table
from homeport.store import ReadTx
from ring.traffic import health_of_all, targets_of_all

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
    balanced: dict[str, str] = field(default_factory=dict)
    """How the targets of its tasks are together: healthy, unhealthy, unchecked or unknown."""

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
        return {
            each.arn
            for each in self.running
            if is_healthy(each, self.at, self.balanced.get(each.arn))
        }

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


def is_healthy(task: Task, now: float, balanced: str | None) -> bool:
    """Runs, is not told to stop, and its checks pass; without a check, for 40 s."""
    if task.last_status != "RUNNING" or task.desired_status != "RUNNING":
        return False
    if balanced not in (None, "healthy", "unchecked"):
        return False
    if balanced == "healthy" and not has_health_check(task):
        return True
    if has_health_check(task):
        return task.health == "HEALTHY"
    return task.started_at is not None and now - task.started_at >= HEALTHY_AFTER_S


def balance_of(tx: ReadTx, peers: Peers, tasks: Iterable[Task]) -> dict[str, str]:
    """How the targets of tasks are together, of those that should have some."""
    known = {each.arn: each for each in tasks}
    places = targets_of_all(tx, known.values())
    health = health_of_all(tx, peers, {each for several in places.values() for each in several})
    return {arn: _together(known[arn], [health[each] for each in places[arn]]) for arn in places}


def _together(task: Task, found: Sequence[TargetHealth | None]) -> str:
    if len(found) < len(task.load_balancers) or None in found:
        return "unknown"
    states = {each.state for each in found if each is not None}
    if "unhealthy" in states:
        return "unhealthy"
    if states & {"initial", "draining"} or task.registration != "REGISTERED":
        return "unknown"
    return "healthy" if "healthy" in states else "unchecked"


def facts_of(tx: ReadTx, peers: Peers, arn: str, now: float) -> ServiceFacts | None:
    """The facts of the service with this ARN."""
    service = find_service(tx, arn)
    if service is None:
        return None
    of = {"cluster": service.cluster_arn, "service": service.name}
    bodies = [row.body for row in tx.rows(_LIVE_BODIES, of)]
    deployment = service.deployment_arn
    tasks = {each.arn: each for each in map(_DECODER.decode, bodies)}
    return ServiceFacts(
        service=service,
        deployment=find_deployment(tx, deployment) if deployment else None,
        tasks=tasks,
        at=now,
        balanced=balance_of(tx, peers, tasks.values()),
    )


def last_told(tx: ReadTx, arn: str) -> int:
    """The number of the newest event of a service."""
    return int(tx.scalar(_LAST_TOLD, {"service": arn}) or 0)


def told_since(tx: ReadTx, arn: str, number: int) -> list[str]:
    """The events of a service that are newer than the one with this number, oldest first."""
    return [row.message for row in tx.rows(_TOLD, {"service": arn, "after": number})]
