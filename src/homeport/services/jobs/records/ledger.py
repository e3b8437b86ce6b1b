"""Jobs as the ledger names and counts them."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from homeport.services.jobs.records.outcomes import BAD, GOOD, UNDER_WAY, LedgerOutcome

Kind = Literal["schedule", "rule"]


class NamedJob(Struct, frozen=True, kw_only=True):
    """What a schedule or a rule is called, whether it is still there or only has a history."""

    arn: str
    kind: Kind
    group: str
    """The schedule's group, or the rule's bus."""
    name: str
    is_deleted: bool = False

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands among the others: by group, then by name."""
        return self.group, self.name, self.kind


class Tally(Struct, frozen=True, kw_only=True):
    """How many firings of a job that are kept had which outcome."""

    counts: Mapping[LedgerOutcome, int] = {}

    def of(self, *outcomes: LedgerOutcome) -> int:
        """How many had one of these."""
        return sum(self.counts.get(each, 0) for each in outcomes)

    @property
    def firings(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def succeeded(self) -> int:
        """Those whose tasks succeeded, or whose target took what it was sent."""
        return self.of(*GOOD)

    @property
    def failed(self) -> int:
        """Those that were given up, or whose tasks failed for good."""
        return self.of(*BAD)

    @property
    def under_way(self) -> int:
        """Those of which it is not known yet."""
        return self.of(*UNDER_WAY)

    @property
    def success_rate(self) -> float | None:
        """The share of those that succeeded, of those that succeeded or failed; None of none."""
        told = self.succeeded + self.failed
        return self.succeeded / told if told else None
