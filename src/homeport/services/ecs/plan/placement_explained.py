"""Why each instance cannot take a task, in full, and which came closest.  Pure.

ECS names the first thing that an instance lacks; here every one is named, with what was needed and
what was free, for whoever asks why a service has too few tasks.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.plan import placement_filters as filters
from homeport.services.ecs.plan.placement import Refusal
from homeport.services.ecs.plan.placement_filters import (
    FILTERS,
    Candidate,
    Demand,
    Rules,
    failed_filters,
    gpus_of,
    lacking,
)

_NONE: Final[Mapping[str, Sequence[str]]] = {}


class Lack(Struct, frozen=True, kw_only=True):
    """One thing that an instance lacks."""

    reason: str
    """ECS's word for it: ``RESOURCE:CPU``."""
    sentence: str


class Explanation(Struct, frozen=True, kw_only=True):
    """An instance beside what the task needs of it."""

    arn: str
    lacks: tuple[Lack, ...] = ()
    """Nothing when it can take the task; else the first one's reason is what ECS answers."""
    connected: bool
    cpu_needed: int
    cpu_free: int
    memory_needed_mib: int
    memory_free_mib: int
    ports_needed: tuple[str, ...] = ()
    """``80/tcp``"""
    ports_taken: tuple[str, ...] = ()
    """Those of the needed ports that are taken."""
    gpus_needed: int = 0
    gpus: int = 0
    attributes_lacking: tuple[str, ...] = ()
    """``name``, or ``name=value`` where a value is required."""
    expressions_failed: tuple[str, ...] = ()
    """The memberOf expressions that it does not satisfy."""
    group_tasks: int = 0
    """Tasks of the group that it has already."""


def explain(
    demand: Demand,
    candidates: Sequence[Candidate],
    rules: Rules,
    expressions_failed: Mapping[str, Sequence[str]] = _NONE,
) -> tuple[Explanation, ...]:
    """Every instance with everything that keeps one more copy from it, in the order given.

    `expressions_failed` are the memberOf expressions that an instance does not satisfy, by ARN.
    """
    return tuple(
        _explained(demand, each, rules, tuple(expressions_failed.get(each.arn, ())))
        for each in candidates
    )


def closest(
    refusals: Sequence[Refusal], candidates: Sequence[Candidate], demand: Demand
) -> Refusal:
    """The refusal of the instance that ECS's event names; there has to be one at least.

    It is the one that passed the most filters before it failed, then the one that is short of the
    least.  `candidates` are the instances as they were when they were refused.
    """
    machines = {each.arn: each for each in candidates}

    def distance(refused: Refusal) -> tuple[int, int, str]:
        short = _shortfall(demand, machines[refused.arn], refused.reason)
        return -FILTERS.index(refused.reason), short, refused.arn

    return min(refusals, key=distance)


def _shortfall(demand: Demand, machine: Candidate, reason: str) -> int:
    """How much of what an instance lacks it would have to have more."""
    match reason:
        case "RESOURCE:CPU":
            return demand.cpu - machine.remaining.cpu
        case "RESOURCE:MEMORY":
            return demand.memory_mib - machine.remaining.memory_mib
        case "RESOURCE:PORTS":
            return len(_ports_taken(demand, machine))
        case "RESOURCE:GPU":
            return demand.gpus - gpus_of(machine)
        case "ATTRIBUTE":
            return len(lacking(demand, machine))
        case _:
            return 0


def _explained(
    demand: Demand, machine: Candidate, rules: Rules, expressions: tuple[str, ...]
) -> Explanation:
    return Explanation(
        arn=machine.arn,
        lacks=tuple(
            Lack(reason=reason, sentence=_sentence(reason, demand, machine, expressions))
            for reason in failed_filters(demand, machine, rules)
        ),
        connected=machine.connected,
        cpu_needed=demand.cpu,
        cpu_free=machine.remaining.cpu,
        memory_needed_mib=demand.memory_mib,
        memory_free_mib=machine.remaining.memory_mib,
        ports_needed=_named(demand.ports, demand.ports_udp),
        ports_taken=_ports_taken(demand, machine),
        gpus_needed=demand.gpus,
        gpus=gpus_of(machine),
        attributes_lacking=tuple(
            name if value is None else f"{name}={value}" for name, value in lacking(demand, machine)
        ),
        expressions_failed=expressions,
        group_tasks=machine.group_tasks,
    )


def _sentence(reason: str, demand: Demand, machine: Candidate, expressions: Sequence[str]) -> str:
    left = machine.remaining
    match reason:
        case "AGENT":
            return "Its agent, or its Docker Engine, is not connected."
        case "RESOURCE:CPU":
            return f"The task needs {demand.cpu} CPU units; {_free(left.cpu)}."
        case "RESOURCE:MEMORY":
            return f"The task needs {demand.memory_mib} MiB of memory; {_free(left.memory_mib)}."
        case "RESOURCE:PORTS":
            taken = _ports_taken(demand, machine)
            return f"Of the host ports that the task needs, {_are(taken)} taken."
        case "RESOURCE:GPU":
            gpus = _count(demand.gpus, "GPU")
            return f"The task needs {gpus}; the instance has {gpus_of(machine)}."
        case "ATTRIBUTE":
            return " ".join(
                _about(name, value, machine) for name, value in lacking(demand, machine)
            )
        case filters.MEMBER_OF_UNSATISFIED:
            which = " and ".join(f"'{each}'" for each in expressions) or "every expression"
            return f"It does not satisfy {which}, as memberOf demands."
        case _:
            tasks = _count(machine.group_tasks, "task")
            return f"It has {tasks} of the group already; distinctInstance allows one."


def _about(name: str, value: str | None, machine: Candidate) -> str:
    if name not in machine.attributes:
        wanted = "" if value is None else f" (the task requires {value})"
        return f"It has no attribute {name}{wanted}."
    return (
        f"Its attribute {name} is {machine.attributes[name] or 'empty'}; the task requires {value}."
    )


def _ports_taken(demand: Demand, machine: Candidate) -> tuple[str, ...]:
    tcp, udp = frozenset(machine.remaining.ports), frozenset(machine.remaining.ports_udp)
    return _named(
        [each for each in demand.ports if each in tcp],
        [each for each in demand.ports_udp if each in udp],
    )


def _named(tcp: Sequence[int], udp: Sequence[int]) -> tuple[str, ...]:
    return (*(f"{each}/tcp" for each in tcp), *(f"{each}/udp" for each in udp))


def _free(amount: int) -> str:
    return f"{amount} {'is' if amount == 1 else 'are'} free" if amount > 0 else "none is free"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _are(ports: Sequence[str]) -> str:
    return f"{', '.join(ports)} {'is' if len(ports) == 1 else 'are'}"
