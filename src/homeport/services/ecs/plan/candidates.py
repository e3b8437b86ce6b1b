"""From what was read of a cluster's instances to what placement chooses among.  Pure."""

from collections.abc import Mapping, Sequence

from homeport.services.ecs.plan import query_language
from homeport.services.ecs.plan.instances import remaining
from homeport.services.ecs.plan.placement import Candidate, Demand
from homeport.services.ecs.plan.placement_filters import GPU_COUNT
from homeport.services.ecs.plan.placement_order import spread_attribute
from homeport.services.ecs.records.instances import ARCHITECTURE
from homeport.services.ecs.records.run_request import PlacementConstraint, PlacementStrategy
from homeport.services.ecs.records.surveys import Survey

_NONE: Mapping[str, int] = {}


def candidates_of(
    survey: Survey, group: str, constraints: Sequence[PlacementConstraint]
) -> list[Candidate]:
    """The machines as placement sees them, for tasks of `group` under these constraints."""
    members = members_of(survey, constraints)
    return [
        Candidate(
            arn=each.arn,
            connected=each.connected and each.engine_connected,
            remaining=remaining(each, survey.reserved[each.arn]),
            attributes=survey.attributes[each.arn],
            group_tasks=survey.groups.get(each.arn, _NONE).get(group, 0),
            member=each.arn in members,
        )
        for each in survey.machines
    ]


def members_of(survey: Survey, constraints: Sequence[PlacementConstraint]) -> frozenset[str]:
    """The instances that satisfy every memberOf expression."""
    expressions = [
        query_language.parse(each.expression)
        for each in constraints
        if each.type == "memberOf" and each.expression
    ]
    if not expressions:
        return frozenset(each.arn for each in survey.machines)
    return frozenset(
        arn
        for arn, known in survey.facts.items()
        if all(query_language.matches(each, known) for each in expressions)
    )


def attributes_asked(demand: Demand, strategies: Sequence[PlacementStrategy]) -> frozenset[str]:
    """The attributes of instances that are looked at where such tasks are placed."""
    spreads = (spread_attribute(each) for each in strategies)
    required = (name for name, _ in demand.attributes)
    return frozenset((ARCHITECTURE, GPU_COUNT, *required, *filter(None, spreads)))


def counts_groups(
    constraints: Sequence[PlacementConstraint], strategies: Sequence[PlacementStrategy]
) -> bool:
    """Whether it matters how many tasks of the group an instance has."""
    spreads = any(each.type == "spread" for each in strategies)
    return spreads or is_distinct(constraints)


def asks_facts(constraints: Sequence[PlacementConstraint]) -> bool:
    """Whether there are expressions to match."""
    return any(each.type == "memberOf" for each in constraints)


def is_distinct(constraints: Sequence[PlacementConstraint]) -> bool:
    """Whether each task has to be on an instance of its own."""
    return any(each.type == "distinctInstance" for each in constraints)
