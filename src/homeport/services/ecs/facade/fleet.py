"""What the ecs service provides to the others: the fleet, whatever an agent's protocol is.

Sole writer of what is observed of tasks and of whether a node is connected.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from msgspec.structs import replace

from homeport.contracts.fleet import Joined
from homeport.contracts.identity import AccessKey, Identities
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.link.messages import Assignment, EngineState, Hello, TaskReport
from homeport.link.messages import Happening as NodeHappening
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.plan.new_task import task_id_of
from homeport.services.ecs.plan.task_spec import Surroundings, stranger_spec, task_spec
from homeport.services.ecs.plan.time_limits import timed
from homeport.services.ecs.queries import (
    clusters,
    happenings,
    instances,
    nodes,
    services,
    strangers,
)
from homeport.services.ecs.queries import task_definitions as definitions
from homeport.services.ecs.queries import tasks as queries
from homeport.services.ecs.queries.settings import effective_setting
from homeport.services.ecs.queries.tags import tags_of_many
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.queries.task_sets import forget_task_sets
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.happenings import HappeningRecord
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx, Tx

CREDENTIALS_S: Final = 6 * 3600.0
CREDENTIALS_MIN_S: Final = 3600.0
"""However fast time is set to pass, clients refresh keys that are about to expire by real time."""

NODE_ROLE: Final = "homeport-node"
LOG_MODE: Final = "defaultLogDriverMode"
DISCARDED: Final = "Homeport was reset"
HOST_PORTS_AT: Final = "127.0.0.1"
"""Load balancers run on the machine whose ports these are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsFleet:
    """Fulfils `Fleet` of homeport.contracts."""

    identities: Identities
    clock: Clock

    def hello(
        self,
        tx: Tx,
        hello: Hello,
        *,
        now: float,
        ids: Ids,  # noqa: ARG002
        plane: str = "",
    ) -> Joined:
        cluster = _cluster_of(tx, hello)
        instance = instances.register_node(tx, cluster, hello, plane=plane, now=now)
        strangers.forget_strangers(tx, instance.arn)
        _set_connectivity(tx, instance.arn, "CONNECTED", now)
        return Joined(instance.arn, instance.session)

    def goodbye(self, tx: Tx, joined: Joined, *, now: float) -> None:
        instance = instances.find_instance(tx, joined.instance_arn)
        if instance is not None and instance.session == joined.session:
            _disconnect(tx, instance, now)

    def disconnect_all(self, tx: Tx, *, now: float) -> None:
        for instance in nodes.connected(tx):
            _disconnect(tx, instance, now)

    def disconnect_plane(self, tx: Tx, plane: str, *, now: float) -> None:
        for instance in nodes.connected(tx):
            if instance.plane == plane:
                _disconnect(tx, instance, now)

    def engine_state(self, tx: Tx, instance_arn: str, state: EngineState, *, now: float) -> None:
        instance = instances.find_instance(tx, instance_arn)
        if instance is None:
            return
        after = replace(
            instance,
            engine_connected=state.connected,
            docker_version=state.docker_version or instance.docker_version,
        )
        if after != instance:
            after = replace(after, version=instance.version + 1)
            instances.save_instance(tx, after, now=now)

    def assignments(
        self, tx: ReadTx, instance_arn: str, after_generation: int
    ) -> tuple[Assignment, ...]:
        tasks = queries.news_of_instance(tx, instance_arn, after_generation)
        told = [*self._assigned(tx, tasks)]
        for stranger in strangers.strangers_after(tx, instance_arn, after_generation):
            told.append(
                Assignment(
                    task_arn=stranger.task_arn,
                    generation=stranger.generation,
                    desired="FORGOTTEN" if stranger.removed else "REMOVED",
                    spec=None if stranger.removed else stranger_spec(stranger.task_arn),
                )
            )
        return tuple(sorted(told, key=lambda each: each.generation))

    def report(
        self,
        tx: Tx,
        instance_arn: str,
        reports: tuple[TaskReport, ...],
        *,
        now: float,
        ids: Ids,  # noqa: ARG002
    ) -> None:
        known = queries.find_tasks(tx, list({each.task_arn for each in reports}))
        for report in reports:
            task = known.get(report.task_arn)
            if task is None or task.instance_arn != instance_arn:
                _meet_stranger(tx, instance_arn, report)
                continue
            known[task.arn] = self._observed(tx, task, report, now)
            happenings.note(tx, task.arn, _lines(report.happenings))

    def task_credentials(
        self, tx: Tx, instance_arn: str, credentials_id: str, *, now: float, ids: Ids, clock: Clock
    ) -> AccessKey | None:
        found = _role_of(tx, instance_arn, credentials_id)
        if found is None:
            return None
        role_arn, session = found
        lifetime_s = max(clock.span(CREDENTIALS_S), CREDENTIALS_MIN_S)
        return self.identities.assume_role(
            tx, role_arn, session, lifetime_s=lifetime_s, now=now, ids=ids
        )

    def stop_all(self, tx: Tx, *, reason: str, stopped_by: str, now: float) -> None:
        for task in queries.running_tasks(tx):
            after = lifecycle.stop(
                task, code="UserInitiated", reason=reason, by=stopped_by, now=now
            )
            # Nobody waits for connections to end when everything is shut down.
            record(tx, lifecycle.change(task, lifecycle.let_go(after)), now=now)

    def discard_all(self, tx: Tx, *, now: float) -> None:
        for service in services.live_services(tx):
            services.save_service(tx, service, replace(service, status="INACTIVE", rollouts=()))
            forget_task_sets(tx, service.arn)
        for task in queries.live_tasks(tx):
            stopped = lifecycle.stop(
                task, code="UserInitiated", reason=DISCARDED, by=DISCARDED, now=now
            )
            after = replace(lifecycle.end(stopped, now=now), released=task.generation == 0)
            record(tx, lifecycle.change(task, after), now=now)

    def remaining(self, tx: ReadTx, *, until: float) -> int:
        return nodes.count_left(tx, until=until)

    def connected_nodes(self, tx: ReadTx) -> int:
        return nodes.count_connected(tx)

    def instance_address(
        self, tx: ReadTx, account: str, region: str, ec2_instance_id: str
    ) -> tuple[str, str] | None:
        for instance in instances.instances_of_region(tx, account, region):
            if instance.ec2_instance_id == ec2_instance_id:
                return HOST_PORTS_AT, instance.availability_zone
        return None

    def news(
        self, tx: ReadTx, after: float, tasks: Sequence[str] | None = None
    ) -> tuple[tuple[float, str, str], ...]:
        if tasks is None:
            return happenings.since(tx, after)
        return happenings.since_of(tx, tasks, after)

    def _observed(self, tx: Tx, task: Task, report: TaskReport, now: float) -> Task:
        """Record what a report makes of a task.

        A node that still speaks of a task it was told to forget is told once more.
        """
        after = timed(lifecycle.observe(task, report, now=now), self.clock.span)
        is_again = task.released and after.report_sequence > task.report_sequence
        return record(tx, lifecycle.change(task, after, assigned=is_again), now=now)

    def _assigned(self, tx: ReadTx, tasks: tuple[Task, ...]) -> Iterable[Assignment]:
        wanted = {each.arn: lifecycle.wanted(each) for each in tasks}
        tags = tags_of_many(tx, [arn for arn, what in wanted.items() if what != "FORGOTTEN"])
        known: dict[str, TaskDefinition | None] = {}
        modes: dict[tuple[str, str], str] = {}
        for task in tasks:
            spec = None
            if wanted[task.arn] != "FORGOTTEN":
                definition = _definition(tx, task, known)
                around = Surroundings(
                    span=self.clock.span,
                    log_mode=_log_mode(tx, task, modes),
                    tags={each.key: each.value for each in tags[task.arn]},
                )
                spec = stranger_spec(task.arn)
                if definition is not None:
                    spec = task_spec(task, definition, around)
            yield Assignment(
                task_arn=task.arn,
                generation=task.generation,
                desired=wanted[task.arn],
                spec=spec,
            )


