"""Who reconciles what when several control planes share the state.  Pure: told what was seen.

All work is divided into shards; each shard is one control plane's.  That saves work and conflicts;
nothing is wrong when two believe that they hold the same one.
"""

import zlib
from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct

SHARDS: Final = 64


def shard_of(reconciler: str, key: str) -> int:
    """The shard that a reconciler's key is in, the same in every process."""
    return zlib.crc32(f"{reconciler}\0{key}".encode()) % SHARDS


class Division(Struct, frozen=True):
    """What one control plane should change about who holds what."""

    take: tuple[int, ...] = ()
    """Shards of nobody, or of the dead."""
    give: tuple[int, ...] = ()
    """Shards of ours beyond our share."""


def divide(me: str, holders: Mapping[int, str], living: Collection[str]) -> Division:
    """What `me` takes and gives so that all that live hold equally many shards.

    `holders` has no entry for a shard of nobody.  Only one's own shards are ever given, and never
    one taken that somebody alive holds, so it takes two steps for a shard to change hands.
    """
    names = sorted({*living, me})
    rank = names.index(me)
    each, left_over = divmod(SHARDS, len(names))
    share = each + (rank < left_over)
    mine = sorted(shard for shard, holder in holders.items() if holder == me)
    if len(mine) > share:
        return Division(give=tuple(mine[share:]))
    free = [shard for shard in range(SHARDS) if holders.get(shard) not in names]
    # Those who take at the same time begin at different ends.
    begin = rank * SHARDS // len(names)
    free.sort(key=lambda shard: (shard - begin) % SHARDS)
    return Division(take=tuple(free[: share - len(mine)]))


class Pulse(Struct, frozen=True):
    """What was seen of one control plane."""

    count: int
    since: float
    """When that count was seen first, by the own clock of whoever looks."""


class Hearing(Struct, frozen=True):
    """What one control plane has seen of all, at its last look."""

    at: float
    pulses: Mapping[str, Pulse] = {}

    def dead(self, after_s: float) -> frozenset[str]:
        """Those whose count has stood still for `after_s`."""
        return frozenset(
            name for name, pulse in self.pulses.items() if self.at - pulse.since >= after_s
        )


def heard(before: Hearing, counts: Mapping[str, int], *, now: float, gap_max_s: float) -> Hearing:
    """What is known after a look at `now` that showed these counts.

    Clocks of different machines are never compared: only whether a count changes while one looks.
    Whoever has not looked for longer than `gap_max_s` has seen nobody stand still.
    """
    blind = now - before.at > gap_max_s
    pulses: dict[str, Pulse] = {}
    for name, count in counts.items():
        known = before.pulses.get(name)
        if blind or known is None or known.count != count:
            known = Pulse(count, now)
        pulses[name] = known
    return Hearing(now, pulses)
