"""A schedule group: what schedules have their tags from, and are deleted with.

`docs/design/ownership.md` says who writes which field.
"""

from typing import Final

from msgspec import Struct

DEFAULT: Final = "default"
"""The group that every region has from the start, and that cannot be deleted."""


class Group(Struct, frozen=True, kw_only=True):
    """A schedule group."""

    account: str
    region: str
    name: str
    is_deleting: bool = False
    """It and its schedules are being removed."""
    tags: tuple[tuple[str, str], ...] = ()
    created_at: float | None = None
    """None: nobody knows when the default group of this region began."""
    modified_at: float | None = None

    @property
    def arn(self) -> str:
        """Its Amazon Resource Name."""
        return f"arn:aws:scheduler:{self.region}:{self.account}:schedule-group/{self.name}"
