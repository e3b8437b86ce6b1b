"""Instances in the order of the strategies, kept while one task after another is placed.  Pure.

A strategy ranks an instance by a number of its own (what it has left, its tasks, chance) or, when
tasks are spread over an attribute, by the tasks of all instances that have its value of it.
So the instances are sorted into cells, a level for each such attribute: within a cell only numbers
of their own differ, and a heap keeps the first.  A task that is placed changes the numbers of one
instance, and makes the cells of its values rank worse.  Those ranks are looked at again only when
their turn comes, which is soon enough: what has got worse meanwhile is never passed over.
"""

from collections.abc import Collection, Sequence
from hashlib import blake2b
from heapq import heapify, heappop, heapreplace
from math import log
from operator import attrgetter
from typing import Any, Final, TypeAlias

from homeport.services.ecs.plan.placement_filters import (
    Candidate,
    Demand,
    Rules,
    refusal,
    with_copies,
)
from homeport.services.ecs.records.run_request import PlacementStrategy

Rank: TypeAlias = tuple[Any, ...]
"""A number for each strategy, in their order, then chance and the ARN; the least is first."""

_DICE_SIDES: Final = 2**64


class Order:
    """The instances that can take a copy of the task, the best first."""

    def __init__(self, demand: Demand, everyone: Collection[Candidate], rules: Rules) -> None:
        """Tasks on any of `everyone` count where tasks are spread, full instances included."""
        self._demand = demand
        self._rules = rules
        self._chance = _Chance(rules.salt)
        self._spreads = _spreads_of(rules.strategies, everyone)
        ranks = attrgetter(*_own_ranks(rules.strategies), "arrival", "candidate.arn")
        machines = [
            _Machine(each, ranks, self._chance.wait(each.arn, 0))
            for each in everyone
            if refusal(demand, each, rules) is None
        ]
        self._root = _Cell(_cells_of(machines, self._spreads))

    def place_next(self) -> str | None:
        """Put a copy on the best instance and answer its ARN; None when no instance can take it."""
        first = self._root.first()
        if first is None:
            return None
        machine: _Machine = first[1]
        candidate = with_copies(machine.candidate, self._demand)
        machine.candidate = candidate
        machine.is_full = refusal(self._demand, candidate, self._rules) is not None
        machine.copies += 1
        machine.arrival += self._chance.wait(candidate.arn, machine.copies)
        for spread in self._spreads:
            spread.tasks[candidate.attributes.get(spread.name)] += 1
        return candidate.arn


class _Chance:
    """How long an instance waits for its next copy, where chance decides.

    Copies arrive at every instance at random times, at the same rate, and the earliest is next: so
    each copy is as likely to go to one instance as to another, whatever went where before; and yet
    what an instance has drawn changes only once it is given a copy, so that a heap can hold it.
    """

    __slots__ = ("_begun",)

    def __init__(self, salt: str) -> None:
        self._begun = blake2b(f"{salt}/".encode(), digest_size=8)

    def wait(self, arn: str, copies: int) -> float:
        """The time between a copy and the next on an instance that was given so many."""
        dice = self._begun.copy()
        dice.update(f"{arn}/{copies}".encode())
        return -log((int.from_bytes(dice.digest()) + 1) / _DICE_SIDES)


class _Machine:
    """An instance, and how it ranks by what is its own."""

    __slots__ = ("_ranks", "arrival", "candidate", "copies", "is_full")

    def __init__(self, candidate: Candidate, ranks: "attrgetter[Rank]", arrival: float) -> None:
        self.candidate = candidate
        self.copies = 0
        self.is_full = False
        self.arrival = arrival
        """When chance brings the next copy here."""
        self._ranks = ranks

    def first(self) -> "tuple[Rank, _Machine] | None":
        return None if self.is_full else (self._ranks(self), self)


