"""Tells the control plane of one task: urgent changes at once, the rest together a moment later."""

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from homeport.agent.report import is_urgent
from homeport.agent.story import Sequence
from homeport.link.messages import TaskReport

REPORT_DELAY_S: Final = 0.5


class Teller:
    """The reports of one task.  `worded` words the newest state, without a sequence."""

    def __init__(
        self,
        worded: Callable[[], TaskReport],
        sequence: Sequence,
        publish: Callable[[TaskReport], None],
    ) -> None:
        self._worded = worded
        self._sequence = sequence
        self._publish = publish
        self._last: TaskReport | None = None
        self._delayed: asyncio.TimerHandle | None = None

    def last(self) -> TaskReport:
        """What was told last; told now if nothing was."""
        return self._last or self._send()

    def changed(self) -> None:
        """Tell what has changed since, if anything has."""
        worded = self._worded()
        if self._last is not None and replace(self._last, sequence=0) == worded:
            return
        if is_urgent(self._last, worded):
            self._send()
        elif self._delayed is None:
            self._delayed = asyncio.get_running_loop().call_later(REPORT_DELAY_S, self._send)

    def _send(self) -> TaskReport:
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None
        self._last = replace(self._worded(), sequence=self._sequence.next())
        self._publish(self._last)
        return self._last
