"""Where the copies of an order run: instances are looked up here, and chosen by plan/placement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homeport.runtime import Call
from homeport.services.ecs.api.task_orders import CheckedOrder
from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan import placement
from homeport.services.ecs.plan.candidates import (
    asks_facts,
    attributes_asked,
    candidates_of,
    counts_groups,
    is_distinct,
)
from homeport.services.ecs.plan.demand import demand_of
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.new_task import Spot
from homeport.services.ecs.plan.run_task import INSTANCES_MAX
from homeport.services.ecs.plan.spots import (
    Site,
    Sites,
    spots_on,
    spots_on_fargate,
    suits,
)
from homeport.services.ecs.queries import instances, nodes, tasks
from homeport.services.ecs.queries.attributes import architectures_of
from homeport.services.ecs.queries.surveys import survey
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.run_request import PlacementConstraint, PlacementStrategy
from homeport.services.ecs.records.surveys import Survey
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx

NO_CAPACITY: Final = (
    "Capacity is unavailable at this time. Please try again later or in a different availability "
    "zone"
)
NO_INSTANCES: Final = "No Container Instances were found in your cluster."


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A spot for each copy that found one, and why the rest found none."""

    spots: tuple[Spot, ...]
    failures: tuple[shapes.Failure, ...] = ()


def place_on_fargate(tx: ReadTx, call: Call, checked: CheckedOrder) -> Placed:
    """A connected node for each copy, the least busy first; Fargate counts no resources."""
    working = nodes.working_nodes(tx, call.account, call.region)
    if not working:
        return Placed(spots=(), failures=({"reason": NO_CAPACITY},))
    arns = [each.arn for each in working]
    architectures = architectures_of(tx, arns)
    able = _able(checked, working, architectures)
    counts = tasks.counts_of_instances(tx, arns, fargate=True)
    spots = spots_on_fargate(
        able,
        architectures,
        {arn: each.live for arn, each in counts.items()},
        sites_of(checked),
        providers=checked.providers,
        by_zone={},
        salt=call.ids.hex(16),
    )
    return Placed(spots=spots)


def place_on_instances(tx: ReadTx, call: Call, checked: CheckedOrder) -> Placed:
    """An instance of the cluster for each copy, by the constraints and strategies."""
    cluster_arn = checked.order.cluster.arn
    everyone = instances.active_arns(tx, cluster_arn)
    if not everyone:
        raise InvalidParameterException(NO_INSTANCES)
    salt = call.ids.hex(16)
    if checked.request.count == 1 and placement.is_left_to_chance(_strategies(checked)):
        # The usual case, and the only one in which a large cluster need not be looked at whole.
        few = instances.find_instances(tx, sorted(placement.a_few(everyone, salt)))
        placed = _place_among(tx, call, checked, tuple(few.values()), salt)
        if placed.spots or len(few) == len(everyone):
            return placed
    machines = instances.instances_of_cluster(tx, cluster_arn, ("ACTIVE",))
    return _place_among(tx, call, checked, machines, salt)


def _place_among(
    tx: ReadTx,
    call: Call,
    checked: CheckedOrder,
    machines: Sequence[ContainerInstance],
    salt: str,
) -> Placed:
    constraints = _constraints(checked)
    seen = _surveyed(tx, checked, machines)
    candidates = candidates_of(seen, checked.order.group, constraints)
    rules = placement.Rules(
        distinct=is_distinct(constraints), strategies=_strategies(checked), salt=salt
    )
    demand = demand_of(checked.order.merged)
    found = placement.place(demand, candidates, checked.request.count, rules)
    return Placed(
        spots=_spots(call, checked, seen, found.chosen),
        failures=tuple({"arn": each.arn, "reason": each.reason} for each in found.refusals),
    )


def place_where_named(
    tx: ReadTx, call: Call, checked: CheckedOrder, references: Sequence[str]
) -> Placed:
    """A copy on each of the named instances that can take it (StartTask)."""
    arns = _named(checked, references)
    found = instances.find_instances(tx, arns)
    failures: list[shapes.Failure] = []
    live = []
    for arn in arns:
        if arn not in found:
            failures.append({"arn": arn, "reason": "MISSING"})
        elif found[arn].status not in instances.LIVE:
            failures.append({"arn": arn, "reason": "INACTIVE"})
        else:
            live.append(found[arn])
    seen = _surveyed(tx, checked, live)
    candidates = candidates_of(seen, checked.order.group, _constraints(checked))
    demand = demand_of(checked.order.merged)
    chosen = []
    for candidate in candidates:
        why = placement.refusal(demand, candidate, placement.Rules())
        if why is None:
            chosen.append(candidate.arn)
        else:
            failures.append({"arn": candidate.arn, "reason": why})
    return Placed(spots=_spots(call, checked, seen, chosen), failures=tuple(failures))


def _named(checked: CheckedOrder, references: Sequence[str]) -> list[str]:
    if not references:
        raise InvalidParameterException("Container Instances cannot be empty.")
    if len(references) > INSTANCES_MAX:
        raise InvalidParameterException(
            f"Container Instances cannot have more than {INSTANCES_MAX} elements."
        )
    cluster = checked.order.cluster
    arns = [member_arn("container-instance", each, cluster) for each in references]
    return list(dict.fromkeys(arns))


def _able(
    checked: CheckedOrder,
    working: Sequence[ContainerInstance],
    architectures: dict[str, str],
) -> list[ContainerInstance]:
    """The nodes of the architecture that the definition asks for, if it asks for one."""
    refused = None
    able = []
    for node in working:
        why = suits(checked.order.merged, architectures[node.arn])
        if why is None:
            able.append(node)
        refused = refused or why
    if not able:
        raise UnsupportedFeatureException(refused)
    return able


def _surveyed(tx: ReadTx, checked: CheckedOrder, machines: Sequence[ContainerInstance]) -> Survey:
    constraints, strategies = _constraints(checked), _strategies(checked)
    return survey(
        tx,
        machines,
        attributes=attributes_asked(demand_of(checked.order.merged), strategies),
        groups=counts_groups(constraints, strategies),
        facts=asks_facts(constraints),
    )


def _strategies(checked: CheckedOrder) -> tuple[PlacementStrategy, ...]:
    return checked.request.placement_strategy


def _constraints(checked: CheckedOrder) -> tuple[PlacementConstraint, ...]:
    """Those of the request and of the definition."""
    of_definition = (
        PlacementConstraint(type=each.type, expression=each.expression)
        for each in checked.definition.placement_constraints
    )
    return (*checked.request.placement_constraints, *of_definition)


def _spots(
    call: Call, checked: CheckedOrder, seen: Survey, chosen: Sequence[str]
) -> tuple[Spot, ...]:
    machines = {each.arn: each for each in seen.machines}
    turn = _dice(call, len(checked.subnets))
    return spots_on(chosen, machines, seen.attributes, sites_of(checked), turn=turn)


def sites_of(checked: CheckedOrder) -> Sites:
    """Where the addresses of an order's tasks may be."""
    network = checked.request.awsvpc
    return Sites(
        subnets=tuple(
            Site(subnet_id=each.subnet_id, availability_zone=each.availability_zone)
            for each in checked.subnets
        ),
        security_groups=checked.security_groups,
        assign_public_ip=network is not None and network.assign_public_ip == "ENABLED",
    )


def _dice(call: Call, sides: int) -> int:
    """Where to begin, so that tasks of many requests spread over all subnets."""
    return int(call.ids.hex(8), 16) % sides if sides > 1 else 0
