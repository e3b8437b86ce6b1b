"""What happened to a task, in short sentences with times: what `homeport why` tells."""

from collections import deque
from typing import Final

from homeport.kernel.clock import Clock
from homeport.link.messages import Happening

HAPPENINGS_MAX: Final = 200
MICROSECONDS: Final = 1_000_000


class Sequence:
    """Numbers that grow, across restarts of the agent too: they begin with the time."""

    def __init__(self, clock: Clock) -> None:
        self._next = int(clock.now() * 1000) * 1000

    def next(self) -> int:
        """A number greater than every one before."""
        self._next += 1
        return self._next


class Story:
    """The happenings of one task; of very many, the latest."""

    def __init__(self, clock: Clock, sequence: Sequence) -> None:
        self._clock = clock
        self._sequence = sequence
        self._told: deque[Happening] = deque(maxlen=HAPPENINGS_MAX)

    def tell(self, what: str, container: str | None = None, at: float | None = None) -> None:
        """Add a sentence."""
        self._told.append(
            Happening(
                sequence=self._sequence.next(),
                at=self._clock.now() if at is None else at,
                container=container,
                what=what,
            )
        )

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What has been told so far."""
        return tuple(self._told)
