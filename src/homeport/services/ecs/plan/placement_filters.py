"""Which instances can take a task, and why the others cannot.  Pure.

Nothing here chooses: the order among instances that can take it is placement_order's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.records.instances import Resources
from homeport.services.ecs.records.run_request import PlacementStrategy

MEMBER_OF_UNSATISFIED: Final = "MemberOf placement constraint unsatisfied."
DISTINCT_UNSATISFIED: Final = "DistinctInstance placement constraint unsatisfied."

FILTERS: Final = (
    *("AGENT", "RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:PORTS", "RESOURCE:GPU", "ATTRIBUTE"),
    *(MEMBER_OF_UNSATISFIED, DISTINCT_UNSATISFIED),
)
"""What an instance has to pass, in this order, each by the word with which ECS refuses."""

GPU_COUNT: Final = "ecs.gpu-count"


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
    """Throws the dice where chance decides: the same salt, the same placement."""


def refusal(demand: Demand, machine: Candidate, rules: Rules) -> str | None:
    """Why this instance cannot take the task, in ECS's words; None when it can."""
    return next(failed_filters(demand, machine, rules), None)


def failed_filters(demand: Demand, machine: Candidate, rules: Rules) -> Iterator[str]:
    """Every one of `FILTERS` that the instance does not pass, in their order."""
    left = machine.remaining
    if not machine.connected:
        yield "AGENT"
    if left.cpu < demand.cpu:
        yield "RESOURCE:CPU"
    if left.memory_mib < demand.memory_mib:
        yield "RESOURCE:MEMORY"
    if _meet(demand.ports, left.ports) or _meet(demand.ports_udp, left.ports_udp):
        yield "RESOURCE:PORTS"
    if demand.gpus and demand.gpus > gpus_of(machine):
        yield "RESOURCE:GPU"
    if demand.attributes and lacking(demand, machine):
        yield "ATTRIBUTE"
    if not machine.member:
        yield MEMBER_OF_UNSATISFIED
    if rules.distinct and machine.group_tasks:
        yield DISTINCT_UNSATISFIED


def lacking(demand: Demand, machine: Candidate) -> tuple[tuple[str, str | None], ...]:
    """The attributes that the task requires and the instance has not, or not with that value."""
    attributes = machine.attributes
    return tuple(
        (name, value)
        for name, value in demand.attributes
        if name not in attributes or (value is not None and attributes[name] != value)
    )


def gpus_of(machine: Candidate) -> int:
    """How many GPUs an instance says it has: what is no number counts as none."""
    text = machine.attributes.get(GPU_COUNT) or ""
    return int(text) if text.isdecimal() else 0


def with_copies(machine: Candidate, demand: Demand, copies: int = 1) -> Candidate:
    """The instance once so many copies of the task are on it."""
    left = machine.remaining
    return Candidate(
        arn=machine.arn,
        connected=machine.connected,
        remaining=Resources(
            cpu=left.cpu - copies * demand.cpu,
            memory_mib=left.memory_mib - copies * demand.memory_mib,
            ports=left.ports + demand.ports * copies,
            ports_udp=left.ports_udp + demand.ports_udp * copies,
        ),
        attributes=machine.attributes,
        group_tasks=machine.group_tasks + copies,
        member=machine.member,
    )


def _meet(wanted: Sequence[int], taken: Sequence[int]) -> bool:
    return bool(wanted) and not set(wanted).isdisjoint(taken)
