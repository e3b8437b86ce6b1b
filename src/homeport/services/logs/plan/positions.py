"""The tokens that clients page through events with."""

import re
from dataclasses import dataclass
from typing import Final

from homeport.services.logs.records import TIME_SHIFT, Position

_REST: Final = (1 << TIME_SHIFT) - 1
_ROW_MAX: Final = (1 << 63) - 1
_POSITION: Final = re.compile(r"(\d{1,15}):(\d{1,18})")
_TOKEN: Final = re.compile(r"([fb])/([0-9]{56})/s")


def parse_position(text: str) -> Position | None:
    """The position in a ``time:row`` text of ours, or None."""
    found = _POSITION.fullmatch(text) if text.isascii() else None
    return Position(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a page of GetLogEvents continues."""

    forward: bool
    number: int

    @property
    def position(self) -> Position:
        """Forward means after this position, backward before it."""
        return Position(self.number >> TIME_SHIFT, min(self.number & _REST, _ROW_MAX))

    def __str__(self) -> str:
        return f"{'f' if self.forward else 'b'}/{self.number:056d}/s"


def parse_token(text: str) -> PageToken | None:
    """The token, or None for what is none of ours."""
    found = _TOKEN.fullmatch(text)
    return PageToken(found[1] == "f", int(found[2])) if found else None


def tokens_around(
    first: Position | None, last: Position | None, came_with: PageToken | None, start_ms: int
) -> tuple[PageToken, PageToken]:
    """The forward and the backward token of a page from `first` to `last`.

    An empty page gives back the token that it was asked with: that is how clients notice the
    end.  The other direction then starts on the other side of the same gap.
    """
    if first is not None and last is not None:
        return PageToken(True, last.number), PageToken(False, first.number)
    if came_with is None:
        edge = start_ms << TIME_SHIFT
        return PageToken(True, edge), PageToken(False, edge)
    if came_with.forward:
        return came_with, PageToken(False, came_with.number + 1)
    return PageToken(True, max(0, came_with.number - 1)), came_with
