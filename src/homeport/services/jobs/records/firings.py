"""Firings: what a schedule or a rule asked for, and what became of it."""

from typing import Final, Literal

from msgspec import Struct

from homeport.contracts.wanted_firings import Wanted

FiringState = Literal[
    "PENDING",
    "WAITING",
    "DELIVERED",
    "FAILED",
    "SKIPPED",
    "MISSED",
]
"""It is to be tried at a time; it waits for room or for another run's end; its target took it; it
was given up; a reserved tag leaves it out; it never came to it."""

OPEN: Final = frozenset[FiringState]({"PENDING", "WAITING"})

Exhausted = Literal["", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"]

ATTEMPTS_KEPT: Final = 50
"""Of the attempts of one firing; `Firing.attempts_made` counts all of them."""


class Attempt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One time that the target was invoked, or would have been."""

    number: int
    at: float
    error_code: str = ""
    """Empty when the target took it."""
    error_message: str = ""
    outcome: str = ""
    """A sentence: what came of it."""


class Firing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One firing of a schedule, or of a rule for one of its targets."""

    id: str
    wanted: Wanted
    lane: str
    """Source and target id: the firings of one lane are tried in their order."""
    created_at: float
    sequence: int = 0
    """Counts up with each firing; 0 until it is stored."""
    state: FiringState = "PENDING"
    reason: str = ""
    """A sentence: why it failed, was skipped or missed, or what it waits for."""
    attempts: tuple[Attempt, ...] = ()
    """The latest, oldest first."""
    attempts_made: int = 0
    next_attempt_at: float | None = None
    """Only while PENDING."""
    waits_for: str = ""
    """Only while WAITING: ``run RUN_ID``, or ``room CLUSTER_ARN``."""
    waiting_since: float | None = None
    waited_s: float = 0.0
    """How long it has waited until now: it is not counted in its age."""
    delivered_at: float | None = None
    ended_at: float | None = None
    """Since when it is neither PENDING nor WAITING."""
    closed_at: float | None = None
    """Since when it is over with all its runs: it is history."""
    answer: str = ""
    """What the target answered, in short: a message's id, an event's id, the tasks' ARNs."""
    exhausted: Exhausted = ""
    """Which limit of the retry policy ended it, when it FAILED."""
    dead_lettered_to: str = ""
    """ARN of the queue that has it."""
    dead_letter_problem: str = ""
    """A sentence: why the queue could not take it."""
    missed_count: int = 0
    """How many firings it stands for, when it was MISSED."""

    @property
    def is_over(self) -> bool:
        """Whether it was delivered or given up."""
        return self.state not in OPEN
