"""Looks on at every transaction of a control plane, from within it, and objects.

What it objects to undoes the transaction and fails the test: a bound that one of our own starts or
stops crosses, a status that goes back, a second reason to stop, a deployment that jumps, an event
that was not told.  It counts anew from the records (`service_facts`) and asks no plan.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from homeport.contracts.peers import Peers
from homeport.services.ecs.queries.instances import find_instances
from homeport.services.ecs.queries.service_deployments import deployments_of_service
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.queries.tasks import find_tasks
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.services import Rollout, Service, ServiceDeployment
from homeport.services.ecs.records.task_states import STATUSES
from homeport.services.ecs.records.tasks import Task
from homeport.store import Change, ReadTx, Store, Tx
from ring.driver import Wake
from ring.service_facts import ServiceFacts, facts_of, last_told, told_since
from ring.target_watch import check_targets

STARTED_AT = 1.7e9
STORY_LINES = 400
SERVICE_STATUSES = ("ACTIVE", "DRAINING", "INACTIVE")
UNHEALTHY = ("Task failed container health checks", "Task failed ELB health checks in ")
GIVERS_UP = ("lost nodes", "orphans")
NAMED_ANEW = ("INACTIVE", "ACTIVE")
STICKY = ("started_at", "stopping_at", "stopped_at", "execution_stopped_at", "pull_started_at")
FIXED = ("arn", "service_name", "started_by", "group", "instance_arn", "created_at", "launch_type")
NEXT = {
    "PENDING": {"IN_PROGRESS", "STOPPED", "ROLLBACK_REQUESTED"},
    "IN_PROGRESS": {
        *("SUCCESSFUL", "STOPPED", "ROLLBACK_REQUESTED"),
        *("ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"),
    },
    "ROLLBACK_REQUESTED": {"ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "STOPPED"},
    "ROLLBACK_IN_PROGRESS": {"ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED"},
}
"""What a service deployment may become; the statuses that are not named here are the last."""


@dataclass
class Seen:
    """What one transaction has made of what it announced."""

    tasks: dict[str, Task] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    deployments: dict[str, ServiceDeployment] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    changes: tuple[Change, ...] = ()


class ServiceWatch:
    """One for a test; several control planes may share it."""

    def __init__(self, now: Callable[[], float], peers: Peers) -> None:
        self.now = now
        self.peers = peers
        self.alone = True
        """Transactions follow each other, so that what was seen last is what was."""
        self.last = Seen()
        self.story: list[str] = []
        self.changes: list[Change] = []
        """What the transactions announced."""
        self.given_up: set[str] = set()
        """Tasks that were ended while their node could not be asked: they may run on there."""
        self._touched = set[str]()
        """Tasks and services that were changed of late."""
        self._lock = threading.Lock()

    def before(self, tx: Tx, cause: Wake) -> tuple[ServiceFacts, int] | None:
        """The facts of a service before its scheduler's pass."""
        name, key = cause
        facts = facts_of(tx, self.peers, key, self.now()) if name == "services" else None
        return None if facts is None else (facts, last_told(tx, key))

    def after(self, tx: Tx, cause: Wake, before: tuple[ServiceFacts, int] | None) -> Seen:
        """Object to what the transaction has done, or answer what there is now."""
        seen = self._changed(tx)
        if before is not None:
            facts, told = before
            after = facts_of(tx, self.peers, facts.service.arn, facts.at)
            assert after is not None, "a pass removed its service"
            done = Pass(facts, after, told_since(tx, facts.service.arn, told))
            if done.concerned:
                done.instances = find_instances(tx, done.concerned)
            done.check()
            seen.lines += done.lines
        if self.alone:
            self._compare_all(seen)
            changed = [(self.last.tasks.get(arn), task) for arn, task in seen.tasks.items()]
            check_targets(tx, self.peers, changed, given_up=cause[0] in GIVERS_UP)
        for service in seen.services.values():
            if service.controller == "ECS":
                check_service(service, deployments_of_service(tx, service.arn))
        return seen

    def committed(self, cause: Wake, seen: Seen) -> None:
        """Remember, and tell the story."""
        with self._lock:
            self.story.append(f"{self.now() - STARTED_AT:.1f} {cause[0]} {short(cause[1])}")
            self.story += [f"    {line}" for line in seen.lines]
            for arn, task in seen.tasks.items():
                before = self.last.tasks.get(arn)
                if before is None or _shown(before) != _shown(task):
                    self.story.append(f"    {short(arn)} {_was(before)}{_shown(task)}")
            if cause[0] in GIVERS_UP:
                self.given_up |= {arn for arn, each in seen.tasks.items() if is_over(each)}
            self.changes += seen.changes
            self._touched |= seen.tasks.keys() | seen.services.keys()
            if self.alone:
                self._remember(seen)

    @contextmanager
    def several_at_once(self, store: Store) -> Iterator[None]:
        """Transactions run at the same time meanwhile: what they made is compared at the end."""
        self.alone = False
        self._touched.clear()
        try:
            yield
        finally:
            self.alone = True
        seen = store.read(lambda tx: read_anew(tx, sorted(self._touched), self._touched))
        self._compare_all(seen)
        self._remember(seen)

    def _remember(self, seen: Seen) -> None:
        self.last.tasks |= seen.tasks
        self.last.services |= seen.services
        self.last.deployments |= seen.deployments

    def _changed(self, tx: Tx) -> Seen:
        def keys(kind: str) -> list[str]:
            return [each.key for each in tx.changes if each.kind == kind]

        seen = read_anew(tx, keys("task"), keys("service"))
        seen.changes = tx.changes
        return seen

    def _compare_all(self, seen: Seen) -> None:
        for arn, task in seen.tasks.items():
            known = self.last.tasks.get(arn)
            if known is not None:
                compare_tasks(known, task)
        for arn, service in seen.services.items():
            before = self.last.services.get(arn)
            is_new = before is not None and (before.status, service.status) == NAMED_ANEW
            if before is not None and not is_new:
                order = SERVICE_STATUSES.index
                assert order(service.status) >= order(before.status), "a service went back"
        for arn, deployment in seen.deployments.items():
            was = self.last.deployments.get(arn)
            if was is not None and was.status != deployment.status:
                allowed = _reachable(was.status)  # One pass may decide several things at once.
                assert deployment.status in allowed, f"{arn}: {was.status} to {deployment.status}"


