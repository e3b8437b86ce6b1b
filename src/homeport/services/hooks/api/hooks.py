"""PutHook, ListHooks, DeleteHook, ListHookInvocations: Homeport's own operations.

A hook's command runs on the machine of the control plane: only the account's root may set one.
"""

import math
from typing import Final
from urllib.parse import urlsplit

from homeport.runtime import Call, operation
from homeport.services.hooks.errors import (
    AccessDeniedException,
    HookNotFoundException,
    InvalidParameterException,
)
from homeport.services.hooks.plan.functions import function_name, is_name
from homeport.services.hooks.queries import hooks as queries
from homeport.services.hooks.queries.invocations import newest_of
from homeport.services.hooks.records.hooks import TIMEOUT_DEFAULT_S, Hook, TaskHook
from homeport.services.hooks.render import hooks as render
from homeport.shapes import homeport as shapes
from homeport.store import ReadTx, Tx

SHOWN_MAX: Final = 100
TIMEOUT_MAX_S: Final = 86_400.0


@operation("PutHook")
def put_hook(tx: Tx, call: Call, request: shapes.PutHookRequest) -> shapes.PutHookResponse:
    """Say what stands for a function from now on; invocations under way are not changed."""
    _check_root(call)
    hook = Hook(
        account=call.account,
        region=call.region,
        name=_name(request["name"]),
        command=request.get("command", ""),
        directory=request.get("directory", ""),
        url=_url(request.get("url", "")),
        task=_task(request.get("task")),
        timeout_s=_timeout(request.get("timeoutSeconds", TIMEOUT_DEFAULT_S)),
        updated_at=call.now,
    )
    if bool(hook.command) + bool(hook.url) + (hook.task is not None) != 1:
        raise InvalidParameterException(
            "A hook is one of three: a command, a url, or a task (with its taskDefinition)."
        )
    queries.put_hook(tx, hook)
    return {"hook": render.hook(hook)}


@operation("ListHooks")
def list_hooks(
    tx: ReadTx, call: Call, request: shapes.ListHooksRequest
) -> shapes.ListHooksResponse:
    """Every hook of the region, by name."""
    return {"hooks": [render.hook(each) for each in queries.list_hooks(tx, *_place(call))]}


@operation("DeleteHook")
def delete_hook(tx: Tx, call: Call, request: shapes.DeleteHookRequest) -> shapes.DeleteHookResponse:
    """Nothing stands for the function from now on; invocations under way are not changed."""
    _check_root(call)
    name = _name(request["name"])
    if not queries.delete_hook(tx, *_place(call), name):
        raise HookNotFoundException(f"No hook is set for the function {name}.")
    return {}


@operation("ListHookInvocations")
def list_hook_invocations(
    tx: ReadTx, call: Call, request: shapes.ListHookInvocationsRequest
) -> shapes.ListHookInvocationsResponse:
    """The newest invocations of a function, with what came of them."""
    name = _name(request["name"])
    most = min(SHOWN_MAX, max(1, request.get("maxResults", 20)))
    found = newest_of(tx, *_place(call), name, most=most)
    return {"invocations": [render.invocation(each) for each in found]}


def _place(call: Call) -> tuple[str, str]:
    return call.account, call.region


def _check_root(call: Call) -> None:
    if not call.principal.endswith(":root"):
        raise AccessDeniedException


def _name(function: str) -> str:
    name = function_name(function)
    if not is_name(name):
        raise InvalidParameterException(
            f"{function!r} is neither the name nor the ARN of a Lambda function."
        )
    return name


def _url(url: str) -> str:
    place = urlsplit(url)
    if url and (place.scheme not in ("http", "https") or not place.netloc):
        raise InvalidParameterException(f"{url!r} is no http or https URL.")
    return url


def _task(asked: shapes.HookTask | None) -> TaskHook | None:
    if asked is None:
        return None
    return TaskHook(
        task_definition=asked["taskDefinition"],
        cluster=asked.get("cluster") or "default",
        launch_type=asked.get("launchType"),
        subnets=tuple(asked.get("subnets", ())),
        security_groups=tuple(asked.get("securityGroups", ())),
    )


def _timeout(seconds: float) -> float:
    if not math.isfinite(seconds) or not 0 < seconds <= TIMEOUT_MAX_S:
        raise InvalidParameterException(
            f"timeoutSeconds must be more than 0 and at most {TIMEOUT_MAX_S:g}."
        )
    return seconds
