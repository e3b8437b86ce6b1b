"""Starting a service's tasks: where each runs, what its record is.  Part of a service's pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan import placement
from homeport.services.ecs.plan.candidates import (
    asks_facts,
    attributes_asked,
    candidates_of,
    is_distinct,
)
from homeport.services.ecs.plan.capacity_providers import split
from homeport.services.ecs.plan.demand import demand_of
from homeport.services.ecs.plan.new_task import Order, Spot, fresh_names, new_task
from homeport.services.ecs.plan.placement import SERVICE_DEFAULT
from homeport.services.ecs.plan.placement_explained import closest
from homeport.services.ecs.plan.run_task import platform_version
from homeport.services.ecs.plan.service import messages
from homeport.services.ecs.plan.service.sides import registered_in
from homeport.services.ecs.plan.spots import (
    Site,
    Sites,
    spots_on,
    spots_on_fargate,
    suits,
)
from homeport.services.ecs.plan.time_limits import time_limit
from homeport.services.ecs.queries import clusters, instances, nodes, task_networks, tasks
from homeport.services.ecs.queries import task_definitions as definitions
from homeport.services.ecs.queries.attributes import architectures_of
from homeport.services.ecs.queries.new_tasks import record_new
from homeport.services.ecs.queries.surveys import survey
from homeport.services.ecs.queries.tags import tags_of
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.run_request import PlacementConstraint
from homeport.services.ecs.records.service_views import Member
from homeport.services.ecs.records.services import Service, ServiceRevision
from homeport.services.ecs.records.surveys import Survey
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.tasks import Task, TaskOverride
from homeport.store import Tx

COUNTING: Final = ("PENDING", "YOUNG", "HEALTHY")
"""Standings of tasks that count towards the spread over zones and capacity providers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The tasks that were started, and why others were not."""

    tasks: tuple[Task, ...] = ()
    failure: str | None = None
    """The service event that says why."""
    reason: str | None = None
    """``RESOURCE:CPU`` and the like, for EventBridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """What all tasks of one rollout share when they are started."""

    service: Service
    revision: ServiceRevision
    cluster: Cluster
    definition: TaskDefinition
    sites: Sites

    @property
    def group(self) -> str:
        """The group of the service's tasks."""
        return f"service:{self.service.name}"

    @property
    def rollout_id(self) -> str:
        """The id of the rollout that the tasks are of."""
        return f"ecs-svc/{self.revision.id}"

    @property
    def told_as(self) -> str:
        """How the service is named in what is told of these tasks."""
        name = self.service.name
        is_one = self.service.controller == "ECS"
        return name if is_one else messages.of_task_set(name, self.rollout_id)

    @property
    def is_fargate(self) -> bool:
        """Whether the tasks run on Fargate, by launch type or by a capacity provider."""
        return self.revision.launch_type in (None, "FARGATE")

    @property
    def constraints(self) -> tuple[PlacementConstraint, ...]:
        """Those of the service and of the definition."""
        of_definition = (
            PlacementConstraint(type=each.type, expression=each.expression)
            for each in self.definition.placement_constraints
        )
        return (*self.service.placement_constraints, *of_definition)


class CannotStart(Exception):
    """No task of the rollout can be started at all, wherever: the reason is for the user."""


def starting(tx: Tx, tick: Tick, service: Service, revision: ServiceRevision) -> Starting:
    """Read what the tasks of a revision share.  Raises `CannotStart`."""
    cluster = clusters.find_cluster(tx, service.account, service.region, service.cluster_arn)
    where = (tx, service.account, service.region)
    definition = definitions.find(*where, revision.definition_arn)
    if cluster is None or definition is None:
        raise CannotStart("TaskDefinition not found.")
    return Starting(
        service=service,
        revision=revision,
        cluster=cluster,
        definition=definition,
        sites=_sites(tx, tick, service, revision),
    )


def has_health_check(tx: Tx, revision: ServiceRevision) -> bool:
    """Whether an essential container of the revision's tasks has a health check."""
    where = (tx, revision.account, revision.region)
    definition = definitions.find(*where, revision.definition_arn)
    containers = () if definition is None else definition.container_definitions
    return any(each.essential and each.health_check is not None for each in containers)


def start_tasks(
    tx: Tx, tick: Tick, what: Starting, count: int, members: Sequence[Member]
) -> Started:
    """Start up to `count` tasks by the service's constraints and strategies."""
    place = _on_fargate if what.is_fargate else _on_instances
    spots, failed = place(tx, tick, what, count, members)
    return replace_tasks(failed, _recorded(tx, tick, what, spots))


