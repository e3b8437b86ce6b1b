"""A few holders that run before a task needs them, so that its address is up at once.

A container on a network of its own costs the Engine more than half of its start; joining
namespaces that are ready costs little.  A ready holder stands in no network until it is lent.
"""

import asyncio
from collections.abc import Callable, Coroutine
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

import structlog
from msgspec import Struct

from homeport.agent.create import ready_holder_body
from homeport.agent.engine import Engine
from homeport.agent.names import LABEL_VPC, READY_PREFIX, network_name
from homeport.agent.namespaces import NameFiles, can_reach, name_files, write_names
from homeport.agent.network import CannotPrepare, Networks
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout
from homeport.kernel.clock import Clock
from homeport.link.spec import InterfaceSpec

READY_MAX: Final = 8
"""What a deployment starts at once, commonly; each that waits costs some 6 MB of memory."""
BIRTHS_MAX: Final = 20
"""Attempts in a row at a birthplace where another node's holder is being born, too."""
QUIET_S: Final = 1.0
"""Filled up only when nothing has been started for so long: tasks come first."""
LOOK_EVERY_S: Final = 0.25
MAC_PREFIX: Final = "02:42:"
MAC_CHOICE_API: Final = (1, 44)
"""Since then the MAC of an address can be chosen; before, the Engine derives it."""

TAKEN: Final = "address already in use"

_log = structlog.get_logger("homeport.agent")


class Ready(Struct, frozen=True, kw_only=True):
    """A holder that waits for a task."""

    docker_id: str
    files: NameFiles


class ReadyHolders:
    """The holders of one node that wait for a task."""

    def __init__(
        self,
        engine: Engine,
        networks: Networks,
        clock: Clock,
        node_id: str,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._engine = engine
        self._networks = networks
        self._clock = clock
        self._node_id = node_id
        self._spawn = spawn
        self._idle: list[Ready] = []
        self._place: tuple[str, str] | None = None
        """The network and the address in which a holder is born."""
        self._active_at = 0.0
        self._filling = False
        self._birth: asyncio.Task[None] | None = None
        """The making of one: never broken off, for the Engine would finish it unwatched."""
        self._possible = True

    @property
    def waiting(self) -> int:
        """How many can be lent now."""
        return len(self._idle)

    def note_activity(self) -> None:
        """Something is being started: keep out of its way."""
        self._active_at = self._clock.now()

    async def adopt(self, inspected: list[dict[str, Any]]) -> None:
        """Keep those that still wait, remove the rest, and fill up."""
        self._idle.clear()
        for each in inspected:
            waits = not (each.get("NetworkSettings") or {}).get("Networks")
            if waits and each["State"].get("Running") and can_reach(each):
                self._idle.append(Ready(docker_id=each["Id"], files=name_files(each)))
            else:
                await self._engine.remove(each["Id"])
        for network in await self._engine.list_networks(LABEL_VPC):
            for each in (network.get("IPAM") or {}).get("Config") or ():
                self._fill_at(network["Name"], each["Subnet"])

    async def remove_all(self) -> None:
        """Leave nothing behind that no task uses."""
        if self._birth is not None:
            await asyncio.gather(self._birth, return_exceptions=True)
        idle, self._idle = self._idle, []
        for each in idle:
            await self._engine.remove(each.docker_id)

    def forget(self, docker_id: str) -> None:
        """It has ended."""
        self._idle = [each for each in self._idle if each.docker_id != docker_id]

    def may_serve(self, interface: InterfaceSpec) -> bool:
        """Whether an address of `interface` can be given to a holder that runs already."""
        derived = MAC_PREFIX + IPv4Address(interface.private_ipv4).packed.hex(":")
        return self._engine.api_version >= MAC_CHOICE_API or interface.mac_address == derived

    async def lend(self, interface: InterfaceSpec) -> str | None:
        """A holder that bears the address of `interface` now; None: there is none ready.

        Raises EngineError when the address cannot be had.
        """
        self.note_activity()
        self._fill_at(network_name(interface.vpc_id), interface.vpc_cidr)
        if not self._idle or not self.may_serve(interface):
            return None
        ready = self._idle.pop(0)
        endpoint = {
            "IPAMConfig": {"IPv4Address": interface.private_ipv4},
            "MacAddress": interface.mac_address,
        }
        body = {"Container": ready.docker_id, "EndpointConfig": endpoint}
        try:
            await self._engine.connect_network(network_name(interface.vpc_id), body)
            names = (ready.files, interface.private_ipv4, interface.private_dns_name)
            await asyncio.to_thread(write_names, *names)
        except (EngineError, EngineTimeout, OSError):
            await self._engine.remove(ready.docker_id)
            raise
        return ready.docker_id

    def _fill_at(self, network: str, cidr: str) -> None:
        # The third address of a VPC is AWS's own: no task ever has it.
        address = str(IPv4Network(cidr).network_address + 2)
        self._place = (network, address)
        if self._possible and not self._filling and len(self._idle) < READY_MAX:
            self._filling = True
            self._spawn(self._fill())

    async def _fill(self) -> None:
        attempts = 0
        try:
            while self._possible and self._place is not None and len(self._idle) < READY_MAX:
                if self._clock.now() - self._active_at < QUIET_S:
                    await asyncio.sleep(LOOK_EVERY_S)
                    continue
                self._birth = asyncio.create_task(self._make(*self._place))
                try:
                    await asyncio.shield(self._birth)
                    attempts = 0
                except EngineError as error:
                    attempts += 1
                    if TAKEN not in error.message.lower() or attempts == BIRTHS_MAX:
                        raise
                    await asyncio.sleep(LOOK_EVERY_S)
        except (EngineAway, EngineError, EngineTimeout, CannotPrepare) as trouble:
            _log.info("no holders are kept ready", why=str(trouble))
        finally:
            self._filling = False

    async def _make(self, network: str, address: str) -> None:
        await self._networks.ensure_holder_image()
        name = f"{READY_PREFIX}{self._node_id[:12]}-{int(self._clock.now() * 1000):x}"
        body = ready_holder_body(self._node_id, network, address)
        docker_id = await self._engine.create(name, body)
        try:
            await self._engine.start(docker_id)
            inspected = await self._engine.inspect(docker_id)
            await self._engine.disconnect_network(network, docker_id)
        except (EngineError, EngineTimeout):
            await self._engine.remove(docker_id)
            raise
        if inspected is None or not can_reach(inspected):
            self._possible = False  # Not this host's Engine, or not root.
            await self._engine.remove(docker_id)
            return
        self._idle.append(Ready(docker_id=docker_id, files=name_files(inspected)))
