"""Tasks as targets: `EcsParameters` and an input become what RunTask is asked for.  Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from homeport.kernel.job_rules import TIME_LIMIT
from homeport.services.jobs.plan.asks import Ask, BadTarget
from homeport.services.jobs.plan.payloads import object_of

STARTED_BY: Final[Mapping[str, str]] = {"schedule": "chronos-schedule", "rule": "events-rule"}
STARTED_BY_CHARS_MAX: Final = 128
TASKS_MAX: Final = 10

OVERRIDES: Final = frozenset(
    {
        "containeroverrides",
        "cpu",
        "ephemeralstorage",
        "executionrolearn",
        "inferenceacceleratoroverrides",
        "memory",
        "taskrolearn",
    }
)
"""What of an input RunTask heeds, whatever the case; an event that is handed on has other members
beside them."""

_RENAMED: Final[Mapping[str, str]] = {
    "TaskDefinitionArn": "taskDefinition",
    "TaskCount": "count",
    "EnableECSManagedTags": "enableECSManagedTags",
}
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_/-]")


def run_members(cluster: str, parameters: Mapping[str, Any] | None, payload: str) -> dict[str, Any]:
    """RunTask's request of a cluster with `EcsParameters`; raises `BadTarget` when it has none."""
    if not parameters or not parameters.get("TaskDefinitionArn"):
        raise BadTarget("EcsParameters with a TaskDefinitionArn are required for an ECS target.")
    count = parameters.get("TaskCount", 1)
    if not isinstance(count, int) or not 1 <= count <= TASKS_MAX:
        raise BadTarget(f"TaskCount is a whole number from 1 to {TASKS_MAX}, not {count!r}.")
    members = {_name(key): _lowered(key, value) for key, value in parameters.items()}
    overrides = overrides_of(payload)
    if overrides:
        members["overrides"] = overrides
    return {"cluster": cluster, **members}


def overrides_of(payload: str) -> dict[str, Any]:
    """What the input overrides of the task definition."""
    if not payload:
        return {}
    said = object_of(payload, what="The input of an ECS target")
    return {key: value for key, value in said.items() if key.casefold() in OVERRIDES}


def started_by(kind: str, name: str) -> str:
    """Who started a task, as ECS shows it: cut to what ECS allows."""
    return _NO_NAME.sub("-", f"{STARTED_BY[kind]}/{name}")[:STARTED_BY_CHARS_MAX]


def with_time_limit(ask: Ask, seconds: int) -> Ask:
    """The same with the tag by which ECS stops a task that takes too long."""
    name = member(ask.members, "tags") or "tags"
    tags = [each for each in ask.members.get(name) or () if _tag_key(each) != TIME_LIMIT]
    tag = {"key": TIME_LIMIT, "value": str(seconds)}
    return _with(ask, {name: [*tags, tag]})


def with_token(ask: Ask, token: str) -> Ask:
    """The same, told apart by another client token."""
    return _with(ask, {member(ask.members, "clientToken") or "clientToken": token})


def with_count(ask: Ask, count: int) -> Ask:
    """The same for so many tasks."""
    if ask.operation != "RunTask":
        return ask
    return _with(ask, {member(ask.members, "count") or "count": count})


def member(members: Mapping[str, Any], name: str) -> str | None:
    """How the members spell one, whatever the case."""
    return next((key for key in members if key.casefold() == name.casefold()), None)


def value_of(members: Mapping[str, Any], name: str) -> Any:
    """The value of a member, whatever the case of its name."""
    key = member(members, name)
    return None if key is None else members[key]


def _with(ask: Ask, members: Mapping[str, Any]) -> Ask:
    return replace(ask, members={**ask.members, **members})


def _name(key: str) -> str:
    return _RENAMED.get(key) or key[:1].lower() + key[1:]


def _lowered(key: str, value: Any) -> Any:
    """The value as RunTask has it: its model begins every name with a small letter."""
    match value:
        case dict():
            return {_name(name): _lowered(name, each) for name, each in value.items()}
        case list() if key == "Tags":
            return [tag for each in value for tag in _tags(each)]
        case list():
            return [_lowered("", each) for each in value]
        case _:
            return value


def _tags(said: Any) -> list[dict[str, str]]:
    """A tag by its key and value, or several as a map: the Scheduler takes both."""
    if not isinstance(said, dict):
        raise BadTarget(f"The tags of EcsParameters have a key and a value, not {said!r}.")
    key, value = value_of(said, "key"), value_of(said, "value")
    if key is not None and len(said) <= 2:
        return [{"key": key, "value": value or ""}]
    return [{"key": each, "value": of} for each, of in said.items()]


def _tag_key(tag: Any) -> str | None:
    return value_of(tag, "key") if isinstance(tag, dict) else None
