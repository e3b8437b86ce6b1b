"""Services that others deploy, in a world of nodes: what their deployer asks for.

The bounds of rolling deployments, at which `service_watch` looks, do not hold here.  What has to
hold of task sets instead is looked at after every transaction, and counted anew from the records.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from homeport.services.ecs.errors import InvalidParameterException, ServiceNotActiveException
from homeport.services.ecs.queries.instances import find_instances
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.queries.task_sets import task_sets_of
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_sets import TaskSet
from homeport.services.ecs.records.tasks import Task
from homeport.store import Change, ReadTx, Tx
from ring.driver import Wake
from ring.service_facts import ServiceFacts, facts_of, told_since
from ring.service_watch import ServiceWatch
from ring.service_world import DRAINING, ServiceWorld, Wanted

FULL = (
    "5 deployments exist on the service. Unable to create new TaskSet since this exceeds the "
    "maximum limit."
)


class TaskSetWatch(ServiceWatch):
    """Looks on at services that others deploy."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sets: dict[str, dict[str, TaskSet]] = {}
        """By the service's ARN, and by id, as they were when it was looked last."""

    def before(self, tx: Tx, cause: Wake) -> tuple[ServiceFacts, int] | None:
        return super().before(tx, cause)

    def after(self, tx: Tx, cause: Wake, before: tuple[ServiceFacts, int] | None) -> Any:
        seen = super().after(tx, cause, None)
        heard = [each.key for each in tx.changes if each.kind == "task set"]
        owners = {
            each.partition("/ecs-svc/")[0].replace(":task-set/", ":service/") for each in heard
        }
        for arn in sorted(owners | set(seen.services)):
            service = find_service(tx, arn)
            if service is not None:
                self._compare(tx, service)
        if before is None:
            return seen
        facts, told = before
        after = facts_of(tx, self.peers, facts.service.arn, facts.at)
        assert after is not None, "a pass removed its service"
        if after.service.controller != "ECS":
            done = SetsPass(tx, facts, after)
            done.check(told_since(tx, facts.service.arn, told))
            seen.lines += [f"start {each.arn[-8:]}" for each in done.started]
            seen.lines += [f"stop {each.arn[-8:]}" for each in done.stopped]
            seen.lines += told_since(tx, facts.service.arn, told)
            self._compare(tx, after.service)
        return seen

    def _compare(self, tx: Tx, service: Service) -> None:
        """Object to task sets that went back or changed unheard, or whose service disagrees."""
        now = {each.id: each for each in task_sets_of(tx, service.arn)}
        was = self.sets.get(service.arn, {})
        heard = set(tx.changes)
        for each in (*now.values(), *was.values()):
            if now.get(each.id) != was.get(each.id):
                assert Change("task set", each.arn) in heard, f"{each.id} changed unheard"
        for task_set_id, each in was.items():
            if each.status == "DRAINING" and task_set_id in now:
                assert now[task_set_id].status == "DRAINING", "a task set drains no more"
        check_task_sets(service, list(now.values()))
        self.sets[service.arn] = now


def check_task_sets(service: Service, task_sets: Sequence[TaskSet]) -> None:
    """Object to a service and task sets that contradict each other."""
    rollouts = {each.id: each for each in service.rollouts}
    assert set(rollouts) == {each.id for each in task_sets}, "rollouts are not the task sets"
    assert len(task_sets) <= 5
    primaries = [each for each in task_sets if each.status == "PRIMARY"]
    assert len(primaries) <= 1
    if primaries:
        assert service.rollouts[0].id == primaries[0].id
        assert service.completed_revision_arn == primaries[0].revision_arn
    for each in task_sets:
        rollout = rollouts[each.id]
        assert rollout.status == each.status
        exact = Fraction(str(each.scale)) * service.desired_count / 100
        assert 0 <= rollout.desired_count - exact < 1, f"{rollout.desired_count} for {exact}"