def start_on(tx: Tx, tick: Tick, what: Starting, arns: Sequence[str]) -> Started:
    """Start a task on each of the instances, where it fits (DAEMON)."""
    machines = [
        each
        for each in instances.instances_of_cluster(tx, what.cluster.arn, ("ACTIVE",))
        if each.arn in frozenset(arns)
    ]
    demand = demand_of(what.definition)
    asked = attributes_asked(demand, ())
    seen = survey(tx, machines, attributes=asked, groups=False, facts=False)
    rules = placement.Rules()
    fits, refusals = [], []
    candidates = candidates_of(seen, what.group, ())
    for each in candidates:
        why = placement.refusal(demand, each, rules)
        if why is None:
            fits.append(each.arn)
        else:
            refusals.append(placement.Refusal(arn=each.arn, reason=why))
    failed = _no_place(what.told_as, refusals, candidates, demand)
    return replace_tasks(failed, _recorded(tx, tick, what, _spots(what, seen, fits, tick)))


def eligible_instances(tx: Tx, what: Starting) -> tuple[str, ...]:
    """ACTIVE instances that a DAEMON service is for: connected or not, full or not."""
    machines = instances.instances_of_cluster(tx, what.cluster.arn, ("ACTIVE",))
    constraints = what.constraints
    demand = replace(demand_of(what.definition), cpu=0, memory_mib=0, ports=(), ports_udp=())
    asked, facts = attributes_asked(demand, ()), asks_facts(constraints)
    seen = survey(tx, machines, attributes=asked, groups=False, facts=facts)
    rules = placement.Rules()
    return tuple(
        each.arn
        for each in candidates_of(seen, what.group, constraints)
        if set(placement.failed_filters(demand, each, rules)) <= {"AGENT"}
    )


def open_zones(tx: Tx, what: Starting, members: Sequence[Member]) -> tuple[str, ...]:
    """Availability zones in which one more task would find a place."""
    if what.is_fargate:
        return tuple(sorted({each.availability_zone for each in what.sites.subnets}))
    seen, candidates = _surveyed(tx, what, members)
    demand, rules = demand_of(what.definition), _rules(what, salt="")
    zones = {each.arn: each.availability_zone for each in seen.machines}
    able = (each for each in candidates if placement.refusal(demand, each, rules) is None)
    return tuple(sorted({zones[each.arn] for each in able}))


def replace_tasks(failed: Started, made: tuple[Task, ...]) -> Started:
    """What failed, beside the tasks that were started."""
    return Started(tasks=made, failure=failed.failure, reason=failed.reason)


def _on_instances(
    tx: Tx, tick: Tick, what: Starting, count: int, members: Sequence[Member]
) -> tuple[tuple[Spot, ...], Started]:
    seen, candidates = _surveyed(tx, what, members)
    if not seen.machines:
        failure = messages.no_instances(what.told_as)
        return (), Started(failure=failure, reason="NO ACTIVE INSTANCES")
    demand = demand_of(what.definition)
    found = placement.place(demand, candidates, count, _rules(what, salt=tick.ids.hex(16)))
    failed = Started()
    if len(found.chosen) < count:
        left = placement.once_placed(demand, candidates, found.chosen)
        failed = _no_place(what.told_as, found.refusals, left, demand)
    return _spots(what, seen, found.chosen, tick), failed


def _on_fargate(
    tx: Tx, tick: Tick, what: Starting, count: int, members: Sequence[Member]
) -> tuple[tuple[Spot, ...], Started]:
    service = what.service
    working = nodes.working_nodes(tx, service.account, service.region)
    arns = [each.arn for each in working]
    architectures = architectures_of(tx, arns)
    able = [each for each in working if suits(what.definition, architectures[each.arn]) is None]
    if not able:
        failure = messages.no_capacity(what.told_as)
        return (), Started(failure=failure, reason="RESOURCE:FARGATE")
    live = tasks.counts_of_instances(tx, arns, fargate=True)
    by_zone: dict[str, int] = {}
    for each in _own(what, members):
        if each.standing in COUNTING and each.task.zone is not None:
            by_zone[each.task.zone] = by_zone.get(each.task.zone, 0) + 1
    spots = spots_on_fargate(
        able,
        architectures,
        {arn: counts.live for arn, counts in live.items()},
        what.sites,
        providers=_providers(what, count, members),
        by_zone=by_zone,
        salt=tick.ids.hex(16),
    )
    return spots, Started()


def _providers(what: Starting, count: int, members: Sequence[Member]) -> tuple[str | None, ...]:
    """The capacity provider of each new task, so that all together follow the strategy."""
    strategy = what.revision.capacity_provider_strategy
    if not strategy:
        return (None,) * count
    running: dict[str, int] = {}
    # Each task set follows its own strategy.
    counted = members if what.service.controller == "ECS" else _own(what, members)
    for each in counted:
        provider = each.task.capacity_provider
        if provider is not None and each.standing in COUNTING:
            running[provider] = running.get(provider, 0) + 1
    shares = split(count, strategy, running)
    dealt = [name for name, share in shares for _ in range(share)]
    return (*dealt, *(strategy[0].capacity_provider,) * (count - len(dealt)))


