"""Envoy's administration over its Unix socket: what it has taken, what is open, what is in use.

Questions only, and the answers as values; nothing is decided here.
"""

import asyncio
import http.client
import os
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, field

TIMEOUT_S: Final = 10.0

Answer = TypeVar("Answer")


class AdminAway(Exception):
    """Envoy's administration does not answer."""


class HostHealth(Struct, frozen=True):
    """What Envoy holds of a target's health."""

    eds_health_status: str = "UNKNOWN"
    failed_active_health_check: bool = False
    pending_active_hc: bool = False
    active_hc_timeout: bool = False


class Gauge(Struct, frozen=True):
    """A number that Envoy keeps; 0 is left out."""

    name: str
    value: str = "0"


class _SocketAddress(Struct, frozen=True):
    address: str = ""
    port_value: int = 0


class _Address(Struct, frozen=True):
    socket_address: _SocketAddress = _SocketAddress()


class Host(Struct, frozen=True):
    """A target as a cluster has it."""

    address: _Address
    health_status: HostHealth = HostHealth()
    stats: tuple[Gauge, ...] = ()

    @property
    def at(self) -> tuple[str, int]:
        """Its address and port."""
        return self.address.socket_address.address, self.address.socket_address.port_value

    def gauge(self, name: str) -> int:
        """One of its numbers."""
        return next((int(each.value) for each in self.stats if each.name == name), 0)


class Cluster(Struct, frozen=True):
    """A cluster with its targets."""

    name: str
    host_statuses: tuple[Host, ...] = ()


class _Clusters(Struct, frozen=True):
    cluster_statuses: tuple[Cluster, ...] = ()


class _Named(Struct, frozen=True):
    name: str = ""


class _Listeners(Struct, frozen=True):
    listener_statuses: tuple[_Named, ...] = ()


class _Error(Struct, frozen=True):
    details: str = ""


class _DynamicListener(Struct, frozen=True):
    name: str = ""
    error_state: _Error | None = None
    warming_state: dict[str, object] | None = None


class _Dump(Struct, frozen=True):
    configs: tuple[_DynamicListener, ...] = ()


class _Version(Struct, frozen=True):
    version_info: str = ""
    route_config: _Named = _Named()
    ecds_filter: _Named = _Named()

    @property
    def subject(self) -> _Named:
        return self.route_config if self.route_config.name else self.ecds_filter


class _Versions(Struct, frozen=True):
    configs: tuple[_Version, ...] = ()


class _Stat(Struct, frozen=True):
    name: str = ""
    value: object = 0


class _Stats(Struct, frozen=True):
    stats: tuple[_Stat, ...] = ()


class _Bucket(Struct, frozen=True):
    lower_bound: float = 0.0
    width: float = 0.0
    count: int = 0


class _Detail(Struct, frozen=True):
    name: str = ""
    totals: tuple[_Bucket, ...] = ()


class _Details(Struct, frozen=True):
    details: tuple[_Detail, ...] = ()


class _Part(Struct, frozen=True):
    histograms: _Details = _Details()


class _Histograms(Struct, frozen=True):
    stats: tuple[_Part, ...] = ()


class ListenerState(Struct, frozen=True, kw_only=True):
    """Envoy's listeners, by name."""

    opened: frozenset[str]
    warming: frozenset[str] = frozenset()
    """They wait for their routes."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why the last change of a listener was not taken."""
    rejection: str = ""
    """Why something of the last change of all listeners was not taken."""


