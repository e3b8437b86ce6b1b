"""Scale-in protection, as a task asks for it at ``$ECS_AGENT_URI/task-protection/v1/state``.

Asked of ECS in the name of the task's role, answered in the ECS agent's words.  Whether a task may
be protected is decided by the control plane alone.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp
import structlog
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials
from msgspec import Struct

from homeport.agent.credentials import RoleCredentials
from homeport.agent.known import KnownTask
from homeport.agent.link import LinkLost
from homeport.agent.metadata_render import instant
from homeport.agent.metadata_wire import Answer
from homeport.link.messages import Credentials
from homeport.link.spec import TaskSpec

TARGET: Final = "AmazonEC2ContainerServiceV20141113"
ANSWERED_WITHIN_S: Final = 4.0
"""The ECS agent's own patience with ECS."""
NOT_ALLOWED: Final = Answer(405, "", text=True)

_log = structlog.get_logger("homeport.metadata")


class BadRequest(Exception):
    """The body of a request is not what the endpoint takes."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a task asks for."""

    enabled: bool | None = None
    minutes: int | None = None


class Refusal(Exception):
    """ECS answered an error, or nothing."""

    def __init__(self, status: int, code: str, message: str, request_id: str | None = None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id


class TaskProtection:
    """Asks ECS for a task's protection, and sets it."""

    def __init__(self, *, credentials: RoleCredentials, api_url: Callable[[], str]) -> None:
        """`api_url` is where the control plane's API is now; it raises `LinkLost` if nowhere."""
        self._credentials = credentials
        self._api_url = api_url

    async def answer(self, known: KnownTask | None, method: str, body: bytes) -> Answer:
        """The answer to a request of a container of this task; None: of no task that is known."""
        if method not in ("GET", "PUT"):
            return NOT_ALLOWED
        wish: Wish | None = None
        if method == "PUT":
            try:
                wish = wish_in(body)
            except BadRequest:
                said = "UpdateTaskProtection: failed to decode request"
                return _error(400, "InvalidParameterException", said)
        if known is None:
            said = "Failed to find a task for the request"
            return _error(404, "ResourceNotFoundException", said, unknown=True)
        task = known.spec
        if wish is not None and wish.enabled is None:
            said = "Invalid request: does not contain 'ProtectionEnabled' field"
            return _error(400, "InvalidParameterException", said, arn=task.task_arn)
        try:
            return await self._asked(task, wish)
        except Refusal as refusal:
            _log.warning("no protection", task=task.task_arn, why=refusal.message)
            return _error(
                refusal.status,
                refusal.code,
                refusal.message,
                arn=task.task_arn,
                request_id=refusal.request_id,
            )

    async def _asked(self, task: TaskSpec, wish: Wish | None) -> Answer:
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                keys = await self._keys(task)
                if keys is None:
                    said = "Invalid Request: no task IAM role credentials available for task"
                    return _error(403, "AccessDeniedException", said, arn=task.task_arn)
                return _told(await self._call(task, keys, wish))
        except (TimeoutError, LinkLost) as error:
            said = "Timed out calling ECS Task Protection API"
            raise Refusal(504, "RequestCanceled", said) from error
        except aiohttp.ClientError as error:
            raise Refusal(500, "ServerException", str(error)) from error

    async def _keys(self, task: TaskSpec) -> Credentials | None:
        if task.task_role_credentials_id is None:
            return None
        return await self._credentials.get(task.task_role_credentials_id)

    async def _call(
        self, task: TaskSpec, keys: Credentials, wish: Wish | None
    ) -> Mapping[str, Any]:
        request: dict[str, object] = {"cluster": task.cluster, "tasks": [task.task_arn]}
        if wish is not None:
            request["protectionEnabled"] = wish.enabled
            if wish.minutes is not None:
                request["expiresInMinutes"] = wish.minutes
        name = "GetTaskProtection" if wish is None else "UpdateTaskProtection"
        signed = _signed(self._api_url(), name, request, keys, task.region)
        async with (
            aiohttp.ClientSession() as session,
            session.post(signed.url, data=signed.data, headers=dict(signed.headers)) as response,
        ):
            body = await response.read()
            told = _parsed(body)
            if response.status != 200:
                code = str(told.get("__type", "ServerException")).rpartition("#")[2]
                said = told.get("message") or body.decode(errors="replace")
                request_id = response.headers.get("x-amzn-RequestId")
                raise Refusal(response.status, code, str(said), request_id)
        return told


def wish_in(body: bytes) -> Wish:
    """What a body asks for, as the ECS agent reads it: names in any case, nothing beyond them.

    Raises `BadRequest`.
    """
    try:
        given, _ = json.JSONDecoder().raw_decode(body.decode().lstrip())
    except ValueError as error:
        raise BadRequest from error
    if given is None:
        return Wish()
    if not isinstance(given, dict):
        raise BadRequest
    enabled: object = None
    minutes: object = None
    for name, value in given.items():
        match name.lower():
            case "protectionenabled":
                enabled = value
            case "expiresinminutes":
                minutes = value
            case _:
                raise BadRequest
    if not isinstance(enabled, bool | None) or not isinstance(minutes, int | None):
        raise BadRequest
    if isinstance(minutes, bool):
        raise BadRequest
    return Wish(enabled=enabled, minutes=minutes)


def _signed(
    url: str, operation: str, request: Mapping[str, object], keys: Credentials, region: str
) -> Any:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"{TARGET}.{operation}",
    }
    signed = AWSRequest("POST", url.rstrip("/") + "/", headers, json.dumps(request))
    given = SigningCredentials(keys.access_key_id, keys.secret_access_key, keys.token or None)
    SigV4Auth(given, "ecs", region).add_auth(signed)
    return signed


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _told(answer: Mapping[str, Any]) -> Answer:
    """ECS's answer about one task; every member is there, without a value it is null."""
    failures, tasks = answer.get("failures") or [], answer.get("protectedTasks") or []
    if len(failures) > 1 or len(failures) + len(tasks) != 1:
        raise Refusal(500, "ServerException", "Unexpected error occurred")
    if failures:
        failed = failures[0]
        failure = {name: failed.get(name.lower()) for name in ("Arn", "Detail", "Reason")}
        return Answer(200, {"failure": failure})
    protection = {
        "ExpirationDate": instant(tasks[0].get("expirationDate")) or None,
        "ProtectionEnabled": tasks[0].get("protectionEnabled", False),
        "TaskArn": tasks[0].get("taskArn"),
    }
    return Answer(200, {"protection": protection})


def _error(
    status: int,
    code: str,
    message: str,
    *,
    arn: str | None = None,
    request_id: str | None = None,
    unknown: bool = False,
) -> Answer:
    error: dict[str, str] = {} if arn is None else {"Arn": arn}
    body: dict[str, object] = {} if request_id is None else {"requestID": request_id}
    body["error"] = error | {"Code": code, "Message": message}
    return Answer(status, body, certainty="unknown" if unknown else "known")
