"""Which instance takes which task.  Pure: the same machines always get the same tasks.

Filter, constrain, rank by the strategies in turn, choose; a machine that is passed over says why.
Where chance decides, it is the caller's `salt` that throws the dice.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.records.instances import Resources
from homeport.services.ecs.records.run_request import PlacementConstraint, PlacementStrategy

CONSTRAINTS_MAX: Final = 10
STRATEGIES_MAX: Final = 5
EXPRESSION_LENGTH_MAX: Final = 2000

MEMBER_OF_UNSATISFIED: Final = "MemberOf placement constraint unsatisfied."
DISTINCT_UNSATISFIED: Final = "DistinctInstance placement constraint unsatisfied."

_CONSTRAINT_TYPES: Final = ("distinctInstance", "memberOf")
_STRATEGY_TYPES: Final = ("random", "spread", "binpack")


class Demand(Struct, frozen=True, kw_only=True):
    """What one copy of a task needs of its instance."""

    cpu: int = 0
    memory_mib: int = 0
    ports: tuple[int, ...] = ()
    ports_udp: tuple[int, ...] = ()
    gpus: int = 0
    attributes: tuple[tuple[str, str | None], ...] = ()
    """Names that the instance must have, with the value that it must have, if any."""


class Candidate(Struct, frozen=True, kw_only=True):
    """An instance as placement sees it."""

    arn: str
    connected: bool
    remaining: Resources
    """CPU and memory that are left; the ports are those that are taken."""
    attributes: Mapping[str, str | None] = {}
    group_tasks: int = 0
    """Live tasks of the group that is being placed."""
    member: bool = True
    """It satisfies every memberOf expression."""


class Rules(Struct, frozen=True, kw_only=True):
    """How to choose among the instances that can take the task."""

    distinct: bool = False
    strategies: tuple[PlacementStrategy, ...] = ()
    salt: str = ""


class Refusal(Struct, frozen=True, kw_only=True):
    """Why an instance was passed over."""

    arn: str
    reason: str


class Placement(Struct, frozen=True, kw_only=True):
    """An instance for each task that found one, and why the rest found none."""

    chosen: tuple[str, ...]
    refusals: tuple[Refusal, ...] = ()


def place(demand: Demand, candidates: Sequence[Candidate], count: int, rules: Rules) -> Placement:
    """Place up to `count` copies, each as if the ones before it were there already."""
    machines = {each.arn: each for each in candidates}
    chosen: list[str] = []
    for copy in range(count):
        refused = {arn: refusal(demand, each, rules) for arn, each in machines.items()}
        able = [each for arn, each in machines.items() if refused[arn] is None]
        if not able:
            reasons = [Refusal(arn=arn, reason=why) for arn, why in refused.items() if why]
            return Placement(chosen=tuple(chosen), refusals=tuple(reasons))
        best = _best(able, tuple(machines.values()), rules, copy)
        chosen.append(best.arn)
        machines[best.arn] = _with_one_more(best, demand)
    return Placement(chosen=tuple(chosen))


def refusal(demand: Demand, machine: Candidate, rules: Rules) -> str | None:
    """Why this instance cannot take the task, in ECS's words; None when it can."""
    left = machine.remaining
    if not machine.connected:
        return "AGENT"
    if left.cpu < demand.cpu:
        return "RESOURCE:CPU"
    if left.memory_mib < demand.memory_mib:
        return "RESOURCE:MEMORY"
    if _meet(demand.ports, left.ports) or _meet(demand.ports_udp, left.ports_udp):
        return "RESOURCE:PORTS"
    if demand.gpus > int(machine.attributes.get("ecs.gpu-count") or 0):
        return "RESOURCE:GPU"
    if not all(_has(machine, name, value) for name, value in demand.attributes):
        return "ATTRIBUTE"
    if not machine.member:
        return MEMBER_OF_UNSATISFIED
    if rules.distinct and machine.group_tasks:
        return DISTINCT_UNSATISFIED
    return None


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


def _best(
    able: Sequence[Candidate], everyone: Sequence[Candidate], rules: Rules, copy: int
) -> Candidate:
    """The one that ranks first by each strategy in turn; then it is chance."""
    left = list(able)
    for strategy in rules.strategies:
        ranks = _ranks(strategy, left, everyone)
        best = min(ranks)
        left = [each for each, rank in zip(left, ranks, strict=True) if rank == best]
    return min(left, key=lambda each: _dice(rules.salt, copy, each.arn))


def _ranks(
    strategy: PlacementStrategy, able: Sequence[Candidate], everyone: Sequence[Candidate]
) -> list[int]:
    field = (strategy.field or "").lower()
    if strategy.type == "binpack":
        if field == "cpu":
            return [each.remaining.cpu for each in able]
        return [each.remaining.memory_mib for each in able]
    if strategy.type == "random":
        return [0] * len(able)
    if field in ("instanceid", "host"):
        return [each.group_tasks for each in able]
    name = (strategy.field or "").partition(":")[2]
    tasks: dict[str | None, int] = {}
    for each in everyone:
        value = each.attributes.get(name)
        tasks[value] = tasks.get(value, 0) + each.group_tasks
    return [tasks[each.attributes.get(name)] for each in able]


def _with_one_more(machine: Candidate, demand: Demand) -> Candidate:
    left = machine.remaining
    return Candidate(
        arn=machine.arn,
        connected=machine.connected,
        remaining=Resources(
            cpu=left.cpu - demand.cpu,
            memory_mib=left.memory_mib - demand.memory_mib,
            ports=left.ports + demand.ports,
            ports_udp=left.ports_udp + demand.ports_udp,
        ),
        attributes=machine.attributes,
        group_tasks=machine.group_tasks + 1,
        member=machine.member,
    )


def _meet(wanted: Sequence[int], taken: Sequence[int]) -> bool:
    return bool(wanted) and not set(wanted).isdisjoint(taken)


def _has(machine: Candidate, name: str, value: str | None) -> bool:
    if name not in machine.attributes:
        return False
    return value is None or machine.attributes[name] == value


def _is_spread_field(field: str) -> bool:
    return field.lower() in ("instanceid", "host") or len(field.partition("attribute:")[2]) > 0


def _dice(salt: str, copy: int, arn: str) -> bytes:
    return blake2b(f"{salt}/{copy}/{arn}".encode(), digest_size=8).digest()
