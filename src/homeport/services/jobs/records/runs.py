"""Runs: the tasks that a firing started, followed to their end."""

from typing import Final, Literal

from msgspec import Struct

Outcome = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT", "LOST"]
"""Its tasks are yet to be asked for (it follows one that failed); not all of its tasks are over;
every essential container exited with 0; some did not; somebody stopped it; it took longer than it
may; nothing is known of its tasks any more."""

OPEN_OUTCOMES: Final = frozenset[Outcome]({"PENDING", "RUNNING"})


class ContainerEnd(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one container of a task ended."""

    name: str
    exit_code: int | None = None
    """None when it never ran."""
    reason: str = ""


class RunTask(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One task of a run, as it was observed."""

    arn: str
    started_at: float | None = None
    stopped_at: float | None = None
    """None until it is STOPPED."""
    stop_code: str = ""
    stopped_reason: str = ""
    containers: tuple[ContainerEnd, ...] = ()
    outcome: Outcome = "RUNNING"


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one time that the tasks of a firing were asked for."""

    id: str
    firing_id: str
    source: str
    lane: str
    account: str
    region: str
    number: int
    """Of the runs of its firing, from 1."""
    requested_at: float
    """When its tasks were asked for, or when it was decided that they will be."""
    sequence: int = 0
    """Counts up with each run; 0 until it is stored."""
    previous: str = ""
    """The run that failed, after which this one tries again."""
    next: str = ""
    """The run that tries again after this one."""
    request: str = ""
    """JSON: the `Ask` that started its tasks, or is to start them."""
    cluster: str = ""
    tasks: tuple[RunTask, ...] = ()
    outcome: Outcome = "RUNNING"
    reason: str = ""
    """A sentence: why it ended as it did, or what it waits for."""
    next_attempt_at: float | None = None
    """Only while PENDING: when its tasks are asked for."""
    attempts_made: int = 0
    """How often RunTask was asked for it in vain."""
    retries_left: int = 0
    """How many runs may follow this one (`homeport:retry-attempts`)."""
    retry_exit_codes: tuple[int, ...] = ()
    retry_stop_codes: tuple[str, ...] = ()
    """After which failures one does (`homeport:retry-on`); after each when neither says any."""
    queue_for_capacity: bool = False
    """It waits when there is no room for its tasks (`homeport:queue-for-capacity`)."""
    started_at: float | None = None
    """When the first of its tasks ran."""
    stopped_at: float | None = None
    """When the last of its tasks was STOPPED."""
    exit_code: int | None = None
    """The first that is not 0, of its essential containers; 0 when all are."""
    stop_code: str = ""
    stopped_reason: str = ""
    """Of the task that decided the outcome."""

    @property
    def is_over(self) -> bool:
        """Whether its outcome is final."""
        return self.outcome not in OPEN_OUTCOMES

    @property
    def duration_s(self) -> float | None:
        """Real seconds from its start to its end; None when it has not both."""
        if self.started_at is None or self.stopped_at is None:
            return None
        return max(0.0, self.stopped_at - self.started_at)