class Admin:
    """Asks one Envoy; each method raises `AdminAway` when it does not answer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def is_live(self) -> bool:
        """Whether it takes connections already."""
        try:
            status, _ = await asyncio.to_thread(self._ask, "GET", "/ready")
        except AdminAway:
            return False
        return status == http.client.OK

    async def clusters(self, names: Sequence[str] | None = None) -> tuple[Cluster, ...]:
        """Clusters with their targets: all, or those with these names."""
        path = "/clusters?format=json"
        if names is not None:
            path += f"&filter=^({'|'.join(re.escape(name) for name in names)})$"
        found = await self._get(path, _Clusters)
        if names is None:
            return found.cluster_statuses
        return tuple(each for each in found.cluster_statuses if each.name in names)

    async def listeners(self) -> ListenerState:
        """What is open, and what is not and why."""
        opened = await self._get("/listeners?format=json", _Listeners)
        dump = await self._get(
            "/config_dump?resource=dynamic_listeners"
            "&mask=name,error_state.details,warming_state.version_info",
            _Dump,
        )
        named = tuple(each for each in dump.configs if each.name)
        whole = (each for each in dump.configs if not each.name)
        return ListenerState(
            opened=frozenset(each.name for each in opened.listener_statuses),
            warming=frozenset(each.name for each in named if each.warming_state is not None),
            refused={
                each.name: each.error_state.details
                for each in named
                if each.error_state is not None
            },
            rejection=next((each.error_state.details for each in whole if each.error_state), ""),
        )

    async def numbers(self, pattern: str) -> dict[str, int]:
        """Counters and gauges whose names match."""
        found = await self._get(f"/stats?format=json&type=All&filter={pattern}", _Stats)
        return {
            each.name: each.value for each in found.stats if each.name and type(each.value) is int
        }

    async def versions(self) -> frozenset[tuple[str, str]]:
        """The routes, and what connections go by, that are in force: (name, version) of each."""
        routes = await self._versions("dynamic_route_configs", "route_config")
        streams = await self._versions("ecds_filters", "ecds_filter")
        return frozenset((each.subject.name, each.version_info) for each in (*routes, *streams))

    async def histograms(self, pattern: str) -> dict[str, dict[tuple[float, float], int]]:
        """Histograms whose names match, since Envoy's start: (lower, upper bound) → count.

        They are as when its statistics were last asked for before.
        """
        path = "/stats?format=json&type=Histograms&histogram_buckets=detailed"
        found = await self._get(f"{path}&filter={pattern}", _Histograms)
        return {
            each.name: {
                (bucket.lower_bound, bucket.lower_bound + bucket.width): bucket.count
                for bucket in each.totals
            }
            for part in found.stats
            for each in part.histograms.details
        }

    async def send_away(self) -> None:
        """Have it close connections as their requests are answered; it takes new ones yet."""
        await asyncio.to_thread(self._ask, "POST", "/drain_listeners?graceful&skip_exit")

    async def close_listeners(self) -> None:
        """Have it take no new connections."""
        await asyncio.to_thread(self._ask, "POST", "/drain_listeners")

    async def reopen_logs(self) -> None:
        """Have Envoy open the files of access logs anew; raises `AdminAway`."""
        await asyncio.to_thread(self._ask, "POST", "/reopen_logs")

    async def _versions(self, what: str, member: str) -> tuple[_Version, ...]:
        path = f"/config_dump?resource={what}&mask=version_info,{member}.name"
        status, body = await asyncio.to_thread(self._ask, "GET", path)
        if status == http.client.NOT_FOUND:
            return ()  # There never was any.
        if status != http.client.OK:
            raise AdminAway(f"{path} answered {status}: {body[:200]!r}")
        return msgspec.json.decode(body, type=_Versions).configs

    async def _get(self, path: str, kind: type[Answer]) -> Answer:
        def ask() -> Answer:
            status, body = self._ask("GET", path)
            if status != http.client.OK:
                raise AdminAway(f"{path} answered {status}: {body[:200]!r}")
            return msgspec.json.decode(body, type=kind)

        return await asyncio.to_thread(ask)

    def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("envoy", timeout=TIMEOUT_S)
        try:
            connection.sock = self._connect()
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise AdminAway(f"Envoy does not answer {path}: {error}") from error
        finally:
            connection.close()

    def _connect(self) -> socket.socket:
        """A path of any length: the kernel takes about a hundred characters, so go by the fd."""
        directory = os.open(self._path.parent, os.O_PATH | os.O_CLOEXEC)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(TIMEOUT_S)
            made.connect(f"/proc/self/fd/{directory}/{self._path.name}")
        except OSError:
            made.close()
            raise
        finally:
            os.close(directory)
        return made