class SetsPass:
    """What one pass of a service's scheduler has done."""

    def __init__(self, tx: ReadTx, before: ServiceFacts, after: ServiceFacts) -> None:
        self.before, self.after = before, after
        self.started = [each for arn, each in after.tasks.items() if arn not in before.tasks]
        self.stopped = [
            each
            for arn, each in before.tasks.items()
            if each.desired_status == "RUNNING" and after.tasks[arn].desired_status == "STOPPED"
        ]
        self.instances = find_instances(
            tx, sorted({each.instance_arn or "" for each in (*after.tasks.values(), *self.stopped)})
        )
        self.sets_before = {each.id: each for each in before.service.rollouts}
        self.stable = {each.id for each in task_sets_of(tx, after.service.arn) if each.is_stable}

    def check(self, told: Sequence[str]) -> None:
        """Object to what it should not have done."""
        if self.after.service.status == "INACTIVE":
            assert not self.after.tasks, "the service is gone, and tasks of it are left"
        for each in self.started:
            assert any(each.arn[-32:] in line for line in told), "a start was not told of"
            assert any(f"taskSet {each.started_by})" in line for line in told)
            instance = self.instances[each.instance_arn or ""]
            assert instance.connected
            assert instance.status == "ACTIVE"
        if self.after.service.status != "ACTIVE":
            assert not self.started, "tasks of a deleted service are started"
            return
        for rollout in self.after.service.rollouts:
            self._check_set(rollout.id, rollout.desired_count)
        known = {each.id for each in self.after.service.rollouts}
        left = [each for each in self.after.occupying if each.started_by not in known]
        assert not left, "a task set is gone, and tasks of it are left"
        for each in self.stopped:
            guarded = each.protected_until is not None and self.before.at < each.protected_until
            assert not guarded or self._is_sick(each), f"{each.arn} was protected"

    def _check_set(self, task_set_id: str, desired: int) -> None:
        live = [
            each
            for each in self.after.occupying
            if each.started_by == task_set_id and each.desired_status == "RUNNING"
        ]
        good = [each for each in live if not self._is_sick(each) and not self._drains(each)]
        started = [each for each in self.started if each.started_by == task_set_id]
        stopped = [each for each in self.stopped if each.started_by == task_set_id]
        assert not started or len(good) <= desired, f"{len(good)} where {desired} should be"
        assert not started or self.sets_before[task_set_id].throttle.until <= self.after.at
        for each in stopped:
            if not self._is_sick(each) and not self._drains(each):
                assert len(good) >= desired, f"{each.arn} was needed"
        if task_set_id in self.stable:
            assert len(live) == desired
            assert {each.last_status for each in live} <= {"RUNNING"}
            occupying = [each for each in self.after.occupying if each.started_by == task_set_id]
            assert len(occupying) == len(live), "stable, and tasks are stopping"
            assert not any(self._is_sick(each) or self._drains(each) for each in live)

    def _is_sick(self, task: Task) -> bool:
        balanced = {each.balanced.get(task.arn) for each in (self.before, self.after)}
        return task.health == "UNHEALTHY" or "unhealthy" in balanced

    def _drains(self, task: Task) -> bool:
        instance = self.instances.get(task.instance_arn or "")
        if task.launch_type == "FARGATE":  # Where it runs is nobody's business.
            return False
        return instance is not None and instance.status == "DRAINING"


@dataclass(frozen=True)
class WantedSet:
    """A task set as its deployer asked for it last."""

    service: str
    id: str
    scale: float


