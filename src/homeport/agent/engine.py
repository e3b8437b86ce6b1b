"""The only driver of the Docker Engine: its calls, one method each, and its stream of events.

Translates transport failures into three errors and knows nothing of tasks.
"""

import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiodocker
import aiohttp
from aiodocker.exceptions import DockerError
from msgspec import Struct

from homeport.agent.events import Event
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout

JSON = dict[str, Any]

CONNECT_TIMEOUT_S: Final = 5.0
CALL_TIMEOUT_S: Final = 60.0
CREATE_TIMEOUT_S: Final = 240.0
START_TIMEOUT_S: Final = 180.0
PULL_SILENCE_S: Final = 60.0
LOG_TAIL_BYTES_MAX: Final = 1024 * 1024
EVENT_BYTES_MAX: Final = 1024 * 1024
UNREACHABLE: Final = 900  # How aiodocker words a connection that cannot be made.

EVENTS: Final = ("start", "die", "oom", "kill", "destroy", "health_status")


class EngineFacts(Struct, frozen=True, kw_only=True):
    """What the Engine said of itself when it was last reached."""

    version: str = ""
    cgroup_driver: str = ""
    cgroup_version: str = ""
    cpus: int = 0
    memory_bytes: int = 0
    architecture: str = ""
    kernel_version: str = ""
    log_drivers: tuple[str, ...] = ()
    volume_drivers: tuple[str, ...] = ()
    security_options: tuple[str, ...] = ()
    live_restore: bool = False


