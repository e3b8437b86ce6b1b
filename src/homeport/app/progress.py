"""What happens to tasks, told to the user of the foreground process as it happens."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final

from homeport.app.control import ControlPlane
from homeport.store import MISSED, Change

LATE_S: Final = 5.0
"""A node may report a line this long after lines of the control plane that are younger."""
GATHER_S: Final = 0.1
"""Between two looks: no user reads faster, and what changes meanwhile is read at once."""

Line = tuple[float, str, str]
"""When, of which task (ARN), and what."""


def unsaid(news: Sequence[Line], said: Collection[Line]) -> tuple[Line, ...]:
    """The lines that were not said yet, each once, in order."""
    return tuple(line for line in dict.fromkeys(news) if line not in said)


class Changed:
    """The tasks that have changed, gathered until they are looked at; any thread may tell."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._some = asyncio.Event()
        self._tasks: set[str] = set()
        self._missed = False

    def hear(self, changes: Sequence[Change]) -> None:
        """Take note of what was committed."""
        tasks = [each.key for each in changes if each.kind == "task"]
        missed = MISSED in changes
        if tasks or missed:
            self._loop.call_soon_threadsafe(self._note, tasks, missed)

    def _note(self, tasks: Sequence[str], missed: bool) -> None:
        self._tasks.update(tasks)
        self._missed |= missed
        self._some.set()

    async def take(self) -> tuple[str, ...] | None:
        """Those that have changed, once there are some; None: nobody knows which."""
        await self._some.wait()
        self._some.clear()
        tasks = None if self._missed else tuple(sorted(self._tasks))
        self._tasks, self._missed = set(), False
        return tasks


class Progress:
    """Says each new line of each task's story: pulls, starts, exits."""

    def __init__(self, plane: ControlPlane, say: Callable[[str], None]) -> None:
        """`say` is given one line or several."""
        self._plane = plane
        self._say = say
        self._begun = plane.clock.now()
        self._said: set[Line] = set()

    async def run(self) -> None:
        """Tell until cancelled."""
        changed = Changed()
        stop_listening = self._plane.store.feed.listen(changed.hear, kinds=("task",))
        try:
            while True:
                await self._tell(await changed.take())
                await asyncio.sleep(GATHER_S)
        finally:
            stop_listening()

    async def _tell(self, tasks: Sequence[str] | None) -> None:
        """Say what is new.  Lines older than some that were said may still come, and are said."""
        after = max(self._begun, self._plane.clock.now() - LATE_S)
        read = partial(self._plane.peers.fleet.news, after=after, tasks=tasks)
        news = unsaid(await self._plane.store.aread(read), self._said)
        if news:
            self._say(
                "\n".join(f"task {arn.rsplit('/', 1)[1][:8]}  {what}" for _, arn, what in news)
            )
        # What is older is never asked for again.
        self._said = {line for line in self._said if line[0] > after} | set(news)


def _shown(line: Line) -> str:
    _, arn, what = line
    return f"task {arn.rsplit('/', 1)[1][:8]}  {what}"
