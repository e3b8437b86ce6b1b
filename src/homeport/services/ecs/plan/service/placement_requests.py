"""Where the tasks of a service may be, as a request asks for it.  Pure."""

from typing import Final

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan import query_language
from homeport.services.ecs.plan.placement import (
    CONSTRAINTS_MAX,
    check_constraints,
    check_strategies,
)
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_definitions import TaskDefinition

REBALANCING: Final = ("ENABLED", "DISABLED")

_ZONE: Final = "attribute:ecs.availability-zone"


def check_placement(of: Service, definition: TaskDefinition | None, compatibility: str) -> None:
    """Raise for constraints and strategies that a service cannot have.

    `compatibility` is what it runs on: ``EC2`` or ``FARGATE``.  There is no definition while no
    task set of it is the primary one.
    """
    constraints, strategies = of.placement_constraints, of.placement_strategy
    check_constraints(constraints)
    check_strategies(strategies)
    if compatibility == "FARGATE":
        if constraints:
            raise InvalidParameterException(
                "Placement constraints are not supported with FARGATE launch type."
            )
        if strategies:
            raise InvalidParameterException(
                "Placement strategies are not supported with FARGATE launch type."
            )
    if strategies and of.scheduling_strategy == "DAEMON":
        raise InvalidParameterException(
            "The daemon scheduling strategy does not support placement strategies"
        )
    others = () if definition is None else definition.placement_constraints
    if len(constraints) + len(others) > CONSTRAINTS_MAX:
        raise InvalidParameterException(f"Maximum number of constraints is {CONSTRAINTS_MAX}")
    for each in constraints:
        if each.expression:
            query_language.parse(each.expression)


def rebalancing_asked(asked: str | None) -> bool | None:
    """What a request says about Availability Zone rebalancing; None when it says nothing."""
    if asked is None:
        return None
    if asked not in REBALANCING:
        raise InvalidParameterException(
            f"availabilityZoneRebalancing should be one of [{','.join(REBALANCING)}]"
        )
    return asked == "ENABLED"


def check_rebalancing(of: Service, *, action: str) -> None:
    """Raise when Availability Zone rebalancing is on and the service cannot have it.

    `action` is ``created`` or ``updated``.
    """
    obstacle = obstacle_to_rebalancing(of)
    if of.zone_rebalancing and obstacle is not None:
        raise InvalidParameterException(
            f"The service couldn't be {action} because Availability Zone Rebalancing {obstacle}."
        )


def obstacle_to_rebalancing(of: Service) -> str | None:
    """Why Availability Zone rebalancing is not for this service; None when it is."""
    if of.scheduling_strategy == "DAEMON":
        return "does not support DAEMON services"
    if of.deployment_configuration.maximum_percent <= 100:
        return "does not support maximumPercent <= 100 % as deployment configuration"
    if of.placement_strategy:
        first = of.placement_strategy[0]
        if (first.type, (first.field or "").lower()) != ("spread", _ZONE):
            return "only supports availability zone spread as task placement strategy"
    if any("ecs.availability-zone" in (each.expression or "") for each in of.placement_constraints):
        return f"does not support {_ZONE} as task placement constraint"
    return None