def read_anew(tx: ReadTx, tasks: Sequence[str], services: Iterable[str]) -> Seen:
    """What there is of these tasks and services; those that there are not are left out."""
    seen = Seen(tasks=find_tasks(tx, tasks) if tasks else {})
    for arn in services:
        service = find_service(tx, arn)
        if service is not None:
            seen.services[arn] = service
            found = deployments_of_service(tx, arn)
            seen.deployments |= {each.arn: each for each in found}
    return seen


class Pass:
    """What one pass of a service's scheduler has done."""

    def __init__(self, before: ServiceFacts, after: ServiceFacts, told: list[str]) -> None:
        self.before = before
        self.after = after
        self.told = told
        """The events that it has added."""
        self.started = [each for arn, each in after.tasks.items() if arn not in before.tasks]
        self.stopped = [
            each
            for arn, each in before.tasks.items()
            if each.desired_status == "RUNNING" and after.tasks[arn].desired_status == "STOPPED"
        ]
        self.instances: Mapping[str, ContainerInstance] = {}

    @property
    def concerned(self) -> list[str]:
        """The instances of what it has started and stopped."""
        return sorted({each.instance_arn or "" for each in (*self.started, *self.stopped)})

    @property
    def lines(self) -> list[str]:
        """What it has done, for the story."""
        started = [
            f"start {short(each.arn)} on {short(each.instance_arn)}" for each in self.started
        ]
        reasons = [(each.arn, self.after.tasks[each.arn].stopped_reason) for each in self.stopped]
        return [*started, *(f"stop {short(arn)}: {why}" for arn, why in reasons), *self.told]

    def check(self) -> None:
        """Object to what it should not have done."""
        self._check_starts()
        self._check_stops()
        self._check_conclusion()
        self._check_counting()
        stopped = [each for each in self.stopped if _ran(each) and not self._drains(each)]
        drained = [each for arn, each in self.before.tasks.items() if self._has_drained(arn)]
        for each in (*self.started, *stopped, *drained):
            assert any(_id(each.arn) in line for line in self.told), f"{each.arn} was not told of"

    def _drains(self, task: Task) -> bool:
        """Whether those who are connected to it are waited for: then it is told of later."""
        return self.after.tasks[task.arn].registration == "DRAINING"

    def _has_drained(self, arn: str) -> bool:
        """Whether the scheduler stopped it, which it may tell by now."""
        before, after = self.before.tasks[arn], self.after.tasks.get(arn)
        own = before.stop_code == "ServiceSchedulerInitiated"
        gone = after is None or after.registration == "GONE"
        return own and gone and before.registration == "DRAINING"

    def _check_starts(self) -> None:
        if not self.started:
            return
        after, service = self.after, self.after.service
        assert service.status == "ACTIVE", "tasks of a deleted service are started"
        primary = service.rollouts[0]
        assert {each.started_by for each in self.started} == {primary.id}, "an old one is started"
        assert primary.rollout_state != "FAILED", "a failed rollout starts tasks"
        assert after.at >= self.before.service.rollouts[0].throttle.until or (
            primary.id != self.before.service.rollouts[0].id
        ), "a throttled rollout starts tasks"
        for each in self.started:
            instance = self.instances[each.instance_arn or ""]
            assert instance.connected, "a task is started where nobody listens"
            assert instance.status == "ACTIVE", f"a task is started on one {instance.status}"
        if service.scheduling_strategy == "DAEMON":
            there = [each.instance_arn for each in after.occupying]
            doubled = {
                each.instance_arn for each in self.started if there.count(each.instance_arn) > 1
            }
            assert not doubled, f"two of a daemon on {doubled}"
        else:
            count = len(after.occupying)
            assert count <= after.upper, f"{count} tasks where at most {after.upper} may be"

    def _check_stops(self) -> None:
        before, after = self.before, self.after
        for each in self.stopped:
            assert after.tasks[each.arn].stop_code == "ServiceSchedulerInitiated"
        if after.service.status != "ACTIVE":
            return
        stopped = {each.arn for each in self.stopped} & before.healthy
        if stopped:
            left, least = len(after.healthy), min(after.lower, len(before.healthy))
            assert left >= least, f"{left} healthy ones are left where {least} have to be"
        for each in self.stopped:
            instance = self.instances[each.instance_arn or ""]
            guarded = each.protected_until is not None and before.at < each.protected_until
            failing = each.health == "UNHEALTHY" or before.balanced.get(each.arn) == "unhealthy"
            if guarded and instance.status == "ACTIVE" and not failing:
                raise AssertionError(f"{each.arn} was protected")

    def _check_conclusion(self) -> None:
        """Whoever says that a service is gone, or a deployment done, must be right."""
        if self.after.service.status == "INACTIVE":
            assert not self.after.tasks, "the service is gone, and tasks of it are left"
        was, now = self.before.deployment, self.after.deployment
        ends = ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL")
        if was is None or now is None or now.status not in ends or was.status in ends:
            return
        after, service = self.after, self.after.service
        ids = {each.started_by for each in after.occupying}
        assert len(service.rollouts) == 1, "done, and an old rollout is left"
        assert ids <= {service.rollouts[0].id}, "done, and tasks of an old rollout are left"
        assert len(after.running) == len(after.occupying) == service.desired_count
        assert service.rollouts[0].rollout_state == "COMPLETED"

    def _check_counting(self) -> None:
        """What fails is counted by the circuit breaker, while it monitors."""
        was, now = self.before.deployment, self.after.deployment
        before, after = self.before.service.rollouts[:1], self.after.service.rollouts[:1]
        if was is None or now is None or was.arn != now.arn:
            return
        if (was.status, was.breaker.status) != ("IN_PROGRESS", "MONITORING"):
            return
        if [each.id for each in before] != [each.id for each in after]:
            return
        counted = now.breaker.failure_count - was.breaker.failure_count
        if not after[0].has_run:
            failed = after[0].failed_tasks - before[0].failed_tasks
            assert counted == failed, f"{failed} failed, and {counted} were counted"
        elif now.breaker.status == "MONITORING":
            own = [each for each in self.stopped if each.started_by == after[0].id]
            reasons = [self.after.tasks[each.arn].stopped_reason for each in own]
            unhealthy = sum((each or "").startswith(UNHEALTHY) for each in reasons)
            assert counted >= unhealthy, f"{unhealthy} were unhealthy, and {counted} were counted"


