"""The task metadata endpoint, the credentials of roles and the agent's API for containers.

Here lives what is answered to which path.  It reads what the node knows and changes nothing; how a
task looks in JSON is `metadata_render`, where questions come from is `metadata_wire`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from homeport.agent import metadata_render as render
from homeport.agent.credentials import RoleCredentials
from homeport.agent.known import KnownContainer, KnownTask
from homeport.agent.link import LinkLost
from homeport.agent.metadata_wire import Answer, Certainty, Question
from homeport.agent.stats import Samples
from homeport.agent.task_protection import TaskProtection
from homeport.agent.throttle import Throttle

REQUESTS_PER_S: Final = 40.0
REQUESTS_AT_ONCE: Final = 60
STARTED_WITHIN_S: Final = 1.0
LOOK_AGAIN_AFTER_S: Final = 0.01


class Tasks(Protocol):
    """Who knows the tasks of this machine: the node."""

    def known_by_metadata_id(self, metadata_id: str) -> tuple[KnownTask, KnownContainer] | None:
        """The container with this id in its metadata URI, and its task."""

    def tasks(self) -> tuple[KnownTask, ...]:
        """Every task that the node knows."""


NOT_FOUND: Final = Answer(404, "404 page not found\n", text=True)
TOO_MANY: Final = Answer(429, "You have reached maximum request limit.", text=True)


class MetadataApp:
    """Answers what containers ask of the node that runs them."""

    def __init__(
        self,
        *,
        tasks: Tasks,
        credentials: RoleCredentials,
        stats: Callable[[str], Awaitable[Mapping[str, Any] | None]],
        protection: TaskProtection,
    ) -> None:
        """`stats` answers the Engine's sample of a container, None when it has none."""
        self._tasks = tasks
        self._credentials = credentials
        self._stats = stats
        self._protection = protection
        self._samples = Samples()
        self._throttle = Throttle(rate=REQUESTS_PER_S, burst=REQUESTS_AT_ONCE)

    def knows(self, question: Question) -> bool:
        """Whether it is certainly this node that is asked."""
        match question.parts:
            case [("v3" | "v4" | "api"), metadata_id, *_]:
                return self._tasks.known_by_metadata_id(metadata_id) is not None
            case ["v2", "credentials", *rest]:
                return self._credentials.belongs_here("/".join(rest))
            case ["v1", "credentials"]:
                return self._credentials.belongs_here(_id_in(question.query))
            case ["v2", *_]:
                return self._by_caller(question.caller) is not None
            case _:
                return True  # Nobody knows such a path better.

    async def answer(self, question: Question) -> Answer:
        """What is answered, whoever is asked."""
        match question.parts:
            case [("v3" | "v4") as version, metadata_id, *rest]:
                return await self._metadata(version, metadata_id, rest)
            case ["v2", "credentials", *rest]:
                return await self._role_credentials(2, "/".join(rest))
            case ["v1", "credentials"]:
                return await self._role_credentials(1, _id_in(question.query))
            case ["v2", ("metadata" | "metadataWithTags" | "stats") as what, *rest]:
                return await self._by_address(question.caller, what, "/".join(rest))
            case ["api", metadata_id, "task-protection", "v1", "state"]:
                return await self._protected(metadata_id, question)
            case ["api", metadata_id, "fault", "v1", *_]:
                return self._fault(metadata_id)
            case _:
                return NOT_FOUND

    async def _metadata(self, version: str, metadata_id: str, rest: list[str]) -> Answer:
        found = self._tasks.known_by_metadata_id(metadata_id)
        if found is None:
            return _unknown(version, metadata_id, rest)
        known, container = found
        if not self._admits(known.spec.task_arn):
            return TOO_MANY
        known, container = await self._started(metadata_id, found)
        v4 = version == "v4"
        match rest:
            case []:
                return Answer(200, render.container(known, container, v4=v4))
            case ["task"]:
                return Answer(200, render.task(known, v4=v4))
            case ["taskWithTags"]:
                return Answer(200, render.task(known, v4=v4, tags=True))
            case ["stats"]:
                return Answer(200, await self._sample(known, container, rates=v4))
            case ["task", "stats"]:
                return Answer(200, await self._samples_of(known, rates=v4))
            case ["associations", _]:
                return Answer(200, {"Associations": []})
            case ["associations", kind, name]:
                return Answer(
                    400,
                    "Unable to write container association response: unable to get association "
                    f"from association type {kind} and association name {name}",
                )
            case _:
                return NOT_FOUND

    async def _started(
        self, metadata_id: str, found: tuple[KnownTask, KnownContainer]
    ) -> tuple[KnownTask, KnownContainer]:
        """What is known once the container is known to run, and its address.

        Who asks by its id is that container: it runs, though the Engine may not have said so yet,
        and an answer to its first question without its address would be of no use to it.
        """
        loop = asyncio.get_running_loop()
        patience_ends = loop.time() + STARTED_WITHIN_S
        while not _is_settled(*found) and loop.time() < patience_ends:
            await asyncio.sleep(LOOK_AGAIN_AFTER_S)
            found = self._tasks.known_by_metadata_id(metadata_id) or found
        return found

    async def _by_address(self, caller: str, what: str, docker_id: str) -> Answer:
        """Version 2: the task is the one whose address asks."""
        known = self._by_caller(caller)
        if known is None:
            reason = (
                f"Unable to get task arn from request: unable to associate '{caller}' with task"
            )
            return Answer(400, reason, certainty="unknown")
        if not self._admits(known.spec.task_arn):
            return TOO_MANY
        if not docker_id:
            if what == "stats":
                return Answer(200, await self._samples_of(known, rates=False))
            tags = what == "metadataWithTags"
            return Answer(200, render.task(known, v4=False, tags=tags))
        for container in known.containers:
            if container.report.docker_id == docker_id:
                if what == "stats":
                    return Answer(200, await self._sample(known, container, rates=False))
                return Answer(200, render.container(known, container, v4=False))
        if what == "stats":
            return Answer(400, f"Unable to get container stats for: {docker_id}")
        return Answer(400, f"Unable to generate metadata for container '{docker_id}'")

    def _by_caller(self, caller: str) -> KnownTask | None:
        return next((each for each in self._tasks.tasks() if _has_address(each, caller)), None)

    async def _samples_of(self, known: KnownTask, *, rates: bool) -> object:
        containers = [each for each in known.containers if each.report.docker_id]
        samples = await asyncio.gather(
            *(self._sample(known, each, rates=rates) for each in containers)
        )
        ids = [each.report.docker_id for each in containers]
        return dict(zip(ids, samples, strict=True))

    async def _sample(self, known: KnownTask, container: KnownContainer, *, rates: bool) -> object:
        """None, which is JSON's null, for a container that does not run."""
        docker_id = container.report.docker_id
        if docker_id is None or container.report.status != "RUNNING":
            return None
        sample = await self._stats(docker_id)
        if sample is None:
            return None
        if known.holder_id is not None and not sample.get("networks"):
            held = await self._stats(known.holder_id) or {}
            sample = {**sample, "networks": held.get("networks")}
        return self._samples.compared(docker_id, sample, rates=rates)

    async def _role_credentials(self, version: int, credentials_id: str) -> Answer:
        said = f"CredentialsV{version}Request: "
        if not credentials_id:
            return _refused(400, "NoIdInRequest", said + "No Credential ID in the request")
        if not self._admits(credentials_id):
            return TOO_MANY
        try:
            given = await self._credentials.get(credentials_id)
        except LinkLost:
            # As the agent words it while it does not have them yet: clients try again.
            uninitialized = said + "Credentials uninitialized for ID"
            return _refused(503, "CredentialsUninitialized", uninitialized, "unsure")
        if given is None:
            not_found = said + "Credentials not found"
            return _refused(400, "InvalidIdInRequest", not_found, "unknown")
        return Answer(200, render.credentials(given))

    async def _protected(self, metadata_id: str, question: Question) -> Answer:
        found = self._tasks.known_by_metadata_id(metadata_id)
        if found is not None and not self._admits(found[0].spec.task_arn):
            return TOO_MANY
        known = None if found is None else found[0]
        return await self._protection.answer(known, question.method, question.body)

    def _fault(self, metadata_id: str) -> Answer:
        found = self._tasks.known_by_metadata_id(metadata_id)
        if found is None:
            error = {"Error": f"unable to lookup container: {metadata_id}"}
            return Answer(404, error, certainty="unknown")
        arn = found[0].spec.task_arn
        return Answer(400, {"Error": f"enableFaultInjection is not enabled for task: {arn}"})

    def _admits(self, key: str) -> bool:
        return self._throttle.admits(key, asyncio.get_running_loop().time())


