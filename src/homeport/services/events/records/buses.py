"""Event buses, as EventBridge keeps them, and the events that were put on them."""

from msgspec import Struct


class Place(Struct, frozen=True):
    """A bus of an account and region; whether it exists is another question."""

    account: str
    region: str
    bus: str


class Bus(Struct, frozen=True, kw_only=True):
    """An event bus.  That of the name ``default`` is there without being made."""

    place: Place
    arn: str
    description: str | None = None
    kms_key: str | None = None
    dead_letter_arn: str | None = None
    log_level: str | None = None
    log_detail: str | None = None
    policy: str = ""
    """A policy document, as JSON; empty: none."""
    tags: tuple[tuple[str, str], ...] = ()
    """By key."""
    created_at: float | None = None
    """Nobody knows of the default bus."""
    modified_at: float | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.place.bus


class PutEvent(Struct, frozen=True, kw_only=True):
    """An event on its way through a bus."""

    place: Place
    """Where it was put."""
    at: float
    """Its own time, seconds since the epoch."""
    envelope: str
    """JSON."""
    forwarded: bool = False
    """Whether a rule of another bus sent it here."""
    sequence: int = 0
    """Its place among those that wait; 0 until it is stored."""
