"""Which tasks go first when there are too many.  Pure.

ECS keeps the zones balanced, and the instances within a zone; a service that packs its tasks gives
an instance back as a whole.  How many may go is decided elsewhere.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import Final

from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member, Standing

FIRST_TO_GO: Final[tuple[Standing, ...]] = ("UNHEALTHY", "PENDING", "YOUNG", "HEALTHY")
"""What serves least goes first, wherever it is."""

_AGE: Final = attrgetter("task.created_at", "task.arn")


def leaving_order(
    members: Sequence[Member],
    strategies: Sequence[PlacementStrategy],
    room: Mapping[str, tuple[int, int]],
) -> tuple[str, ...]:
    """ARNs in the order in which they are stopped, each as if those before it were gone.

    `room` is what instances have left: CPU units and MiB.
    """
    return tuple(each.task.arn for each in leaving(members, strategies, room, among=members))


def leaving(
    members: Sequence[Member],
    strategies: Sequence[PlacementStrategy],
    room: Mapping[str, tuple[int, int]],
    *,
    among: Sequence[Member],
) -> list[Member]:
    """The same of some tasks only; `among` are all that the balance counts, these included."""
    zones = _countdowns(_zones(among))
    places = _countdowns(_places(among))
    freed: Counter[str | None] = Counter()
    packed = _packed_by(strategies)
    order: list[Member] = []
    for standing in FIRST_TO_GO:
        pool = [each for each in members if each.standing == standing]
        if not pool:
            continue
        pool.sort(key=_AGE, reverse=True)
        if packed is None:
            pool = _from_fullest(pool, _places(pool), places)
        else:
            pool = _from_emptiest(pool, {arn: left[packed] for arn, left in room.items()}, freed)
        if packed is None or strategies[0].type != "binpack":
            pool = _from_fullest(pool, _zones(pool), zones)
        order += pool
    return order


def _zones(members: Sequence[Member]) -> list[str | None]:
    return [each.task.zone for each in members]


def _places(members: Sequence[Member]) -> list[str | None]:
    """Their instances; what runs on machines that nobody is shown is in one place, whichever."""
    return [each.task.instance_arn for each in members]


def _packed_by(strategies: Sequence[PlacementStrategy]) -> int | None:
    """Which number of `room` instances are compared by; None: by how many tasks they have."""
    for each in strategies:
        if each.type == "binpack":
            return 0 if each.field == "cpu" else 1
        if each.type == "spread" and each.field in ("instanceId", "host"):
            return None
    return None


def _countdowns(places: Sequence[str | None]) -> dict[str | None, Iterator[int]]:
    """For each place how many tasks it has, then one less each time that one goes."""
    return {place: count(has, -1) for place, has in Counter(places).items()}


def _from_fullest(
    pool: Sequence[Member],
    places: Sequence[str | None],
    countdowns: Mapping[str | None, Iterator[int]],
) -> list[Member]:
    """Always the next one of the place that has most left.

    A place's tasks keep their order, so the count that each of them finds there goes down one by
    one: sorting by it merges the places as choosing again and again would.
    """
    found = list(map(next, map(countdowns.__getitem__, places)))
    by_count = sorted(range(len(found)), key=found.__getitem__, reverse=True)
    return [pool[index] for index in by_count]


def _from_emptiest(
    pool: Sequence[Member], left: Mapping[str, int], freed: Counter[str | None]
) -> list[Member]:
    """All of the instance that has most left, then all of the next: who loses a task has more left.

    Of instances with equally many left the one goes first that more tasks have `freed` already,
    then the one with the youngest task.
    """
    by_place: dict[str | None, list[Member]] = {}
    for place, each in zip(_places(pool), pool, strict=True):
        by_place.setdefault(place, []).append(each)
    places = sorted(
        by_place, key=lambda place: (left.get(place or "", 0), freed[place]), reverse=True
    )
    for place, its in by_place.items():
        freed[place] += len(its)
    return [each for place in places for each in by_place[place]]
