"""A service in the middle of a pass: what was read, what it has become, what there is to tell."""

from collections.abc import Sequence

from msgspec.structs import replace

from homeport.runtime import Again, Tick
from homeport.services.ecs.plan.service import breaker, deploying, messages, standing
from homeport.services.ecs.plan.service.rolling import upper_bound
from homeport.services.ecs.queries import instances, service_tasks
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.services import save_service
from homeport.services.ecs.reconcile.service_news import ServiceNews
from homeport.services.ecs.records.load_balancing import FailingTarget, HeldTarget
from homeport.services.ecs.records.service_views import Member, TaskView
from homeport.services.ecs.records.services import Rollout, Service, ServiceDeployment
from homeport.store import Tx


class ServiceLook:
    """The state of one pass over one service, within one transaction."""

    def __init__(self, tx: Tx, tick: Tick, service: Service, healthy_after_s: float) -> None:
        self.tx = tx
        self.tick = tick
        self.before = service
        self.service = service
        """As it becomes."""
        self.deployment: ServiceDeployment | None = None
        """The deployment that is, or was last, under way; as it becomes."""
        if service.deployment_arn is not None:
            self.deployment = deployments.find_deployment(tx, service.deployment_arn)
        self.views: tuple[TaskView, ...] = service_tasks.views_of_service(
            tx, service.cluster_arn, service.name
        )
        self.held: dict[str, tuple[HeldTarget, ...]] = {}
        """The targets that its tasks hold, by the task's ARN."""
        self.failing: dict[str, FailingTarget] = {}
        """Why tasks fail the health checks of their load balancers, by ARN."""
        self.news = ServiceNews(tx, tick, service)
        self.is_idle = True
        """Nothing was started or stopped so far."""
        self._healthy_after_s = healthy_after_s
        self._deployment_before = self.deployment
        self._look_at: float | None = None
        self._task_sets: dict[str, str] | None = None

    def rules(self) -> dict[str, standing.HealthRules]:
        """What healthy means for the tasks of each rollout."""
        span = self.tick.span
        return {
            each.id: standing.HealthRules(
                has_health_check=each.has_health_check,
                healthy_after_s=span(self._healthy_after_s),
                grace_s=span(self.service.health_check_grace_s),
            )
            for each in self.service.rollouts
        }

    def members(self) -> tuple[Member, ...]:
        """The tasks with what they count as now."""
        service, draining = self.service, frozenset[str]()
        if service.launch_type == "EC2" or service.controller != "ECS":
            draining = instances.draining_arns(self.tx, service.cluster_arn)
        return standing.members_of(
            self.views,
            self.rules(),
            leaving=frozenset(service.leaving if can_move(service) else ()),
            draining=draining,
            now=self.tick.now,
        )

    def told_as(self, task_arn: str) -> str:
        """How events name the service where they tell of this task: with its task set, if any."""
        if self.service.controller == "ECS":
            return self.service.name
        if self._task_sets is None:
            self._task_sets = {each.arn: each.rollout_id for each in self.views}
        task_set = self._task_sets.get(task_arn)
        name = self.service.name
        return name if task_set is None else messages.of_task_set(name, task_set)

    def put(self, rollout: Rollout) -> None:
        """Replace the rollout of this id."""
        rollouts = tuple(
            rollout if each.id == rollout.id else each for each in self.service.rollouts
        )
        self.service = replace(self.service, rollouts=rollouts)

    def take(self, done: deploying.Deployed) -> None:
        """Make what was decided of the deployment so, and tell it."""
        self.service, self.deployment = done.service, done.deployment
        for sentence in done.messages:
            self.news.say(sentence)
        for change in done.changes:
            self.news.deployment_changed(change)

    def count_failures(self, failures: int) -> None:
        """Have the circuit breaker count, while a deployment is under way."""
        deployment = self.deployment
        if failures and deployment is not None and deployment.status == "IN_PROGRESS":
            counted = breaker.counted(deployment.breaker, failures, self.service.desired_count)
            self.deployment = replace(deployment, breaker=counted, updated_at=self.tick.now)

    def look_again(self, at: float | None) -> None:
        """Have the service looked at no later than `at`."""
        if at is not None:
            self._look_at = at if self._look_at is None else min(self._look_at, at)

    def save(self) -> None:
        """Write what has changed."""
        save_service(self.tx, self.before, self.service)
        if self.deployment is not None and self._deployment_before is not None:
            deployments.save_deployment(self.tx, self._deployment_before, self.deployment)
        self.news.record()

    def again(self) -> Again | None:
        """When to look again if nothing happens before."""
        if self._look_at is None:
            return None
        return Again(after_s=max(0.0, self._look_at - self.tick.now))


def can_move(service: Service) -> bool:
    """Whether a task can be started before another goes: else none can move to another zone."""
    percent = service.deployment_configuration.maximum_percent
    return upper_bound(service.desired_count, percent) > service.desired_count


def left_by_rollout(members: Sequence[Member]) -> dict[str, int]:
    """How many tasks of each rollout are not over."""
    left: dict[str, int] = {}
    for each in members:
        if each.standing != "OVER":
            left[each.task.rollout_id] = left.get(each.task.rollout_id, 0) + 1
    return left
