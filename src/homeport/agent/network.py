"""The Docker networks that are VPCs, and the holder's image.  Made when first needed, then kept.

A bridge goes when its VPC is gone, or when the node ends: if nothing uses it, here or elsewhere.
"""

import asyncio
import io
import tarfile
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

from homeport.agent import rtnetlink, words
from homeport.agent.bridge_holds import BridgeHolds
from homeport.agent.engine import Engine
from homeport.agent.names import HOLDER_IMAGE, LABEL_VPC, network_name
from homeport.agent.troubles import EngineError, EngineTimeout

BUSYBOX_PATHS: Final = ("/bin/busybox", "/usr/bin/busybox", "/bin/busybox-static")
MAKE_ATTEMPTS: Final = 30
LOOK_AGAIN_AFTER_S: Final = 0.1
ELF: Final = b"\x7fELF"
PROGRAM_INTERPRETER: Final = 3
BRIDGE_NAME: Final = "com.docker.network.bridge.name"


class CannotPrepare(Exception):
    """The task cannot have what it needs: the text is ECS's, whole."""


class Networks:
    """The VPCs that have a bridge on this Engine."""

    def __init__(
        self, engine: Engine, busybox: str | None = None, place: Path | None = None
    ) -> None:
        """`busybox`: the statically linked busybox that the holder's image is made of; `place`:
        the directory of this machine's agents, without which none knows what the others use."""
        self._engine = engine
        self._busybox = busybox
        self._holds = BridgeHolds(place)
        self._lock = asyncio.Lock()
        self._known: dict[str, str] = {}
        self._holder_image = False

    def forget(self) -> None:
        """Look again: the Engine may have lost them while it was away."""
        self._known.clear()
        self._holder_image = False

    def forget_bridge(self, vpc_id: str) -> None:
        """Look again for the bridge of one VPC."""
        self._known.pop(vpc_id, None)

    async def ensure(self, vpc_id: str, cidr: str) -> str:
        """Make sure that the VPC has its bridge: the name of its interface on this machine.

        Raises CannotPrepare.
        """
        if vpc_id in self._known:
            return self._known[vpc_id]
        async with self._lock:
            if vpc_id in self._known:
                return self._known[vpc_id]
            await asyncio.to_thread(self._holds.take, vpc_id)
            try:
                bridge = await self._make(vpc_id, cidr)
            except (EngineError, EngineTimeout) as trouble:
                said = words.cannot_prepare_network(vpc_id, trouble)
                raise CannotPrepare(said) from trouble
            self._known[vpc_id] = bridge
            return bridge

    async def present(self) -> tuple[str, ...]:
        """The VPCs that have a bridge on this Engine, whoever made it."""
        listed = await self._engine.list_networks(LABEL_VPC)
        return tuple(sorted({(each.get("Labels") or {}).get(LABEL_VPC, "") for each in listed}))

    def held(self) -> tuple[str, ...]:
        """The VPCs whose bridge this node has used."""
        return self._holds.held()

    def let_go(self) -> None:
        """Use no bridge any more."""
        for vpc_id in self._holds.held():
            self._holds.leave(vpc_id)

    async def bridge(self, vpc_id: str) -> str | None:
        """The name of the VPC's bridge; None if there is none.  It is not made."""
        network = await self._engine.inspect_network(network_name(vpc_id))
        return None if network is None else _bridge_of(network)

    async def remove(self, vpc_id: str, *, with_addresses: bool = False) -> bool:
        """Remove the VPC's bridge unless something uses it; whether there is none any more.

        A container uses it, and an agent that counts on it; so does, unless `with_addresses`, an
        address that was put on it.  Raises EngineError, EngineTimeout and EngineAway.
        """
        async with self._lock:
            if not self._holds.is_ours_alone(vpc_id):
                return False
            try:
                if not await self._remove(vpc_id, with_addresses):
                    return False
                self._known.pop(vpc_id, None)
                self._holds.leave(vpc_id)
            finally:
                self._holds.share(vpc_id)
            return True

    async def _remove(self, vpc_id: str, with_addresses: bool) -> bool:
        network = await self._engine.inspect_network(network_name(vpc_id))
        if network is None:
            return True
        if network.get("Containers"):
            return False
        if not with_addresses and _has_addresses(_bridge_of(network)):
            return False
        try:
            await self._engine.remove_network(network["Id"])
        except EngineError as error:
            if error.status == 403:  # Used again since.
                return False
            if error.status != 404:
                raise
        return True

    async def _make(self, vpc_id: str, cidr: str) -> str:
        """Make the bridge.  Other nodes of this Engine may be making, or clearing, the same.

        While an Engine still makes the network for another node it does not show it yet: what
        shows is that the addresses overlap.
        """
        name, body = network_name(vpc_id), network_body(vpc_id, cidr)
        for attempt in range(MAKE_ATTEMPTS):
            found = await self._engine.inspect_network(name)
            if found is not None:
                return _bridge_of(found)
            try:
                return _bridge_name(await self._engine.create_network(body))
            except EngineError as error:
                if error.status == 409:
                    continue  # Another node was faster.
                if "overlap" not in error.message or attempt == MAKE_ATTEMPTS - 1:
                    raise
                if not await self._clear(name, cidr):
                    await asyncio.sleep(LOOK_AGAIN_AFTER_S)
        raise EngineError(409, f"the network {name} is there and is not")

    async def _clear(self, wanted: str, cidr: str) -> bool:
        """Remove bridges of VPCs that nothing uses any more and that are in the way of `wanted`."""
        cleared = False
        for each in await self._engine.list_networks(LABEL_VPC):
            network = await self._engine.inspect_network(each["Id"])
            if network is None or each["Name"] == wanted:
                continue
            is_used = network.get("Containers") or _has_addresses(_bridge_of(network))
            if not is_used and _overlaps(network, cidr):
                try:
                    await self._engine.remove_network(each["Id"])
                except EngineError as error:
                    # Gone already, or used again since: another node's doing.
                    if error.status not in (403, 404):
                        raise
                cleared = True
        return cleared

    async def ensure_holder_image(self) -> None:
        """Make sure that the holder's image is there.  Raises CannotPrepare."""
        if self._holder_image:
            return
        async with self._lock:
            if self._holder_image:
                return
            try:
                if await self._engine.inspect_image(HOLDER_IMAGE) is None:
                    archive = await asyncio.to_thread(holder_archive, self._busybox)
                    await self._engine.import_image(HOLDER_IMAGE, archive)
            except (EngineError, EngineTimeout) as trouble:
                said = f"ResourceInitializationError: cannot import {HOLDER_IMAGE}: {trouble}"
                raise CannotPrepare(said) from trouble
            self._holder_image = True


