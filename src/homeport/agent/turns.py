"""Whose turn it is at the Engine: a container keeps its turn from its creation to its start."""

import asyncio
from typing import Final

from homeport.agent.means import Means
from homeport.agent.story import Story

TOLD_WAIT_S: Final = 0.1


class Turns:
    """The turns that containers of one task have."""

    def __init__(self, means: Means, story: Story) -> None:
        self._means = means
        self._story = story
        self._held: dict[str, asyncio.Semaphore] = {}

    async def take(self, name: str) -> None:
        """Wait until the Engine is free enough; whoever has a turn already goes on."""
        if name in self._held:
            return
        asked, turn = self._means.clock.now(), self._means.starts
        await turn.acquire()
        self._means.ready.note_activity()
        self._held[name] = turn
        waited = self._means.clock.now() - asked
        if waited >= TOLD_WAIT_S:
            self._story.tell(f"waited {waited:.1f} s for its turn at the Engine", name)

    def give_back(self, name: str) -> None:
        """Let the next one go on."""
        turn = self._held.pop(name, None)
        if turn is not None:
            turn.release()
