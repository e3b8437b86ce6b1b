"""What becomes of a firing while another run of its job is under way.  Pure."""

from collections.abc import Sequence

from msgspec import Struct

from homeport.kernel.job_rules import CONCURRENCY, Concurrency
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run


class Start(Struct, frozen=True):
    """It starts its tasks."""


class Skip(Struct, frozen=True):
    """It is left out."""

    reason: str


class TakeOver(Struct, frozen=True):
    """It stops the others, and starts once they are over."""

    runs: tuple[Run, ...]
    waiting: tuple[Firing, ...]
    """Firings that waited, and whose turn never comes."""


def overlap(
    rule: Concurrency, firing: Firing, *, runs: Sequence[Run], waiting: Sequence[Firing]
) -> Start | Skip | TakeOver:
    """What the rule makes of it; `runs`, `waiting`: those of its lane that are under way."""
    earlier = tuple(each for each in waiting if each.sequence < firing.sequence)
    match rule:
        case "allow":
            return Start()
        case "forbid":
            return _forbidden(runs, earlier)
        case "replace":
            later = [each for each in waiting if each.sequence > firing.sequence]
            if later:
                return Skip(
                    f"The firing {later[-1].id} came after it, and takes its place "
                    f"({CONCURRENCY} replace)."
                )
            if not runs and not earlier:
                return Start()
            return TakeOver(tuple(runs), earlier)


def _forbidden(runs: Sequence[Run], earlier: Sequence[Firing]) -> Start | Skip:
    if runs:
        tasks = ", ".join(task.arn for task in runs[0].tasks) or "no task yet"
        return Skip(
            f"The run {runs[0].id} ({tasks}) of the firing {runs[0].firing_id} is still under way "
            f"({CONCURRENCY} forbid)."
        )
    if earlier:
        return Skip(f"The firing {earlier[0].id} still waits for room ({CONCURRENCY} forbid).")
    return Start()
