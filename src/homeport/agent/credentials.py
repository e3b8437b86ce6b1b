"""Credentials of the tasks' roles, as containers and the Engine's log driver ask for them.

Kept here while they are good for a while; made only by the control plane, which alone knows which
ids are those of live tasks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from homeport.agent.link import LinkLost
from homeport.kernel.clock import Clock
from homeport.link.messages import Credentials

RENEWED_BEFORE_END_S: Final = 20 * 60.0
"""Longer than the 15 minutes before the end at which the AWS SDKs start to ask for new ones."""
UNKNOWN_FOR_S: Final = 2.0
"""How long an id that the control plane did not know is not asked about again."""
UNKNOWN_KEPT_MAX: Final = 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    credentials: Credentials
    renew_at: float


class RoleCredentials:
    """Answers an id with credentials that stay good for a while."""

    def __init__(
        self,
        *,
        fetch: Callable[[str], Awaitable[Credentials]],
        clock: Clock,
        belongs_here: Callable[[str], bool],
    ) -> None:
        """`belongs_here` says whether the id is one of this node or of a task that it has."""
        self._fetch = fetch
        self._clock = clock
        self.belongs_here = belongs_here
        self._kept: dict[str, _Kept] = {}
        self._unknown_until: dict[str, float] = {}
        self._fetching: dict[str, asyncio.Task[Credentials | None]] = {}

    async def get(self, credentials_id: str) -> Credentials | None:
        """Credentials for the id; None when no live task has it.

        Raises `LinkLost` when there are none yet and the control plane cannot be asked.
        """
        self._forget_the_gone()
        now = self._clock.now()
        kept = self._kept.get(credentials_id)
        if kept is not None and now < kept.renew_at:
            return kept.credentials
        if now < self._unknown_until.get(credentials_id, 0.0):
            return None
        try:
            return await self._fetched(credentials_id)
        except LinkLost:
            if kept is not None and now < kept.credentials.expires_at:
                return kept.credentials
            raise

    async def _fetched(self, credentials_id: str) -> Credentials | None:
        """Ask the control plane, once however many are waiting for the same id."""
        task = self._fetching.get(credentials_id)
        if task is None:
            task = asyncio.create_task(self._ask(credentials_id))
            self._fetching[credentials_id] = task
            task.add_done_callback(lambda done: self._fetched_now(credentials_id, done))
        # Shielded: the others still wait when the first who asked goes away.
        return await asyncio.shield(task)

    def _fetched_now(self, credentials_id: str, task: asyncio.Task[Credentials | None]) -> None:
        del self._fetching[credentials_id]
        if not task.cancelled():
            task.exception()  # Whoever still waits raises it; nobody has to.

    async def _ask(self, credentials_id: str) -> Credentials | None:
        fresh = await self._fetch(credentials_id)
        now = self._clock.now()
        if fresh.access_key_id is None:
            self._kept.pop(credentials_id, None)
            if len(self._unknown_until) >= UNKNOWN_KEPT_MAX:
                self._unknown_until.clear()
            self._unknown_until[credentials_id] = now + UNKNOWN_FOR_S
            return None
        self._unknown_until.pop(credentials_id, None)
        # Credentials that live shorter than we would renew early are renewed half-way.
        early_s = min(RENEWED_BEFORE_END_S, (fresh.expires_at - now) / 2)
        self._kept[credentials_id] = _Kept(fresh, fresh.expires_at - early_s)
        return fresh

    def _forget_the_gone(self) -> None:
        """Ids die with their task, whatever their credentials are still good for."""
        gone = [each for each in self._kept if not self.belongs_here(each)]
        for each in gone:
            del self._kept[each]
