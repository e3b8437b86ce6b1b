"""What CloudWatch Logs keeps, as the rest of the service sees it.  Times are milliseconds."""

from typing import Final

from msgspec import Struct

TIME_SHIFT: Final = 144
"""AWS's ids of events have the time above 144 bits of their own, so ours do too."""


class GroupBody(Struct, frozen=True, kw_only=True):
    """What of a log group is never filtered by."""

    log_group_class: str = "STANDARD"
    tags: dict[str, str] = {}


class LogGroup(Struct, frozen=True, kw_only=True):
    """A log group.  Its id is never used again, not even for a group of the same name."""

    id: int
    account: str
    region: str
    name: str
    created_ms: int
    retention_days: int | None
    body: GroupBody

    @property
    def arn(self) -> str:
        """The ARN without the ``:*`` that the older API adds."""
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"


class LogStream(Struct, frozen=True, kw_only=True):
    """A log stream.  The event times are 0 until it has events."""

    id: int
    group_id: int
    name: str
    created_ms: int
    first_event_ms: int
    last_event_ms: int
    last_ingested_ms: int


class Position(Struct, frozen=True, order=True):
    """Where an event stands in a stream or group: by time, then by order of arrival."""

    at_ms: int
    row: int

    @property
    def number(self) -> int:
        """One number for both, higher for later events."""
        return (self.at_ms << TIME_SHIFT) | self.row

    @property
    def event_id(self) -> str:
        """The id that FilterLogEvents shows: stable, and unique among all events."""
        return f"{self.number:056d}"


class LogEvent(Struct, frozen=True, kw_only=True):
    """One event as it was accepted."""

    position: Position
    stream: str
    ingested_ms: int
    message: str
    size: int
    """Bytes of the message as UTF-8."""


class EventScope(Struct, frozen=True, kw_only=True):
    """Which events a read is about: a group's, perhaps of some streams, in a range of time."""

    group_id: int
    stream_ids: tuple[int, ...] | None = None
    stream_prefix: str | None = None
    start_ms: int = 0
    """Inclusive."""
    end_ms: int | None = None
    """Exclusive."""


class NewEvent(Struct, frozen=True, kw_only=True):
    """An event that somebody puts."""

    at_ms: int
    message: bytes
    """UTF-8."""


class Verdict(Struct, frozen=True, kw_only=True):
    """Events from `start` to before `end` are taken; the rest is refused, each for its reason."""

    start: int
    end: int
    too_old_end: int | None = None
    expired_end: int | None = None
    too_new_start: int | None = None