def _surveyed(
    tx: Tx, what: Starting, members: Sequence[Member]
) -> tuple[Survey, list[placement.Candidate]]:
    machines = instances.instances_of_cluster(tx, what.cluster.arn, ("ACTIVE",))
    constraints = what.constraints
    asked = attributes_asked(demand_of(what.definition), _rules(what, salt="").strategies)
    facts = asks_facts(constraints)
    seen = survey(tx, machines, attributes=asked, groups=False, facts=facts)
    # Only its own tasks are of a service's group, and those are known already.
    counted = members if is_distinct(constraints) else _own(what, members)
    groups: dict[str, dict[str, int]] = {}
    for each in counted:
        if each.standing != "OVER" and each.task.instance_arn is not None:
            of_group = groups.setdefault(each.task.instance_arn, {what.group: 0})
            of_group[what.group] += 1
    seen = replace(seen, groups=groups)
    return seen, candidates_of(seen, what.group, constraints)


def _own(what: Starting, members: Sequence[Member]) -> list[Member]:
    """The tasks of the revision: once those of others are gone, it should be well spread."""
    return [each for each in members if each.task.rollout_id == what.rollout_id]


def _rules(what: Starting, *, salt: str) -> placement.Rules:
    return placement.Rules(
        distinct=is_distinct(what.constraints),
        strategies=what.service.placement_strategy or SERVICE_DEFAULT,
        salt=salt,
    )


def _spots(what: Starting, seen: Survey, chosen: Sequence[str], tick: Tick) -> tuple[Spot, ...]:
    machines = {each.arn: each for each in seen.machines}
    turn = int(tick.ids.hex(8), 16)
    return spots_on(chosen, machines, seen.attributes, what.sites, turn=turn)


def _no_place(
    told_as: str,
    refusals: Sequence[placement.Refusal],
    candidates: Sequence[placement.Candidate],
    demand: placement.Demand,
) -> Started:
    if not refusals:
        return Started()
    nearest = closest(refusals, candidates, demand)
    return Started(
        failure=messages.no_place(told_as, nearest.arn, nearest.reason),
        reason=nearest.reason,
    )


def _sites(tx: Tx, tick: Tick, service: Service, revision: ServiceRevision) -> Sites:
    network = revision.network_configuration
    wanted = None if network is None else network.awsvpc_configuration
    if wanted is None:
        return Sites()
    where = (tx, tick.peers.networks, service.account, service.region, wanted)
    try:
        subnets = task_networks.subnets_of(*where)
        groups = task_networks.groups_of(*where, vpc_id=subnets[0].vpc_id)
    except InvalidParameterException as error:  # It was there when the service was created.
        raise CannotStart(str(error)) from error
    return Sites(
        subnets=tuple(
            Site(subnet_id=each.subnet_id, availability_zone=each.availability_zone)
            for each in subnets
        ),
        security_groups=groups,
        assign_public_ip=wanted.assign_public_ip == "ENABLED",
    )


def _recorded(tx: Tx, tick: Tick, what: Starting, spots: Sequence[Spot]) -> tuple[Task, ...]:
    if not spots:
        return ()
    service, revision = what.service, what.revision
    tags = _tags(tx, what)
    order = Order(
        account=service.account,
        region=service.region,
        cluster=what.cluster,
        definition_arn=revision.definition_arn,
        merged=what.definition,
        overrides=TaskOverride(),
        launch_type="FARGATE" if what.is_fargate else str(revision.launch_type),
        platform_version=(platform_version(revision.platform_version) if what.is_fargate else None),
        group=what.group,
        started_by=what.rollout_id,
        service_name=service.name,
        load_balancers=registered_in(revision),
        time_limit_s=time_limit(tags_of(tx, revision.definition_arn), tags),
        now=tick.now,
    )
    containers = len(what.definition.container_definitions)
    made = [
        _pinned(new_task(order, fresh_names(tick.ids, containers), spot), what) for spot in spots
    ]
    story = f"started by service {service.name} (deployment {what.rollout_id})"
    return record_new(tx, made, tags, story=story, now=tick.now)


def _pinned(task: Task, what: Starting) -> Task:
    """The task with the images that the revision was found to mean."""
    digests = {each.container_name: each.image_digest for each in what.revision.container_images}
    loose = {
        each.name
        for each in what.definition.container_definitions
        if each.version_consistency == "disabled"
    }
    containers = tuple(
        replace(each, pinned_digest=None if each.name in loose else digests.get(each.name))
        for each in task.containers
    )
    return replace(task, containers=containers)


def _tags(tx: Tx, what: Starting) -> tuple[Tag, ...]:
    service = what.service
    tags: tuple[Tag, ...] = ()
    if service.propagate_tags == "SERVICE":
        tags = tags_of(tx, service.arn)
    elif service.propagate_tags == "TASK_DEFINITION":
        tags = tags_of(tx, what.revision.definition_arn)
    if service.enable_ecs_managed_tags:
        tags = (
            *tags,
            Tag(key="aws:ecs:clusterName", value=service.cluster_name),
            Tag(key="aws:ecs:serviceName", value=service.name),
        )
    return tags
