"""What an operation answers that has nothing to say yet, but may have in a moment: long polling.

A handler cannot wait: it is a function inside one transaction.  It says for what it waits, and the
edge that asked it asks again.  No waiting here.
"""

from dataclasses import dataclass
from typing import Any

from homeport.store import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """Ask again once `of` is announced, and at `again_at`; after `until` the answer stands.

    Calls that wait for the same thing are asked one after another, and when one of them finds
    nothing the others are not asked until there is news: what they wait for must be the same.
    """

    answer: Any
    """What is answered when nothing comes of it."""
    of: Change
    """What the change feed announces when there may be more to say."""
    until: float
    """In seconds since the epoch, of real time."""
    again_at: float | None = None
    """When something comes to pass of itself; None when nothing will."""


def settled(answer: Any) -> Any:
    """The answer for one who does not wait."""
    return answer.answer if isinstance(answer, NotYet) else answer