def _is_settled(known: KnownTask, container: KnownContainer) -> bool:
    if container.report.status != "RUNNING":
        return container.report.status == "STOPPED"
    bridged = known.spec.network_mode == "bridge" and not container.spec.disable_networking
    return bool(container.ipv4_addresses) or not bridged


def _has_address(known: KnownTask, address: str) -> bool:
    return known.spec.interface is not None and known.spec.interface.private_ipv4 == address


def _id_in(query: str) -> str:
    return parse_qs(query).get("id", [""])[0]


def _refused(status: int, code: str, message: str, certainty: Certainty = "known") -> Answer:
    body = {"code": code, "message": message, "HTTPErrorCode": status}
    return Answer(status, body, certainty=certainty)


def _unknown(version: str, metadata_id: str, rest: list[str]) -> Answer:
    """The agent's words for an id that no container has: they differ by path and version."""
    no_container = f"unable to get docker ID from v3 endpoint ID: {metadata_id}"
    no_task = f"unable to get task Arn from v3 endpoint ID: {metadata_id}"
    match rest:
        case []:
            what, reason = "container metadata", f"container ID from request: {no_container}"
        case ["task" | "taskWithTags"]:
            what, reason = "task metadata", f"task arn from request: {no_task}"
        case ["stats"]:
            what, reason = "container stats", f"task arn from request: {no_task}"
        case ["task", "stats"]:
            what, reason = "task stats", f"task arn from request: {no_task}"
        case ["associations", *_]:
            what, reason = "container associations", f"container id from request: {no_container}"
        case _:
            return NOT_FOUND
    status = 404
    if what == "container associations":
        status = 400
    elif version == "v3":
        status = 400 if rest[-1:] == ["stats"] else 500
    said = f"{version.upper()} {what} handler: unable to get {reason}"
    return Answer(status, said, certainty="unknown")
