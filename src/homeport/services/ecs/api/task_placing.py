"""Where the copies of an order run: instances are looked up here, and chosen by plan/placement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homeport.contracts.networks import Subnet
from homeport.runtime import Call
from homeport.services.ecs.api.task_orders import CheckedOrder
from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan import placement, query_language
from homeport.services.ecs.plan.demand import demand_of
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.instances import remaining
from homeport.services.ecs.plan.new_task import Address, Spot
from homeport.services.ecs.plan.run_task import INSTANCES_MAX
from homeport.services.ecs.plan.task_definition import unsupported_to_run
from homeport.services.ecs.queries import instances, nodes, tasks
from homeport.services.ecs.queries.attributes import attributes_of_many
from homeport.services.ecs.queries.facts import facts_of
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx

NO_CAPACITY: Final = (
    "Capacity is unavailable at this time. Please try again later or in a different availability "
    "zone"
)
NO_INSTANCES: Final = "No Container Instances were found in your cluster."

_ARCHITECTURE: Final = "ecs.cpu-architecture"
_DEFINITION_WORDS: Final = {"x86_64": "X86_64", "arm64": "ARM64"}


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
    attributes = attributes_of_many(tx, arns)
    architectures = {
        arn: next((each.value or "" for each in found if each.name == _ARCHITECTURE), "")
        for arn, found in attributes.items()
    }
    able = _able(checked, working, architectures)
    counts = tasks.counts_of_instances(tx, arns, fargate=True)
    busy = {each.arn: counts[each.arn].live for each in able}
    first = _dice(call, len(checked.subnets))
    spots = []
    for copy, provider in enumerate(checked.providers):
        node = min(able, key=lambda each: busy[each.arn])
        busy[node.arn] += 1
        spots.append(
            Spot(
                instance_arn=node.arn,
                availability_zone=node.availability_zone,
                architecture=architectures[node.arn],
                capacity_provider=provider,
                address=_address(checked, checked.subnets[(first + copy) % len(checked.subnets)]),
            )
        )
    return Placed(spots=tuple(spots))


def place_on_instances(tx: ReadTx, call: Call, checked: CheckedOrder) -> Placed:
    """An instance of the cluster for each copy, by the constraints and strategies."""
    machines = instances.instances_of_cluster(tx, checked.order.cluster.arn, ("ACTIVE",))
    if not machines:
        raise InvalidParameterException(NO_INSTANCES)
    candidates = _candidates(tx, checked, machines)
    constraints = checked.request.placement_constraints
    rules = placement.Rules(
        distinct=any(each.type == "distinctInstance" for each in constraints),
        strategies=checked.request.placement_strategy,
        salt=call.ids.hex(16),
    )
    demand = demand_of(checked.order.merged)
    found = placement.place(demand, candidates, checked.request.count, rules)
    return Placed(
        spots=_spots(call, checked, machines, candidates, chosen=found.chosen),
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
    candidates = _candidates(tx, checked, live)
    demand = demand_of(checked.order.merged)
    chosen = []
    for candidate in candidates:
        why = placement.refusal(demand, candidate, placement.Rules())
        if why is None:
            chosen.append(candidate.arn)
        else:
            failures.append({"arn": candidate.arn, "reason": why})
    return Placed(
        spots=_spots(call, checked, live, candidates, chosen=chosen), failures=tuple(failures)
    )


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
        word = _DEFINITION_WORDS.get(architectures[node.arn])
        why = unsupported_to_run(checked.order.merged, architecture=word)
        if why is None:
            able.append(node)
        refused = refused or why
    if not able:
        raise UnsupportedFeatureException(refused)
    return able


def _candidates(
    tx: ReadTx, checked: CheckedOrder, machines: Sequence[ContainerInstance]
) -> list[placement.Candidate]:
    arns = [each.arn for each in machines]
    reserved = tasks.reserved_of_many(tx, arns)
    attributes = attributes_of_many(tx, arns)
    groups = tasks.groups_of_instances(tx, arns if _counts_groups(checked) else ())
    members = _members(tx, checked, machines)
    return [
        placement.Candidate(
            arn=each.arn,
            connected=each.connected and each.engine_connected,
            remaining=remaining(each, reserved[each.arn]),
            attributes={found.name: found.value for found in attributes[each.arn]},
            group_tasks=groups.get(each.arn, {}).get(checked.order.group, 0),
            member=each.arn in members,
        )
        for each in machines
    ]


def _counts_groups(checked: CheckedOrder) -> bool:
    """Whether it matters how many tasks of the group an instance has."""
    request = checked.request
    spreads = any(each.type == "spread" for each in request.placement_strategy)
    return spreads or any(each.type == "distinctInstance" for each in request.placement_constraints)


def _members(
    tx: ReadTx, checked: CheckedOrder, machines: Sequence[ContainerInstance]
) -> frozenset[str]:
    """The instances that satisfy every memberOf expression, of request and definition."""
    constraints = [
        *((each.type, each.expression) for each in checked.request.placement_constraints),
        *((each.type, each.expression) for each in checked.definition.placement_constraints),
    ]
    expressions = [
        query_language.parse(text) for kind, text in constraints if kind == "memberOf" and text
    ]
    if not expressions:
        return frozenset(each.arn for each in machines)
    facts = facts_of(tx, machines)
    return frozenset(
        arn
        for arn, known in facts.items()
        if all(query_language.matches(each, known) for each in expressions)
    )


def _spots(
    call: Call,
    checked: CheckedOrder,
    machines: Sequence[ContainerInstance],
    candidates: Sequence[placement.Candidate],
    *,
    chosen: Sequence[str],
) -> tuple[Spot, ...]:
    by_arn = {each.arn: each for each in machines}
    architectures = {each.arn: each.attributes.get(_ARCHITECTURE) for each in candidates}
    first = _dice(call, len(checked.subnets))
    return tuple(
        Spot(
            instance_arn=arn,
            availability_zone=by_arn[arn].availability_zone,
            architecture=architectures[arn] or "x86_64",
            address=_nearest(checked, by_arn[arn], first + copy),
        )
        for copy, arn in enumerate(chosen)
    )


def _nearest(checked: CheckedOrder, machine: ContainerInstance, turn: int) -> Address | None:
    """An address in the instance's zone where there is one: its network reaches every zone."""
    if not checked.subnets:
        return None
    near = [each for each in checked.subnets if each.availability_zone == machine.availability_zone]
    able = near or checked.subnets
    return _address(checked, able[turn % len(able)])


def _address(checked: CheckedOrder, subnet: Subnet) -> Address:
    network = checked.request.awsvpc
    return Address(
        subnet_id=subnet.subnet_id,
        availability_zone=subnet.availability_zone,
        security_groups=checked.security_groups,
        assign_public_ip=network is not None and network.assign_public_ip == "ENABLED",
    )


def _dice(call: Call, sides: int) -> int:
    """Where to begin, so that tasks of many requests spread over all subnets."""
    return int(call.ids.hex(8), 16) % sides if sides > 1 else 0
