"""A schedule: what was asked for, and when it fires next.

`docs/design/ownership.md` says who writes which field.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from homeport.kernel.scaled_calendar import Anchor

State: TypeAlias = Literal["ENABLED", "DISABLED"]
Completion: TypeAlias = Literal["NONE", "DELETE"]

AGE_MAX_S: Final = 86_400
RETRIES_MAX: Final = 185


class Target(Struct, frozen=True, kw_only=True):
    """What a schedule invokes, and how hard it tries."""

    arn: str
    role_arn: str
    input: str | None = None
    parameters: str = "{}"
    """JSON: the blocks of the API that are for one kind of target, such as ``EcsParameters``."""
    max_age_s: int = AGE_MAX_S
    max_retries: int = RETRIES_MAX
    dead_letter_arn: str | None = None


class Upcoming(Struct, frozen=True):
    """A firing that is to come."""

    calendar_at: float
    """The time that the expression names."""
    real_at: float
    """The real moment in which the schedule's calendar reads that."""
    due_at: float
    """When it is to happen, really: that moment, or a later one in the flexible window."""


class Passed(Struct, frozen=True):
    """Missed firings that were counted, and of which the ledger has not been told yet."""

    count: int
    last: Upcoming
    before: Upcoming | None = None
    """The one before the last."""


class Schedule(Struct, frozen=True, kw_only=True):
    """A schedule.  `start_at`, `end_at` and `origin` are readings of its calendar."""

    account: str
    region: str
    group: str
    name: str
    expression: str
    zone: str = "UTC"
    start_at: float | None = None
    end_at: float | None = None
    description: str | None = None
    state: State = "ENABLED"
    window_minutes: int | None = None
    """How long its flexible window is; None: it has none."""
    completion: Completion = "NONE"
    target: Target
    created_at: float
    modified_at: float
    edition: str = ""
    """Names the times of firings apart from those before its timing was changed, and from those of
    an earlier schedule of the same name."""
    origin: float = 0.0
    """What a rate counts from."""
    anchor: Anchor
    upcoming: Upcoming | None = None
    """None: it is disabled, or fires no more."""
    passed: Passed | None = None

    @property
    def arn(self) -> str:
        """Its Amazon Resource Name."""
        return schedule_arn(self.account, self.region, self.group, self.name)

    @property
    def is_over(self) -> bool:
        """Whether it fires no more unless it is changed."""
        return self.state == "ENABLED" and self.upcoming is None

    @property
    def is_ending(self) -> bool:
        """Whether it is to be deleted once its last firing is over."""
        return self.completion == "DELETE" and self.is_over


def schedule_arn(account: str, region: str, group: str, name: str) -> str:
    """The ARN of the schedule of this name."""
    return f"arn:aws:scheduler:{region}:{account}:schedule/{group}/{name}"
