"""Rules, as EventBridge keeps them, and their targets."""

from typing import Final, Literal

from msgspec import Struct

from homeport.kernel.scaled_calendar import Anchor
from homeport.services.events.records.buses import Place

RuleState = Literal["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]

MAX_AGE_S: Final = 86_400
RETRIES_MAX: Final = 185
"""What counts for a target without a retry policy."""


class Due(Struct, frozen=True, kw_only=True):
    """When a schedule fires next."""

    at: float
    """Real seconds since the epoch."""
    reading: float
    """What the rule's calendar reads then."""


class Timing(Struct, frozen=True, kw_only=True):
    """Where the schedule of an enabled rule stands."""

    anchor: Anchor
    origin: float
    """The reading of the calendar from which a rate counts."""
    due: Due | None
    """None: it never fires again."""


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of an event bus."""

    arn: str
    place: Place
    """Its bus."""
    name: str
    state: RuleState = "ENABLED"
    event_pattern: str | None = None
    schedule_expression: str | None = None
    description: str | None = None
    role_arn: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    """By key."""
    created_at: float
    timing: Timing | None = None
    """Of a rule that is enabled and has a schedule expression."""

    @property
    def is_enabled(self) -> bool:
        """Whether it matches events and fires by its schedule."""
        return self.state != "DISABLED"

    @property
    def next_at(self) -> float | None:
        """When its schedule is due next, in real seconds since the epoch."""
        due = None if self.timing is None else self.timing.due
        return None if due is None else due.at


class InputTransformer(Struct, frozen=True, kw_only=True):
    """How a target's input is made of an event."""

    template: str
    paths: dict[str, str] | None = None
    """None: the request said nothing of paths."""


class Target(Struct, frozen=True, kw_only=True):
    """What a rule has invoked."""

    id: str
    arn: str
    role_arn: str | None = None
    input: str | None = None
    input_path: str | None = None
    transformer: InputTransformer | None = None
    parameters: str = "{}"
    """JSON: what the API calls ``EcsParameters``, ``SqsParameters`` and so on, by these names."""
    retries_max: int | None = None
    max_age_s: int | None = None
    """Of its retry policy; None where that says nothing."""
    dead_letter_arn: str | None = None