class TaskSetWorld(ServiceWorld):
    """Services whose deployer is outside of ECS."""

    def __init__(self, *args: Any, **members: Any) -> None:
        super().__init__(*args, **members)
        self.watch = TaskSetWatch(self.clock.now, self.peers)
        self.plane.watch = self.watch
        self.sets: dict[str, WantedSet] = {}
        """By id; those that are deleted are not in here."""

    def create_external(self, name: str, desired: int) -> bool:
        """CreateService; whether it was taken: a name that still drains is refused."""
        before = self.shown(name)
        try:
            self.plane.ask(
                "CreateService",
                serviceName=name,
                desiredCount=desired,
                deploymentController={"type": "EXTERNAL"},
            )
        except InvalidParameterException as refused:
            if before is None or before["status"] != "DRAINING" or refused.message != DRAINING:
                raise
            return False
        self.services[name] = Wanted(name, desired=desired)
        return True

    def make(
        self, name: str, scale: float, *, group: int | None = None, **what: Any
    ) -> dict[str, Any] | None:
        """CreateTaskSet behind this target group; None when the service has five or goes."""
        wanted = replace(Wanted(name, groups=int(group is not None)), **what)
        request: dict[str, Any] = {
            "cluster": "default",
            "service": name,
            "taskDefinition": self.definition(wanted),
            "launchType": "FARGATE" if wanted.kind == "fargate" else "EC2",
            "scale": {"value": scale, "unit": "PERCENT"},
        }
        if wanted.kind in ("fargate", "awsvpc"):
            network = {"awsvpcConfiguration": {"subnets": self.subnets}}
            request["networkConfiguration"] = network
        if group is not None:
            kind = "ip" if wanted.kind in ("awsvpc", "fargate") else "instance"
            arn = self.traffic.group(self.plane, kind, group)
            balancer = {"targetGroupArn": arn, "containerName": "web", "containerPort": 80}
            request["loadBalancers"] = [balancer]
        shown = self.shown(name)
        assert shown is not None
        try:
            made: dict[str, Any] = self.plane.ask("CreateTaskSet", **request)["taskSet"]
        except InvalidParameterException as refused:
            if len(shown["taskSets"]) != 5 or refused.message != FULL:
                raise
            return None
        except ServiceNotActiveException:
            if not self.services[name].deleted:
                raise
            return None
        self.sets[made["id"]] = WantedSet(name, made["id"], scale)
        return made

    def rescale(self, task_set: str, scale: float) -> None:
        """UpdateTaskSet."""
        wanted = self.sets[task_set]
        self._ask("UpdateTaskSet", wanted, taskSet=task_set, scale={"value": scale})
        self.sets[task_set] = replace(wanted, scale=scale)

    def promote(self, task_set: str) -> None:
        """UpdateServicePrimaryTaskSet."""
        wanted = self.sets[task_set]
        self._ask("UpdateServicePrimaryTaskSet", wanted, primaryTaskSet=task_set)

    def drop(self, task_set: str) -> None:
        """DeleteTaskSet with force."""
        wanted = self.sets.pop(task_set)
        self._ask("DeleteTaskSet", wanted, taskSet=task_set, force=True)

    def delete(self, name: str) -> None:
        """DeleteService with force: its task sets go with it."""
        super().delete(name)
        self.sets = {key: each for key, each in self.sets.items() if each.service != name}

    def shown_sets(self, name: str = "web") -> dict[str, dict[str, Any]]:
        """The task sets of a service, by id."""
        shown = self.shown(name)
        assert shown is not None
        return {each["id"]: each for each in shown["taskSets"]}

    def is_stable(self, name: str = "web") -> bool:
        """Whether every task set that is wanted is there and STEADY_STATE, and no other."""
        found = self.shown_sets(name)
        wanted = {each.id for each in self.sets.values() if each.service == name}
        return set(found) == wanted and all(
            each["stabilityStatus"] == "STEADY_STATE" for each in found.values()
        )

    def service(self, name: str) -> Service:
        """The record of a service."""
        shown = self.shown(name)
        assert shown is not None
        found = self.store.read(lambda tx: find_service(tx, shown["serviceArn"]))
        assert found is not None
        return found

    def _ask(self, operation: str, wanted: WantedSet, **request: Any) -> None:
        self.plane.ask(operation, cluster="default", service=wanted.service, **request)
