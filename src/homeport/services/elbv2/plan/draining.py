"""Registering targets and taking them away: when which of them is gone.  Pure.

A draining target is checked on until it is free.  One that is registered again before that is as
it was last seen; the data plane, which saw no change, has nothing to report of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from homeport.services.elbv2.records.target_groups import Observed, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """What registering targets comes to."""

    new: tuple[Target, ...]
    returning: tuple[Target, ...]
    """They were draining."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What deregistering targets, or the end of their delay, comes to."""

    gone: tuple[Target, ...] = ()
    draining: tuple[Target, ...] = ()
    """They have begun to drain."""
    next_s: float | None = None
    """In how many seconds the next one is gone; None when there is none."""


def register(wanted: Sequence[Target], known: dict[tuple[str, int], Target]) -> Registering:
    """What is new among the wanted targets; those that are registered stay as they are."""
    new: dict[tuple[str, int], Target] = {}
    returning: dict[tuple[str, int], Target] = {}
    for target in wanted:
        key = (target.target_id, target.port)
        before = known.get(key)
        if before is None:
            new.setdefault(key, target)
        elif before.draining_since is not None:
            returning.setdefault(key, _returned(before, target))
    return Registering(new=tuple(new.values()), returning=tuple(returning.values()))


def deregister(targets: Sequence[Target], *, is_used: bool, now: float) -> Leaving:
    """Begin to drain targets; where no load balancer uses them they are gone at once."""
    if not is_used:
        return Leaving(gone=tuple(targets))
    draining = (
        replace(each, draining_since=now) for each in targets if each.draining_since is None
    )
    return Leaving(draining=tuple(draining))


def expire(draining: Sequence[Target], *, delay_s: float, now: float) -> Leaving:
    """Which draining targets are gone, `delay_s` real seconds after they were deregistered."""
    gone: list[Target] = []
    left: list[float] = []
    for target in draining:
        if target.draining_since is None:
            continue
        left_s = target.draining_since + delay_s - now
        if left_s > 0:
            left.append(left_s)
        else:
            gone.append(target)
    return Leaving(gone=tuple(gone), next_s=min(left, default=None))


def freed(target: Target) -> Target:
    """The target once its last connection was seen to be gone; itself while it is registered."""
    if target.draining_since is None or target.is_free:
        return target
    return replace(target, is_free=True, observed=Observed())


def _returned(before: Target, wanted: Target) -> Target:
    is_elsewhere = (before.address, before.zone) != (wanted.address, wanted.zone)
    if before.is_free or is_elsewhere:
        return wanted
    return replace(wanted, observed=before.observed)