class _Spread:
    """An attribute that tasks are spread over, and how many tasks there are by its value."""

    __slots__ = ("before", "name", "place", "tasks")

    def __init__(self, name: str, place: int, everyone: Collection[Candidate]) -> None:
        self.name = name
        self.place = place
        """Where its strategy is among the strategies."""
        self.before = 0
        """How many ranks of the members of a cell come before this one."""
        self.tasks: dict[str | None, int] = {}
        for each in everyone:
            value = each.attributes.get(name)
            self.tasks[value] = self.tasks.get(value, 0) + each.group_tasks


class _Cell:
    """Instances, or smaller cells, that have one value of an attribute in common."""

    __slots__ = ("_heap", "_spread", "_value")

    def __init__(
        self,
        members: Sequence["_Machine | _Cell"],
        spread: _Spread | None = None,
        value: str | None = None,
    ) -> None:
        self._spread = spread
        self._value = value
        firsts = ((each.first(), each) for each in members)
        # Ranks end in an ARN, so no two are equal and members themselves are never compared.
        self._heap = [(first[0], each) for first, each in firsts if first is not None]
        heapify(self._heap)

    def first(self) -> tuple[Rank, _Machine] | None:
        """The best instance and its rank, as far as the members of the enclosing cell differ."""
        heap = self._heap
        while heap:
            believed, member = heap[0]
            found = member.first()
            if found is None:
                heappop(heap)
            elif found[0] != believed:
                heapreplace(heap, (found[0], member))
            else:
                return self._among_cells(*found)
        return None

    def _among_cells(self, rank: Rank, machine: _Machine) -> tuple[Rank, _Machine]:
        if self._spread is None:
            return rank, machine
        before = self._spread.before
        return (*rank[:before], self._spread.tasks[self._value], *rank[before:]), machine


def _cells_of(
    machines: Sequence[_Machine], spreads: Sequence[_Spread]
) -> Sequence[_Machine | _Cell]:
    """The machines as they are, or in a cell for each value of the first attribute, and so on."""
    if not spreads:
        return machines
    spread, *rest = spreads
    groups: dict[str | None, list[_Machine]] = {}
    for each in machines:
        groups.setdefault(each.candidate.attributes.get(spread.name), []).append(each)
    return [_Cell(_cells_of(group, rest), spread, value) for value, group in groups.items()]


def _spreads_of(
    strategies: Sequence[PlacementStrategy], everyone: Collection[Candidate]
) -> tuple[_Spread, ...]:
    """The attributes that tasks are spread over, those with the fewest values first.

    A task makes all cells of its values rank worse.  With the fewest values outermost these are
    few.  The second mention of an attribute changes nothing.
    """
    spreads: dict[str, _Spread] = {}
    for place, strategy in enumerate(strategies):
        name = spread_attribute(strategy)
        if name is not None and name not in spreads:
            spreads[name] = _Spread(name, place, everyone)
    outermost_first = sorted(spreads.values(), key=lambda each: len(each.tasks))
    for level, spread in enumerate(outermost_first):
        inner = (each.place < spread.place for each in outermost_first[level + 1 :])
        spread.before = len(_own_ranks(strategies[: spread.place])) + sum(inner)
    return tuple(outermost_first)


def _own_ranks(strategies: Sequence[PlacementStrategy]) -> tuple[str, ...]:
    """Where a machine has its rank by each strategy that ranks by what is the machine's own."""
    return tuple(_own_rank(each) for each in strategies if spread_attribute(each) is None)


def _own_rank(strategy: PlacementStrategy) -> str:
    if strategy.type == "random":
        return "arrival"
    if strategy.type == "spread":
        return "candidate.group_tasks"
    is_cpu = (strategy.field or "").lower() == "cpu"
    return "candidate.remaining.cpu" if is_cpu else "candidate.remaining.memory_mib"


def is_left_to_chance(strategies: Sequence[PlacementStrategy]) -> bool:
    """Whether nothing but chance decides among the instances that can take a task."""
    return all(each.type == "random" for each in strategies)


def spread_attribute(strategy: PlacementStrategy) -> str | None:
    """The attribute that a strategy spreads tasks over; None when it does something else."""
    field = strategy.field or ""
    if strategy.type != "spread" or field.lower() in ("instanceid", "host"):
        return None
    return field.partition(":")[2]
