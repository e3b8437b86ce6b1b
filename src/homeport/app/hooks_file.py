"""A file that says what stands for Lambda functions: `--hooks FILE`.

    [smoke-test]
    command = "./smoke.sh"

    [approve]
    url = "http://127.0.0.1:9000/approve"
    timeout = 60

    [migrate]
    task-definition = "migrate"
    cluster = "production"

What it names is set at every start, in the home region; hooks that it does not name stay.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from homeport.app.control import ControlPlane
from homeport.contracts.operations import Asker
from homeport.kernel.errors import AwsError
from homeport.store import Tx

TASK: Final = {
    "task-definition": "taskDefinition",
    "cluster": "cluster",
    "launch-type": "launchType",
    "subnets": "subnets",
    "security-groups": "securityGroups",
}
LISTS: Final = ("subnets", "security-groups")


class BadHooks(Exception):
    """The file cannot be understood; the message says why."""


def read_hooks(path: Path) -> tuple[Mapping[str, Any], ...]:
    """The requests of PutHook that the file stands for; raises `BadHooks`."""
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadHooks(f"{path}: {error}") from error
    return tuple(_request(name, table, path) for name, table in document.items())


def set_hooks(plane: ControlPlane, requests: Sequence[Mapping[str, Any]], tx: Tx) -> None:
    """Set them; raises `BadHooks` for what PutHook refuses."""
    settings = plane.settings
    asker = Asker(
        account=settings.account,
        region=settings.region,
        principal=f"arn:aws:iam::{settings.account}:root",
        now=plane.clock.now(),
        ids=plane.ids,
    )
    for request in requests:
        try:
            plane.peers.operations.ask(tx, asker, "homeport", "PutHook", request)
        except AwsError as error:
            raise BadHooks(f"hook {request['name']}: {error.message}") from error


def _request(name: str, table: object, path: Path) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise BadHooks(f"{path}: [{name}] is no table")
    request: dict[str, Any] = {"name": name}
    task: dict[str, Any] = {}
    for key, value in table.items():
        _check(path, name, key, value)
        if key in TASK:
            task[TASK[key]] = value
        elif key == "timeout":
            request["timeoutSeconds"] = float(value)
        else:
            request[key] = value
    if "command" in request:
        request.setdefault("directory", str(path.absolute().parent))
    if task:
        if "taskDefinition" not in task:
            raise BadHooks(f"{path}: [{name}] has no task-definition")
        request["task"] = task
    return request


def _check(path: Path, name: str, key: str, value: object) -> None:
    if key not in (*TASK, "command", "directory", "url", "timeout"):
        raise BadHooks(f"{path}: [{name}] has {key!r}, which no hook has")
    if key == "timeout":
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    elif key in LISTS:
        fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
    else:
        fits = isinstance(value, str)
    if not fits:
        raise BadHooks(f"{path}: {key} of [{name}] cannot be {value!r}")
