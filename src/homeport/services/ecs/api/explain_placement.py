"""Why a task of a service finds no place: every machine beside what the task needs of it.

Part of ExplainService.  Chooses nothing: the filters are those that placement itself asks.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.services.ecs.plan import query_language
from homeport.services.ecs.plan.candidates import attributes_asked, candidates_of, is_distinct
from homeport.services.ecs.plan.demand import demand_of
from homeport.services.ecs.plan.placement import Rules
from homeport.services.ecs.plan.placement_explained import Explanation, explain
from homeport.services.ecs.plan.service import messages
from homeport.services.ecs.plan.task_definition import unsupported_to_run
from homeport.services.ecs.queries import instances, task_definitions
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.attributes import architectures_of
from homeport.services.ecs.queries.surveys import survey
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.run_request import PlacementConstraint
from homeport.services.ecs.records.services import Rollout, Service, ServiceRevision
from homeport.services.ecs.records.surveys import Survey
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.store import ReadTx

INSTANCES_SHOWN: Final = 50
"""Those that lack least; the tally counts all."""

DRAINING: Final = "DRAINING"
_IS_DRAINING: Final = "It is draining: it gets no new tasks."
_IS_AWAY: Final = "Its agent, or its Docker Engine, is not connected."
_DEFINITION_WORDS: Final = {"x86_64": "X86_64", "arm64": "ARM64"}

Shown = dict[str, Any]


def explain_placement(tx: ReadTx, service: Service) -> Shown | None:
    """What each machine lacks for one more task; None when there is no task to place."""
    rollout = _without_place(service)
    revision = None if rollout is None else deployments.find_revision(tx, rollout.revision_arn)
    if revision is None:
        return None
    where = (tx, service.account, service.region)
    definition = task_definitions.find(*where, revision.definition_arn)
    if definition is None:
        return None
    if _is_fargate(revision):
        machines = _on_fargate(tx, service, definition)
        shown: Shown = {}
    else:
        machines = _on_instances(tx, service, definition)
        demand = demand_of(definition)
        shown = {
            "cpuNeeded": demand.cpu,
            "memoryNeededMib": demand.memory_mib,
            "portsNeeded": [
                *(f"{each}/tcp" for each in demand.ports),
                *(f"{each}/udp" for each in demand.ports_udp),
            ],
            "gpusNeeded": demand.gpus,
        }
    if service.failed_placement is not None:
        shown["failure"] = service.failed_placement
    tally = Counter(lack["reason"] for each in machines for lack in each["lacks"])
    machines.sort(key=lambda each: (len(each["lacks"]), each["instanceArn"]))
    return shown | {
        "instanceCount": len(machines),
        "tally": [{"reason": why, "instances": count} for why, count in tally.most_common()],
        "instances": machines[:INSTANCES_SHOWN],
    }


def _without_place(service: Service) -> Rollout | None:
    """The rollout that a task is missing of: of several task sets the one that was told of."""
    told = service.failed_placement or ""
    for each in service.rollouts if service.controller != "ECS" else ():
        if messages.of_task_set(service.name, each.id) in told:
            return each
    return service.primary


def _is_fargate(revision: ServiceRevision) -> bool:
    return revision.launch_type in (None, "FARGATE")


def _on_instances(tx: ReadTx, service: Service, definition: TaskDefinition) -> list[Shown]:
    constraints = (
        *service.placement_constraints,
        *(
            PlacementConstraint(type=each.type, expression=each.expression)
            for each in definition.placement_constraints
        ),
    )
    machines = instances.instances_of_cluster(tx, service.cluster_arn)
    demand = demand_of(definition)
    asked = attributes_asked(demand, ())
    seen = survey(tx, machines, attributes=asked, groups=True, facts=True)
    candidates = candidates_of(seen, f"service:{service.name}", constraints)
    explained = explain(
        demand,
        candidates,
        Rules(distinct=is_distinct(constraints)),
        _expressions_failed(seen, constraints),
    )
    by_arn = {each.arn: each for each in machines}
    is_daemon = service.scheduling_strategy == "DAEMON"
    return [
        _machine(by_arn[each.arn], each)
        for each in explained
        # An instance that has its task needs no other.
        if not (is_daemon and each.group_tasks)
    ]


def _expressions_failed(
    seen: Survey, constraints: Sequence[PlacementConstraint]
) -> Mapping[str, Sequence[str]]:
    """The memberOf expressions that each instance does not satisfy."""
    parsed = [
        (each.expression, query_language.parse(each.expression))
        for each in constraints
        if each.type == "memberOf" and each.expression
    ]
    return {
        arn: [text for text, tree in parsed if not query_language.matches(tree, facts)]
        for arn, facts in seen.facts.items()
    }


def _machine(machine: ContainerInstance, explained: Explanation) -> Shown:
    lacks = [{"reason": each.reason, "sentence": each.sentence} for each in explained.lacks]
    if machine.status != "ACTIVE":
        lacks.insert(0, {"reason": DRAINING, "sentence": _IS_DRAINING})
    return {
        "instanceArn": machine.arn,
        "availabilityZone": machine.availability_zone,
        "connected": explained.connected,
        "cpuFree": explained.cpu_free,
        "memoryFreeMib": explained.memory_free_mib,
        "gpus": explained.gpus,
        "portsTaken": list(explained.ports_taken),
        "attributesLacking": list(explained.attributes_lacking),
        "expressionsFailed": list(explained.expressions_failed),
        "groupTasks": explained.group_tasks,
        "lacks": lacks,
    }


def _on_fargate(tx: ReadTx, service: Service, definition: TaskDefinition) -> list[Shown]:
    """Every node of the region: Fargate counts no resources, but a node has to be there."""
    machines = instances.instances_of_region(tx, service.account, service.region)
    architectures = architectures_of(tx, [each.arn for each in machines])
    shown = []
    for machine in machines:
        connected = machine.connected and machine.engine_connected
        lacks = [] if connected else [{"reason": "AGENT", "sentence": _IS_AWAY}]
        if machine.status != "ACTIVE":
            lacks.append({"reason": DRAINING, "sentence": _IS_DRAINING})
        word = _DEFINITION_WORDS.get(architectures[machine.arn])
        why = unsupported_to_run(definition, architecture=word)
        if why is not None:
            lacks.append({"reason": "ATTRIBUTE", "sentence": why})
        shown.append(
            {
                "instanceArn": machine.arn,
                "availabilityZone": machine.availability_zone,
                "connected": connected,
                "lacks": lacks,
            }
        )
    return shown
