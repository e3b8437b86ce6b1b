"""How traffic is shifted from one side to another: all at once, a canary first, or in equal steps.

Pure arithmetic over percentages of the new side's share.  Both CodeDeploy and the strategies of ECS
shift by it.  A share is counted in tenths of a percent, the finest that either can be told, so that
no sum of steps is ever off by a rounding.
"""

from typing import Final, Literal

from msgspec import Struct

WHOLE: Final = 1000
"""All of the traffic, in tenths of a percent."""


class Shift(Struct, frozen=True, kw_only=True):
    """How the new side's share grows, once it has begun to."""

    kind: Literal["all_at_once", "canary", "linear"] = "all_at_once"
    tenths: int = WHOLE
    """Of the canary, or of each linear step; tenths of a percent, 1 to `WHOLE`."""
    interval_s: float = 0.0
    """Between one step and the next; seconds of ECS time."""


def next_share(shift: Shift, tenths: int) -> int:
    """The share that follows on `tenths`; `WHOLE` is the last and follows on itself."""
    if shift.kind == "all_at_once" or (shift.kind == "canary" and tenths > 0):
        return WHOLE
    return min(WHOLE, tenths + shift.tenths)


def shares(shift: Shift) -> tuple[int, ...]:
    """Every share in order: it begins with the first step and ends with `WHOLE`."""
    found = [next_share(shift, 0)]
    while found[-1] < WHOLE:
        found.append(next_share(shift, found[-1]))
    return tuple(found)


def due_in(shift: Shift, tenths: int, *, since: float, now: float, span: float) -> float | None:
    """Real seconds until the next step is due; None when all of the traffic is shifted.

    `since` is when the step to `tenths` was made, `span` the interval in real seconds.
    """
    if tenths >= WHOLE:
        return None
    if tenths == 0:
        return 0.0
    return max(0.0, since + span - now)


def weights(tenths: int) -> tuple[int, int]:
    """Weights of a listener for the (old, new) side, each at most 999 as a listener allows.

    Whole percents are shown as such; a finer share needs weights that sum to 1,000.
    """
    if tenths % 10 == 0:
        return (WHOLE - tenths) // 10, tenths // 10
    return WHOLE - tenths, tenths