def _cluster_of(tx: Tx, hello: Hello) -> Cluster:
    """The cluster that the node joins; ``default`` is made, should it have been deleted."""
    found = clusters.find_cluster(tx, hello.account, hello.region, hello.cluster)
    if found is not None and found.status == "ACTIVE":
        return found
    if hello.cluster != clusters.DEFAULT_NAME:
        return clusters.active_cluster(tx, hello.account, hello.region, hello.cluster)
    blank = new_cluster(account=hello.account, region=hello.region, name=clusters.DEFAULT_NAME)
    (clusters.insert_cluster if found is None else clusters.update_cluster)(tx, blank)
    return blank


def _disconnect(tx: Tx, instance: ContainerInstance, now: float) -> None:
    if not instance.connected:
        return
    after = replace(instance, connected=False, disconnected_at=now, version=instance.version + 1)
    instances.save_instance(tx, after, now=now)
    _set_connectivity(tx, instance.arn, "DISCONNECTED", now)


def _set_connectivity(tx: Tx, instance_arn: str, connectivity: str, now: float) -> None:
    """Show of every task that was heard of whether its node can be heard."""
    for task in queries.unreleased_of_instance(tx, instance_arn):
        record(tx, lifecycle.change(task, lifecycle.heard(task, connectivity, now=now)), now=now)


