"""What the data plane has to do next, gathered while it is busy, so that bursts are one piece of
work.  Nothing is done here.
"""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from homeport.store import MISSED, Change

BALANCER: str = "load balancer"
GROUP: str = "target group"
CERTIFICATE: str = "certificate"

HEARD: tuple[str, ...] = (BALANCER, GROUP, CERTIFICATE)
"""The kinds of changes that make work."""


class Piece(Struct, frozen=True, kw_only=True):
    """One piece of work."""

    everything: bool
    """Read the whole routing table again."""
    groups: tuple[str, ...]
    """Target groups of which there is news (nothing else of them is known)."""
    ports: bool
    """Try once more to open what could not be opened."""
    look: bool
    """See what became of the listeners."""
    tidy: bool
    waiting: tuple[asyncio.Future[None], ...]
    """Who wants to know when it is done."""


class Work:
    """Gathers; `take` waits until there is something."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._some = asyncio.Event()
        self._everything = self._ports = self._look = self._tidy = False
        self._groups: set[str] = set()
        self._waiting: list[asyncio.Future[None]] = []

    def hear(self, changes: Sequence[Change]) -> None:
        """Take note of what was committed; called on any thread."""
        groups = [each.key for each in changes if each.kind == GROUP]
        everything = MISSED in changes or any(
            each.kind in {BALANCER, CERTIFICATE} for each in changes
        )
        if groups or everything:
            self._loop.call_soon_threadsafe(self._note, everything, groups)

    def all(self) -> None:
        """Everything is to be read again."""
        self._note(everything=True, groups=())

    def done(self) -> asyncio.Future[None]:
        """Everything is to be read again; the answer is done when that is."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(waiter)
        self.all()
        return waiter

    def ports(self) -> None:
        """What could not be opened is to be tried again."""
        self._ports = True
        self._some.set()

    def look(self) -> None:
        """Listeners are to be looked at."""
        self._look = True
        self._some.set()

    def tidy(self) -> None:
        """What nothing names is to be removed."""
        self._tidy = True
        self._some.set()

    async def take(self) -> Piece:
        """All that there is to do, once there is something."""
        await self._some.wait()
        self._some.clear()
        piece = Piece(
            everything=self._everything,
            groups=tuple(sorted(self._groups)),
            ports=self._ports,
            look=self._look,
            tidy=self._tidy,
            waiting=tuple(self._waiting),
        )
        self._everything = self._ports = self._look = self._tidy = False
        self._groups, self._waiting = set(), []
        return piece

    def _note(self, everything: bool, groups: Sequence[str]) -> None:
        self._everything |= everything
        self._groups.update(groups)
        self._some.set()