def compare_tasks(before: Task, after: Task) -> None:
    """Object to anything of a task that goes back or changes for a second time."""
    for name in FIXED:
        assert getattr(after, name) == getattr(before, name), f"{after.arn}: {name} changed"
    order = STATUSES.index
    assert order(after.last_status) >= order(before.last_status), f"{after.arn} went back"
    assert after.version >= before.version
    assert after.report_sequence >= before.report_sequence
    assert after.generation >= before.generation
    assert after.released >= before.released, f"{after.arn} was released before"
    for name in STICKY:
        known = getattr(before, name)
        assert known is None or getattr(after, name) == known, f"{after.arn}: {name} changed"
    if before.desired_status == "STOPPED":
        for name in ("desired_status", "stop_code", "stopped_reason", "stopped_by"):
            assert getattr(after, name) == getattr(before, name), f"{after.arn}: a second {name}"
    if before.last_status == "STOPPED":
        assert after.version == before.version, f"{after.arn} is over and changed"


def check_service(service: Service, deployments: Iterable[ServiceDeployment]) -> None:
    """Object to a service's record that contradicts itself."""
    primaries = [each for each in service.rollouts if each.status == "PRIMARY"]
    if service.status == "ACTIVE":
        assert len(primaries) == 1, f"{len(primaries)} rollouts are PRIMARY"
        assert service.rollouts[0] is primaries[0], "the first rollout is not the PRIMARY one"
        assert primaries[0].desired_count == service.desired_count or (
            service.scheduling_strategy == "DAEMON"
        ), "the PRIMARY rollout wants another count than its service"
    ids = [each.id for each in service.rollouts]
    assert len(set(ids)) == len(ids), "a rollout is there twice"
    under_way = [each for each in deployments if each.status in NEXT]
    current = service.deployment_arn
    assert len(under_way) <= 1, "two deployments are under way"
    assert not under_way or under_way[0].arn == current, "an old deployment is under way"
    if service.status != "ACTIVE":
        assert not under_way, "a deleted service is being deployed"
    for each in deployments:
        if each.arn == current:
            _check_breaker(each)
    for each in service.rollouts:
        _check_rollout(each, is_done=not under_way and service.status == "ACTIVE")


