"""Where firings come from: the schedules and the rules, as the ledger shows them.

Provided by scheduler (schedules) and by events (rules).
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from homeport.kernel.ids import Ids
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A schedule or a rule."""

    arn: str
    kind: Literal["schedule", "rule"]
    group: str
    """The schedule's group, or the rule's bus."""
    name: str
    state: str
    """ENABLED or DISABLED."""
    expression: str
    """Empty for a rule that only has an event pattern."""
    zone: str = "UTC"
    next_at: float | None = None
    """Real seconds since the epoch: the next firing; None when there is none or nobody knows."""
    target_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    """Those by which its runs are kept: the group's, or the rule's."""


class JobSources(Protocol):
    """The schedules, or the rules, of an account and region."""

    def jobs(self, tx: ReadTx, account: str, region: str) -> tuple[Job, ...]:
        """All of them, by group and name."""

    def job(self, tx: ReadTx, arn: str) -> Job | None:
        """The one with this ARN."""

    def fire_now(self, tx: Tx, arn: str, *, now: float, ids: Ids) -> tuple[str, ...]:
        """Fire it once now, by hand, whatever its state: the firings' ids, one for each target.

        A rule that only has an event pattern fires nothing: it would have no event to tell.
        Raises `KeyError` when there is none with this ARN.
        """