def network_body(vpc_id: str, cidr: str) -> dict[str, Any]:
    """The body that creates the bridge of a VPC; its gateway is the first host address."""
    subnet = IPv4Network(cidr)
    return {
        "Name": network_name(vpc_id),
        "CheckDuplicate": True,
        "Driver": "bridge",
        "IPAM": {"Config": [{"Subnet": cidr, "Gateway": str(subnet.network_address + 1)}]},
        "Labels": {LABEL_VPC: vpc_id},
    }


def _bridge_of(network: dict[str, Any]) -> str:
    """The interface of a network on the Engine's machine."""
    named = (network.get("Options") or {}).get(BRIDGE_NAME)
    return str(named) if named else _bridge_name(network["Id"])


def _bridge_name(network_id: str) -> str:
    return f"br-{network_id[:12]}"


def _has_addresses(bridge: str) -> bool:
    """Whether somebody answers at addresses of the bridge, beside its gateway."""
    try:
        return bool(rtnetlink.single_addresses(bridge))
    except OSError:
        return False  # The Engine's bridges are not on this machine.


def _overlaps(network: dict[str, Any], cidr: str) -> bool:
    wanted = IPv4Network(cidr)
    configured = (network.get("IPAM") or {}).get("Config") or []
    subnets = [each.get("Subnet", "") for each in configured]
    return any(":" not in each and IPv4Network(each).overlaps(wanted) for each in subnets if each)


def holder_archive(busybox: str | None) -> bytes:
    """A root file system with nothing but busybox in it.  Raises CannotPrepare."""
    paths = BUSYBOX_PATHS if busybox is None else (busybox,)
    program = next((Path(each) for each in paths if Path(each).is_file()), None)
    if program is None:
        raise CannotPrepare(
            "ResourceInitializationError: tasks with a network of their own need a statically "
            f"linked busybox at {paths[0]} (Debian package busybox-static); there is none"
        )
    content = program.read_bytes()
    if not is_static(content):
        raise CannotPrepare(
            f"ResourceInitializationError: {program} is not statically linked; install "
            "the Debian package busybox-static"
        )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("bin/busybox")
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def is_static(program: bytes) -> bool:
    """Whether an ELF program runs without a loader: it names no interpreter."""
    if program[:4] != ELF:
        return False
    little, wide = program[5] == 1, program[4] == 2

    def number(at: int, size: int) -> int:
        return int.from_bytes(program[at : at + size], "little" if little else "big")

    table = number(32, 8) if wide else number(28, 4)
    entry_size, entries = (number(54, 2), number(56, 2)) if wide else (number(42, 2), number(44, 2))
    kinds = (number(table + index * entry_size, 4) for index in range(entries))
    return PROGRAM_INTERPRETER not in kinds