def _check_breaker(deployment: ServiceDeployment) -> None:
    breaker = deployment.breaker
    if breaker.status == "MONITORING":
        assert breaker.failure_count < breaker.threshold, "the circuit breaker did not trip"


def _check_rollout(rollout: Rollout, *, is_done: bool) -> None:
    assert rollout.status in ("PRIMARY", "ACTIVE")
    assert rollout.rollout_state in ("IN_PROGRESS", "COMPLETED", "FAILED")
    if rollout.status == "PRIMARY" and is_done:
        assert rollout.rollout_state != "IN_PROGRESS", "in progress, and no deployment is"


def is_over(task: Task) -> bool:
    return task.last_status == "STOPPED"


def short(arn: str | None) -> str:
    """The end of an ARN, without leading zeros."""
    return (arn or "-").rpartition("/")[2].lstrip("0")


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


def _reachable(status: str) -> set[str]:
    found, left = set[str](), [status]
    while left:
        fresh = NEXT.get(left.pop(), set()) - found
        found |= fresh
        left += fresh
    return found


def _ran(task: Task) -> bool:
    return task.last_status == "RUNNING"


def _was(task: Task | None) -> str:
    return f"{task.last_status} → " if task is not None else "new "


def _shown(task: Task) -> str:
    told = f" to stop: {task.stopped_reason}" if task.desired_status == "STOPPED" else ""
    return f"{task.last_status} {task.health}{told}"


def story_of(watch: ServiceWatch, lines: int = STORY_LINES) -> str:
    """The end of what happened."""
    return "\n".join(watch.story[-lines:])
