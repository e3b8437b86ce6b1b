"""What the commands make of a task definition's JSON.  Pure: nothing is asked, nothing is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

READ_ONLY: Final = frozenset(
    {
        "compatibilities",
        "deleteRequestedAt",
        "deregisteredAt",
        "registeredAt",
        "registeredBy",
        "requiresAttributes",
        "revision",
        "status",
        "taskDefinitionArn",
    }
)
"""What DescribeTaskDefinition shows and RegisterTaskDefinition does not take."""

STREAM_PREFIX: Final = "run"
LOGS_ROLE: Final = "homeport-run"
FLUSH_EVERY_S: Final = "1"
"""Docker sends lines every 5 seconds unless it is told otherwise."""

Definition = dict[str, Any]


class Unusable(Exception):
    """The definition cannot be used so; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """A definition to register, and what is new about it."""

    definition: Definition
    container: str
    image: str
    before: str
    """The image so far."""


def with_image(
    described: Mapping[str, Any],
    tags: Sequence[Mapping[str, str]],
    *,
    container: str | None,
    image: str,
) -> ImageChange:
    """The next revision: another image in one container, everything else as it is.

    Raises `Unusable` when it is not clear which container is meant.
    """
    containers = described["containerDefinitions"]
    names = [str(each["name"]) for each in containers]
    if container is None and len(names) > 1:
        raise Unusable(
            f"{short_name(described['taskDefinitionArn'])} has several containers: "
            f"{', '.join(names)}. Say which one gets the image with --container NAME."
        )
    chosen = names[0] if container is None else container
    if chosen not in names:
        raise Unusable(
            f"{short_name(described['taskDefinitionArn'])} has no container {chosen!r}; "
            f"its containers: {', '.join(names)}."
        )
    definition = without_read_only(described)
    definition["containerDefinitions"] = [
        each | {"image": image} if each["name"] == chosen else each for each in containers
    ]
    if tags:
        definition["tags"] = list(tags)
    before = next(str(each["image"]) for each in containers if each["name"] == chosen)
    return ImageChange(definition=definition, container=chosen, image=image, before=before)


def without_read_only(described: Mapping[str, Any]) -> Definition:
    """What RegisterTaskDefinition takes of what DescribeTaskDefinition shows."""
    return {name: value for name, value in described.items() if name not in READ_ONLY}


def read_document(document: object) -> Definition:
    """The definition that a file holds: RegisterTaskDefinition's JSON, or what describes one.

    Raises `Unusable` when it is neither.
    """
    if isinstance(document, dict) and isinstance(document.get("taskDefinition"), dict):
        document = document["taskDefinition"] | {
            name: value for name, value in document.items() if name == "tags"
        }
    if not isinstance(document, dict) or not _has_containers(document):
        raise Unusable(
            "this is not a task definition: family and containerDefinitions are missing. "
            "`homeport run` takes what `aws ecs register-task-definition --cli-input-json` takes."
        )
    return without_read_only(document)


def with_logs(definition: Definition, *, group: str, region: str, account: str) -> Definition:
    """A copy in which every container without a log driver writes to a log group, soon.

    Fargate wants an execution role for that; where none is named, the copy names one of our own,
    which the containers never see.
    """
    if not unlogged(definition):
        return definition
    log = {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": group,
            "awslogs-region": region,
            "awslogs-stream-prefix": STREAM_PREFIX,
            "awslogs-force-flush-interval-seconds": FLUSH_EVERY_S,
        },
    }
    copy = definition | {
        "containerDefinitions": [
            each if each.get("logConfiguration") else each | {"logConfiguration": log}
            for each in definition["containerDefinitions"]
        ]
    }
    if "FARGATE" in (definition.get("requiresCompatibilities") or ()):
        copy.setdefault("executionRoleArn", f"arn:aws:iam::{account}:role/{LOGS_ROLE}")
    return copy


def unlogged(definition: Definition) -> list[str]:
    """Names of the containers that say nothing of where their log goes."""
    containers = definition["containerDefinitions"]
    return [str(each.get("name")) for each in containers if not each.get("logConfiguration")]


def unreadable(definition: Definition) -> dict[str, str]:
    """Containers whose log cannot be read over the API, with the driver that it goes to."""
    drivers = {
        str(each.get("name")): str((each.get("logConfiguration") or {}).get("logDriver"))
        for each in definition["containerDefinitions"]
    }
    return {name: driver for name, driver in drivers.items() if driver != "awslogs"}


def log_regions(definition: Definition) -> dict[str, str]:
    """The region that each container's log goes to, where its definition names one."""
    found = {}
    for each in definition["containerDefinitions"]:
        options = (each.get("logConfiguration") or {}).get("options") or {}
        if options.get("awslogs-region"):
            found[str(each["name"])] = str(options["awslogs-region"])
    return found


def first_essential(definition: Mapping[str, Any]) -> str:
    """The container whose exit code is that of the task."""
    containers = definition["containerDefinitions"]
    essential = (each for each in containers if each.get("essential", True))
    return str(next(essential, containers[0])["name"])


def launch_type_of(definition: Definition, wanted: str | None) -> str | None:
    """The launch type to ask for; None leaves it to the cluster."""
    if wanted is not None:
        return wanted
    only = definition.get("requiresCompatibilities") or []
    return "FARGATE" if "FARGATE" in only and "EC2" not in only else None


def short_name(arn: str) -> str:
    """``family:revision``, or the id of what an ARN names."""
    return arn.rpartition("/")[2]


def _has_containers(document: Mapping[str, Any]) -> bool:
    containers = document.get("containerDefinitions")
    return (
        isinstance(document.get("family"), str)
        and isinstance(containers, list)
        and len(containers) > 0
        and all(isinstance(each, dict) for each in containers)
    )
