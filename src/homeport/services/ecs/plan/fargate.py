"""Where each copy of a Fargate task runs: its zone, its subnet and its node.  Pure.

Fargate counts no resources: zones are kept even, and the least busy node runs the task.
"""

from collections.abc import Sequence
from hashlib import blake2b
from heapq import heapify, heapreplace

from msgspec import Struct


class FargateNode(Struct, frozen=True, kw_only=True):
    """A node that runs Fargate tasks."""

    arn: str
    busy: int
    """Live Fargate tasks that it has."""
    able: bool = True
    """It is connected and of the architecture that the task asks for."""


class Zone(Struct, frozen=True, kw_only=True):
    """An availability zone in which tasks may have their addresses."""

    name: str
    subnets: tuple[str, ...]
    """Ids, one at least."""
    tasks: int = 0
    """Tasks of the service that it has; 0 for tasks that belong to none."""


class FargateSpot(Struct, frozen=True, kw_only=True):
    """Where one copy runs."""

    node_arn: str
    zone: str
    subnet_id: str


def choose(
    nodes: Sequence[FargateNode], zones: Sequence[Zone], count: int, *, salt: str
) -> tuple[FargateSpot, ...]:
    """A spot for each copy: the zone with the fewest tasks, its next subnet, the least busy node.

    `salt` throws the dice among equals and for the subnet that is first, so that tasks of many
    calls use all zones and subnets.  Without an able node or a zone there is no spot.
    """
    by_arn = {each.arn: each.busy for each in nodes if each.able}
    by_name = {each.name: each for each in zones if each.subnets}
    if not by_arn or not by_name:
        return ()
    least_busy = [(busy, _dice(salt, arn), arn) for arn, busy in by_arn.items()]
    emptiest = [(each.tasks, _dice(salt, name), name) for name, each in by_name.items()]
    turns = {name: _dice(salt, f"subnet/{name}") for name in by_name}
    heapify(least_busy)
    heapify(emptiest)
    spots = []
    for _ in range(count):
        busy, node_dice, arn = least_busy[0]
        tasks, zone_dice, name = emptiest[0]
        subnets = by_name[name].subnets
        subnet = subnets[turns[name] % len(subnets)]
        spots.append(FargateSpot(node_arn=arn, zone=name, subnet_id=subnet))
        heapreplace(least_busy, (busy + 1, node_dice, arn))
        heapreplace(emptiest, (tasks + 1, zone_dice, name))
        turns[name] += 1
    return tuple(spots)


def _dice(salt: str, thrown_for: str) -> int:
    return int.from_bytes(blake2b(f"{salt}/{thrown_for}".encode(), digest_size=8).digest())
