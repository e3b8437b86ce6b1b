"""One line of a task's story."""

from typing import Literal

from msgspec import Struct


class HappeningRecord(Struct, frozen=True, kw_only=True):
    """What happened to a task, told by the control plane or by its node."""

    source: Literal["control", "node"]
    sequence: int
    """Counts up within a task and source."""
    at: float
    container: str | None = None
    what: str
    """A short sentence."""
