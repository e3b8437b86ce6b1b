"""The metadata endpoint of a machine, held by one of its agents and used by the tasks of all.

Whoever holds the address answers for its own tasks and passes on what is asked of the others'.
When it ends, in whatever way, another takes the address over.  What is answered is `metadata`.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Final, Protocol

import structlog
from msgspec import Struct

from homeport.agent.lock_turn import LockTurn
from homeport.agent.loopback import AddressRefused
from homeport.agent.metadata_server import (
    ADDRESS,
    LISTENING_PORT,
    PORT,
    MetadataServer,
    MetadataUnavailable,
    shared_address,
)
from homeport.agent.metadata_wire import Answer, Front, Question
from homeport.agent.neighbours import Neighbours, OwnDoor
from homeport.agent.shared_address import PlaceRefused, machine_place
from homeport.agent.throttle import Throttle

LOOKUPS_PER_S: Final = 40.0
LOOKUPS_AT_ONCE: Final = 60
TRY_AGAIN_AFTER_S: Final = 1.0
TOO_MANY: Final = Answer(429, "You have reached maximum request limit.", text=True)

_log = structlog.get_logger("homeport.metadata")


class Answers(Protocol):
    """Who answers for one agent's tasks: `metadata.MetadataApp`."""

    def knows(self, question: Question) -> bool:
        """Whether it is certainly this agent that is asked."""

    async def answer(self, question: Question) -> Answer:
        """What this agent answers, whoever is asked."""


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Where containers find the endpoint, and where the agents of the machine find each other."""

    address: str = ADDRESS
    port: int = PORT
    listening_port: int | None = LISTENING_PORT
    """Where `port` is led; None: listen on that itself."""
    place: Path | None = None
    """None: the directory of this user's agents in this network."""


class SharedEndpoint:
    """One agent's part in the endpoint of its machine."""

    def __init__(self, app: Answers, *, name: str, where: Whereabouts) -> None:
        """`name`: one that no other agent of the machine has.  Raises `MetadataUnavailable`."""
        try:
            place = where.place or machine_place()
        except PlaceRefused as refused:
            raise MetadataUnavailable(str(refused)) from refused
        self._app = app
        self._lookups = Throttle(rate=LOOKUPS_PER_S, burst=LOOKUPS_AT_ONCE)
        self._door = OwnDoor(place, name, app.answer)
        self._neighbours = Neighbours(place, name)
        self._turn = LockTurn(place / f"{where.address}-{where.port}.turn")
        self._shared = shared_address(
            place, address=where.address, port=where.port, listening_port=where.listening_port
        )
        self._server = MetadataServer(
            Front(self.answer),
            address=where.address,
            port=where.port,
            listening_port=where.listening_port,
            place=place,
        )

    @property
    def holds_address(self) -> bool:
        """Whether this agent answers at the address now."""
        return self._turn.held

    async def open(self) -> None:
        """Have the endpoint answer for this agent's tasks, through another agent or by itself.

        Raises `MetadataUnavailable`.
        """
        try:
            await self._door.open()
            await asyncio.to_thread(self._shared.take)
            if await asyncio.to_thread(self._turn.try_take):
                await self._bind()
            else:
                _log.info("another agent of this machine holds the metadata endpoint")
        except AddressRefused as refused:
            await self.close(coming_back=False)
            raise MetadataUnavailable(str(refused)) from refused
        except BaseException:
            await self.close(coming_back=False)
            raise

    async def run(self) -> None:
        """Serve when it is our turn, and until then wait for it; until cancelled."""
        while True:
            if not self._turn.held:
                await self._turn.wait()
                try:
                    await self._bind()
                except MetadataUnavailable as error:
                    _log.error("cannot take over the metadata endpoint", why=str(error))
                    self._turn.give_up()
                    await asyncio.sleep(TRY_AGAIN_AFTER_S)
                    continue
            await self._server.run()

    async def close(self, *, coming_back: bool) -> None:
        """Answer no more; `coming_back`: tasks of ours go on meanwhile."""
        await asyncio.to_thread(self._server.release)
        self._turn.give_up()
        self._door.close(coming_back=coming_back)
        await asyncio.to_thread(self._shared.leave)

    async def answer(self, question: Question) -> Answer:
        """What is answered at the address: by us, or by the agent that knows."""
        if self._app.knows(question):
            return await self._app.answer(question)
        if not self._neighbours.knows_way(question) and not self._admits(question.caller):
            return TOO_MANY
        told = await self._neighbours.answer(question)
        if told is not None and told.certainty == "known":
            return told
        own = await self._app.answer(question)
        is_vaguer = told is not None and told.certainty == "unsure" and own.certainty == "unknown"
        return told if told is not None and is_vaguer else own

    async def _bind(self) -> None:
        binding = asyncio.ensure_future(asyncio.to_thread(self._server.bind))
        try:
            address, port = await asyncio.shield(binding)
        except asyncio.CancelledError:
            # Its thread goes on: only what it has taken by then can be given back.
            with contextlib.suppress(MetadataUnavailable):
                await binding
            raise
        _log.info("metadata endpoint listens", address=address, port=port)

    def _admits(self, caller: str) -> bool:
        return self._lookups.admits(caller, asyncio.get_running_loop().time())