class Engine:
    """One Docker Engine.  Every method raises EngineError, EngineTimeout or EngineAway."""

    def __init__(self, host: str | None = None) -> None:
        """`host` as DOCKER_HOST words it; None: DOCKER_HOST itself or the usual socket."""
        self._host = host
        self._docker: aiodocker.Docker | None = None

    async def close(self) -> None:
        """Close every connection."""
        docker, self._docker = self._docker, None
        if docker is not None:
            await docker.close()

    @property
    def api_version(self) -> tuple[int, int]:
        """The version of the API that is spoken; zeros before the first answer."""
        version = "" if self._docker is None else self._docker.api_version
        major, _, minor = version.removeprefix("v").partition(".")
        return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)

    async def facts(self) -> EngineFacts:
        """The Engine's own description."""
        info = await self._json("info", timeout_s=CALL_TIMEOUT_S)
        plugins = info.get("Plugins") or {}
        return EngineFacts(
            version=info.get("ServerVersion", ""),
            cgroup_driver=info.get("CgroupDriver", ""),
            cgroup_version=str(info.get("CgroupVersion", "1")),
            cpus=info.get("NCPU", 0),
            memory_bytes=info.get("MemTotal", 0),
            architecture=info.get("Architecture", ""),
            kernel_version=info.get("KernelVersion", ""),
            log_drivers=tuple(plugins.get("Log") or ()),
            volume_drivers=tuple(plugins.get("Volume") or ()),
            security_options=tuple(info.get("SecurityOptions") or ()),
            live_restore=bool(info.get("LiveRestoreEnabled")),
        )

    @asynccontextmanager
    async def events(self, label: str) -> AsyncIterator[AsyncIterator[Event]]:
        """Events of containers with `label`: nothing that happens after entering is missed."""
        filters = {"type": ["container"], "label": [label], "event": list(EVENTS)}
        parameters = {"filters": json.dumps(filters)}
        forever = aiohttp.ClientTimeout(sock_connect=CONNECT_TIMEOUT_S)
        async with self._call("events", parameters=parameters, timeout=forever) as response:
            yield _events(response)

    # --- containers -------------------------------------------------------------------------

    async def create(self, name: str, body: JSON) -> str:
        """Create a container; answers its id."""
        created = await self._json(
            "containers/create",
            method="POST",
            parameters={"name": name},
            body=body,
            timeout_s=CREATE_TIMEOUT_S,
        )
        return str(created["Id"])

    async def start(self, docker_id: str) -> None:
        """Start a container; one that runs already is left alone."""
        await self._send(f"containers/{docker_id}/start", timeout_s=START_TIMEOUT_S)

    async def kill(self, docker_id: str, signal: str) -> None:
        """Send `signal`; EngineError 409 when it does not run."""
        await self._send(f"containers/{docker_id}/kill", parameters={"signal": signal})

    async def remove(self, docker_id: str) -> None:
        """Remove a container with its anonymous volumes, killing it first; absent is fine."""
        path, parameters = f"containers/{docker_id}", {"force": "1", "v": "1"}
        try:
            await self._send(path, method="DELETE", parameters=parameters)
        except EngineError as error:
            if error.status != 404 and "already in progress" not in error.message:
                raise

    async def inspect(self, docker_id: str) -> JSON | None:
        """Everything the Engine knows of a container, by id or name; None: no such container."""
        return await self._found(f"containers/{docker_id}/json")

    async def list_containers(self, label: str) -> list[JSON]:
        """Every container with `label`, running or not."""
        parameters = {"all": "1", "filters": json.dumps({"label": [label]})}
        found: list[JSON] = await self._json("containers/json", parameters=parameters)
        return found

    async def stats(self, docker_id: str) -> JSON:
        """One reading of a running container's counters."""
        parameters = {"stream": "0", "one-shot": "1"}
        read: JSON = await self._json(f"containers/{docker_id}/stats", parameters=parameters)
        return read

    async def log_tail(self, docker_id: str, lines: int, *, tty: bool) -> bytes:
        """The last lines that a container wrote, without Docker's framing."""
        parameters = {"stdout": "1", "stderr": "1", "tail": str(lines)}
        async with self._call(f"containers/{docker_id}/logs", parameters=parameters) as response:
            raw = await response.content.read(LOG_TAIL_BYTES_MAX)
            while len(raw) < LOG_TAIL_BYTES_MAX and not response.content.at_eof():
                raw += await response.content.read(LOG_TAIL_BYTES_MAX - len(raw))
        return raw if tty else _unframed(raw)

    # --- images -----------------------------------------------------------------------------

    async def inspect_image(self, reference: str) -> JSON | None:
        """An image that is here; None if it is not."""
        return await self._found(f"images/{reference}/json")

    async def remote_digest(self, reference: str, timeout_s: float) -> str:
        """The digest that the registry has for `reference`."""
        found = await self._json(f"distribution/{reference}/json", timeout_s=timeout_s)
        return str(found["Descriptor"]["digest"])

    async def pull(self, image: str, tag: str) -> None:
        """Pull ``image:tag``; `tag` is empty for a reference by digest."""
        parameters = {"fromImage": image, "tag": tag} if tag else {"fromImage": image}
        patient = aiohttp.ClientTimeout(sock_connect=CONNECT_TIMEOUT_S, sock_read=PULL_SILENCE_S)
        path = "images/create"
        async with self._call(path, "POST", parameters=parameters, timeout=patient) as response:
            async for line in _lines(response):
                if "error" in line:
                    raise EngineError(500, str(line["error"]))

    async def import_image(self, reference: str, archive: bytes) -> None:
        """Make an image of one layer from a tar archive."""
        repository, _, tag = reference.partition(":")
        parameters = {"fromSrc": "-", "repo": repository, "tag": tag}
        path, kind = "images/create", {"Content-Type": "application/x-tar"}
        call = self._call(
            path, "POST", parameters=parameters, data=io.BytesIO(archive), headers=kind
        )
        async with call as response:
            async for line in _lines(response):
                if "error" in line:
                    raise EngineError(500, str(line["error"]))

    # --- networks and volumes ---------------------------------------------------------------

    async def create_network(self, body: JSON) -> str:
        """Create a network, answers its id; EngineError 409 when one of its name exists."""
        created = await self._json("networks/create", method="POST", body=body)
        return str(created["Id"])

    async def inspect_network(self, name: str) -> JSON | None:
        """A network with the containers attached to it; None if there is none."""
        return await self._found(f"networks/{name}")

    async def list_networks(self, label: str) -> list[JSON]:
        """Every network with `label`."""
        parameters = {"filters": json.dumps({"label": [label]})}
        found: list[JSON] = await self._json("networks", parameters=parameters)
        return found

    async def connect_network(self, name: str, body: JSON) -> None:
        """Give a container an address in a network."""
        await self._post(f"networks/{name}/connect", body)

    async def disconnect_network(self, name: str, docker_id: str) -> None:
        """Take a container out of a network."""
        await self._post(f"networks/{name}/disconnect", {"Container": docker_id, "Force": True})

    async def remove_network(self, name: str) -> None:
        """Remove a network that nothing is attached to."""
        await self._send(f"networks/{name}", method="DELETE")

    async def create_volume(self, body: JSON) -> None:
        """Create a volume; one that exists with the same driver is left alone."""
        await self._json("volumes/create", method="POST", body=body)

    async def inspect_volume(self, name: str) -> JSON | None:
        """A volume; None if there is none."""
        return await self._found(f"volumes/{name}")

    async def list_volumes(self, labels: Iterable[str]) -> list[JSON]:
        """Every volume that has all of `labels`."""
        parameters = {"filters": json.dumps({"label": list(labels)})}
        return list((await self._json("volumes", parameters=parameters))["Volumes"] or ())

    async def remove_volume(self, name: str) -> None:
        """Remove a volume; absent is fine."""
        try:
            await self._send(f"volumes/{name}", method="DELETE")
        except EngineError as error:
            if error.status != 404:
                raise

    # --- the calls themselves ---------------------------------------------------------------

    async def _found(self, path: str) -> JSON | None:
        try:
            found: JSON = await self._json(path)
        except EngineError as error:
            if error.status == 404:
                return None
            raise
        return found

    async def _send(
        self,
        path: str,
        *,
        method: str = "POST",
        parameters: Mapping[str, str] | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        limit = aiohttp.ClientTimeout(total=timeout_s)
        async with self._call(path, method, parameters=parameters, timeout=limit) as response:
            await response.read()

    async def _post(self, path: str, body: JSON) -> None:
        limit = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
        data = json.dumps(body).encode()
        async with self._call(path, "POST", data=data, timeout=limit) as response:
            await response.read()

    async def _json(
        self,
        path: str,
        *,
        method: str = "GET",
        parameters: Mapping[str, str] | None = None,
        body: JSON | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Any:
        limit = aiohttp.ClientTimeout(total=timeout_s)
        data = None if body is None else json.dumps(body).encode()
        call = self._call(path, method, parameters=parameters, data=data, timeout=limit)
        async with call as response:
            return json.loads(await response.read())

    @asynccontextmanager
    async def _call(
        self,
        path: str,
        method: str = "GET",
        *,
        parameters: Mapping[str, str] | None = None,
        data: bytes | io.BytesIO | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request.  The response is let go of at the end, read to its end or not."""
        limit = timeout or aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
        try:
            if self._docker is None:
                self._docker = aiodocker.Docker(self._host)
            async with (
                self._docker._query(
                    path, method, params=parameters, data=data, headers=headers, timeout=limit
                ) as response,
                response,
            ):
                yield response
        except DockerError as error:
            if error.status == UNREACHABLE:
                raise EngineAway(error.message) from error
            raise EngineError(error.status, error.message) from error
        except TimeoutError as error:
            raise EngineTimeout(limit.sock_read or limit.total or CONNECT_TIMEOUT_S) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise EngineAway(str(error)) from error

    def _client(self) -> aiodocker.Docker:
        if self._docker is None:
            try:
                self._docker = aiodocker.Docker(self._host)
            except AssertionError as error:  # So aiodocker words that it found no socket at all.
                raise EngineAway("no Docker Engine found; set DOCKER_HOST") from error
        return self._docker


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[JSON]:
    """JSON values, one a line, of whatever length up to the bound."""
    pending = b""
    async for chunk in response.content.iter_any():
        pending += chunk
        *complete, pending = pending.split(b"\n")
        for line in complete:
            if line.strip():
                yield json.loads(line)
        if len(pending) > EVENT_BYTES_MAX:
            raise EngineAway("the Engine sent a line without an end")
    if pending.strip():
        yield json.loads(pending)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    async for line in _lines(response):
        actor = line.get("Actor") or {}
        kind, _, detail = line.get("Action", "").partition(": ")
        yield Event(
            kind=kind,
            detail=detail,
            docker_id=actor.get("ID", ""),
            attributes=actor.get("Attributes") or {},
            at=line.get("timeNano", 0) / 1e9,
        )


def _unframed(raw: bytes) -> bytes:
    """The payloads of Docker's multiplexed stream: 8 bytes of header before each."""
    payloads, at = [], 0
    while at + 8 <= len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8])
        payloads.append(raw[at + 8 : at + 8 + size])
        at += 8 + size
    return b"".join(payloads)
