"""A document as a record, with the defaults that ECS fills in before it looks at anything."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

import msgspec

from homeport.services.ecs.records.task_definitions import TaskDefinition

_NOTHING_YET: Final[Mapping[str, object]] = {
    "family": "",
    "revision": 0,
    "status": "ACTIVE",
    "volumes": (),
    "placementConstraints": (),
    "compatibilities": (),
}
_CONTAINER_DEFAULTS: Final[Mapping[str, object]] = {
    "name": "",
    "image": "",
    "cpu": 0,
    "portMappings": (),
    "essential": True,
    "environment": (),
    "mountPoints": (),
    "volumesFrom": (),
    "systemControls": (),
}


def drafted(document: Mapping[str, object]) -> TaskDefinition:
    """The draft of a request; members that it needs and does not have are left empty.

    Raises msgspec.ValidationError for a document that is not of the model's shape.
    """
    wire: dict[str, object] = {**_NOTHING_YET, **document}
    containers = cast(Sequence[Mapping[str, object]], document.get("containerDefinitions", ()))
    wire["containerDefinitions"] = [{**_CONTAINER_DEFAULTS, **each} for each in containers]
    for role in ("taskRoleArn", "executionRoleArn"):
        if wire.get(role) == "":
            del wire[role]  # As in ECS, an empty role is none.
    return msgspec.convert(wire, TaskDefinition)