def _meet_stranger(tx: Tx, instance_arn: str, report: TaskReport) -> None:
    """Have a node remove a task that no one knows, and then forget it."""
    removed = report.phase == "REMOVED"
    known = strangers.find_stranger(tx, instance_arn, report.task_arn)
    if known is not None and known.removed == removed:
        return
    if instances.find_instance(tx, instance_arn) is None:
        return
    stranger = strangers.Stranger(
        task_arn=report.task_arn,
        generation=instances.next_generation(tx, instance_arn),
        removed=removed,
    )
    strangers.save_stranger(tx, instance_arn, stranger)


def _lines(told: Iterable[NodeHappening]) -> list[HappeningRecord]:
    return [
        HappeningRecord(
            source="node",
            sequence=each.sequence,
            at=each.at,
            container=each.container,
            what=each.what,
        )
        for each in told
    ]


def _definition(
    tx: ReadTx, task: Task, known: dict[str, TaskDefinition | None]
) -> TaskDefinition | None:
    if task.definition_arn not in known:
        found = definitions.find(tx, task.account, task.region, task.definition_arn)
        known[task.definition_arn] = found
    return known[task.definition_arn]


def _log_mode(tx: ReadTx, task: Task, known: dict[tuple[str, str], str]) -> str:
    key = (task.account, task.region)
    if key not in known:
        root = f"arn:aws:iam::{task.account}:root"
        known[key] = effective_setting(tx, task.account, task.region, root, LOG_MODE)
    return known[key]


def _role_of(tx: ReadTx, instance_arn: str, credentials_id: str) -> tuple[str, str] | None:
    """The role behind an id and the name of its session, when the id is one of this node's."""
    instance = instances.find_instance(tx, instance_arn)
    if instance is None:
        return None
    if _is_same(credentials_id, f"node-{instance.node_id}"):
        return f"arn:aws:iam::{instance.account}:role/{NODE_ROLE}", instance.node_id
    task_id = task_id_of(credentials_id)
    for arn in queries.live_arns_of_instance(tx, instance_arn):
        if arn.endswith(f"/{task_id}"):
            return _role_in(queries.find_task(tx, arn), credentials_id, task_id)
    return None


def _role_in(task: Task | None, credentials_id: str, task_id: str) -> tuple[str, str] | None:
    if task is None:
        return None
    roles: Mapping[str | None, str | None] = {
        task.task_credentials_id: task.task_role_arn,
        task.execution_credentials_id: task.execution_role_arn,
    }
    for known, role_arn in roles.items():
        if known is not None and role_arn and _is_same(known, credentials_id):
            return role_arn, task_id
    return None


def _is_same(secret: str, given: str) -> bool:
    return compare_digest(secret.encode(), given.encode(errors="replace"))
