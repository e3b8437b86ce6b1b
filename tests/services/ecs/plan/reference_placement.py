"""Placement as one would explain it: every instance is looked at again for every copy.

What the planner answers is compared with this; it shares the records with it, and nothing else.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import log

from msgspec.structs import replace

from homeport.services.ecs.plan.placement import Candidate, Demand, Placement, Refusal, Rules
from homeport.services.ecs.records.run_request import PlacementStrategy


def place(demand: Demand, candidates: Sequence[Candidate], count: int, rules: Rules) -> Placement:
    """Filter, rank by each strategy in turn, let chance decide; once for each copy."""
    machines = {each.arn: each for each in candidates}
    chosen: list[str] = []
    for _ in range(count):
        refused = {arn: refusal(demand, each, rules) for arn, each in machines.items()}
        left = [each for arn, each in machines.items() if refused[arn] is None]
        if not left:
            refusals = tuple(Refusal(arn=arn, reason=why) for arn, why in refused.items() if why)
            return Placement(chosen=tuple(chosen), refusals=refusals)
        for strategy in (*rules.strategies, PlacementStrategy(type="random")):
            ranks = [
                rank(each, strategy, machines=list(machines.values()), chosen=chosen, rules=rules)
                for each in left
            ]
            left = [each for each, its in zip(left, ranks, strict=True) if its == min(ranks)]
        best = min(left, key=lambda each: each.arn)
        chosen.append(best.arn)
        machines[best.arn] = with_a_copy(best, demand)
    return Placement(chosen=tuple(chosen))


def refusal(demand: Demand, machine: Candidate, rules: Rules) -> str | None:
    """The first thing that an instance lacks."""
    left = machine.remaining
    if not machine.connected:
        return "AGENT"
    if left.cpu < demand.cpu:
        return "RESOURCE:CPU"
    if left.memory_mib < demand.memory_mib:
        return "RESOURCE:MEMORY"
    if set(demand.ports) & set(left.ports) or set(demand.ports_udp) & set(left.ports_udp):
        return "RESOURCE:PORTS"
    if demand.gpus > int(machine.attributes.get("ecs.gpu-count") or 0):
        return "RESOURCE:GPU"
    for name, value in demand.attributes:
        if name not in machine.attributes or value not in (None, machine.attributes[name]):
            return "ATTRIBUTE"
    if not machine.member:
        return "MemberOf placement constraint unsatisfied."
    if rules.distinct and machine.group_tasks > 0:
        return "DistinctInstance placement constraint unsatisfied."
    return None


def rank(
    machine: Candidate,
    strategy: PlacementStrategy,
    *,
    machines: Sequence[Candidate],
    chosen: Sequence[str],
    rules: Rules,
) -> float:
    """What a strategy counts of an instance: the least is best."""
    field = strategy.field or ""
    if strategy.type == "random":
        return next_arrival(rules.salt, machine.arn, chosen.count(machine.arn))
    if strategy.type == "binpack":
        left = machine.remaining
        return left.cpu if field.lower() == "cpu" else left.memory_mib
    if field.lower() in ("instanceid", "host"):
        return machine.group_tasks
    name = field.split(":", 1)[1]
    value = machine.attributes.get(name)
    return sum(each.group_tasks for each in machines if each.attributes.get(name) == value)


def next_arrival(salt: str, arn: str, copies: int) -> float:
    """When chance brings the next copy to an instance that was given so many."""
    at = 0.0
    for each in range(copies + 1):
        digest = blake2b(f"{salt}/{arn}/{each}".encode(), digest_size=8).hexdigest()
        at += -log((int(digest, 16) + 1) / 2**64)
    return at


def with_a_copy(machine: Candidate, demand: Demand) -> Candidate:
    """The instance with one more copy on it."""
    left = machine.remaining
    return replace(
        machine,
        remaining=replace(
            left,
            cpu=left.cpu - demand.cpu,
            memory_mib=left.memory_mib - demand.memory_mib,
            ports=(*left.ports, *demand.ports),
            ports_udp=(*left.ports_udp, *demand.ports_udp),
        ),
        group_tasks=machine.group_tasks + 1,
    )
