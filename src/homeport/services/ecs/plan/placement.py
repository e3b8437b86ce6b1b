"""Which instance takes which task.  Pure: the same machines always get the same tasks.

Filter, constrain, rank by the strategies in turn, choose; a machine that is passed over says why.
Where chance decides, it is the caller's `salt` that throws the dice.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.placement_filters import (
    DISTINCT_UNSATISFIED,
    MEMBER_OF_UNSATISFIED,
    Candidate,
    Demand,
    Rules,
    failed_filters,
    refusal,
    with_copies,
)
from homeport.services.ecs.plan.placement_order import Order, is_left_to_chance
from homeport.services.ecs.records.run_request import PlacementConstraint, PlacementStrategy

__all__ = [
    "CONSTRAINTS_MAX",
    "DISTINCT_UNSATISFIED",
    "EXPRESSION_LENGTH_MAX",
    "MEMBER_OF_UNSATISFIED",
    "SERVICE_DEFAULT",
    "STRATEGIES_MAX",
    "Candidate",
    "Demand",
    "Placement",
    "Refusal",
    "Rules",
    "a_few",
    "check_constraints",
    "check_strategies",
    "failed_filters",
    "is_left_to_chance",
    "once_placed",
    "place",
    "refusal",
]

CONSTRAINTS_MAX: Final = 10
STRATEGIES_MAX: Final = 5
EXPRESSION_LENGTH_MAX: Final = 2000
A_FEW: Final = 4

SERVICE_DEFAULT: Final = (
    PlacementStrategy(type="spread", field="attribute:ecs.availability-zone"),
    PlacementStrategy(type="spread", field="instanceId"),
)
"""The strategies of a service that names none."""

_CONSTRAINT_TYPES: Final = ("distinctInstance", "memberOf")
_STRATEGY_TYPES: Final = ("random", "spread", "binpack")


class Refusal(Struct, frozen=True, kw_only=True):
    """Why an instance was passed over."""

    arn: str
    reason: str


class Placement(Struct, frozen=True, kw_only=True):
    """An instance for each task that found one, and why the rest found none."""

    chosen: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()


def place(demand: Demand, candidates: Sequence[Candidate], count: int, rules: Rules) -> Placement:
    """Place up to `count` copies, each as if the ones before it were there already.

    Without a strategy, and where strategies leave a choice, each copy goes where chance puts it.
    """
    machines = {each.arn: each for each in candidates}
    order = Order(demand, machines.values(), rules)
    chosen: list[str] = []
    while len(chosen) < count:
        arn = order.place_next()
        if arn is None:
            return Placement(
                chosen=tuple(chosen),
                refusals=_refusals(demand, once_placed(demand, candidates, chosen), rules),
            )
        chosen.append(arn)
    return Placement(chosen=tuple(chosen))


def a_few(arns: Sequence[str], salt: str) -> tuple[str, ...]:
    """`A_FEW` of the instances, as chance has it; all of them when there are no more.

    Where nothing but chance decides, to place a task on one of these is to place it on one of all:
    the first that can take it in a random order is any of those that can.  Only when none of these
    can have the others to be looked at.
    """
    if len(arns) <= A_FEW:
        return tuple(arns)
    left = list(arns)
    dice = (blake2b(f"{salt}/{turn}".encode(), digest_size=8) for turn in range(A_FEW))
    return tuple(left.pop(int.from_bytes(each.digest()) % len(left)) for each in dice)


def once_placed(
    demand: Demand, candidates: Sequence[Candidate], chosen: Sequence[str]
) -> tuple[Candidate, ...]:
    """The instances, each once, with the copies on them that were placed there."""
    machines = {each.arn: each for each in candidates}
    copies = Counter(chosen)
    return tuple(with_copies(each, demand, copies[arn]) for arn, each in machines.items())


def check_constraints(constraints: Sequence[PlacementConstraint]) -> None:
    """Raise InvalidParameterException for constraints that ECS refuses."""
    if len(constraints) > CONSTRAINTS_MAX:
        raise InvalidParameterException(f"Maximum number of constraints is {CONSTRAINTS_MAX}")
    for each in constraints:
        if each.type not in _CONSTRAINT_TYPES:
            raise InvalidParameterException(
                "constraint type should be one of [distinctInstance,memberOf]"
            )
        if each.type == "distinctInstance" and each.expression:
            raise InvalidParameterException("distinctInstance expression should not be specified")
        if each.type == "memberOf" and not each.expression:
            raise InvalidParameterException("memberOf expression should be specified")
        if len(each.expression or "") > EXPRESSION_LENGTH_MAX:
            raise InvalidParameterException(
                f"memberOf expression longer than {EXPRESSION_LENGTH_MAX}."
            )


def check_strategies(strategies: Sequence[PlacementStrategy]) -> None:
    """Raise InvalidParameterException for strategies that ECS refuses."""
    if len(strategies) > STRATEGIES_MAX:
        raise InvalidParameterException(f"Maximum number of strategies is {STRATEGIES_MAX}")
    for each in strategies:
        field = each.field or ""
        if each.type not in _STRATEGY_TYPES:
            raise InvalidParameterException(
                "strategy type should be one of [random,spread,binpack]"
            )
        if each.type == "random" and field:
            raise InvalidParameterException("random field should not be specified")
        if each.type == "binpack" and field.lower() not in ("cpu", "memory"):
            raise InvalidParameterException(f"binpack field '{field}' is invalid")
        if each.type == "spread" and not _is_spread_field(field):
            raise InvalidParameterException(f"spread field '{field}' is invalid")


def _refusals(demand: Demand, machines: Sequence[Candidate], rules: Rules) -> tuple[Refusal, ...]:
    reasons = ((each.arn, refusal(demand, each, rules)) for each in machines)
    return tuple(Refusal(arn=arn, reason=why) for arn, why in reasons if why is not None)


def _is_spread_field(field: str) -> bool:
    return field.lower() in ("instanceid", "host") or len(field.partition("attribute:")[2]) > 0
