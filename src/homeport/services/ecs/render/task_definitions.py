"""Task definitions as ECS answers them.  They are stored that way: nothing is translated here."""

from typing import cast

import msgspec

from homeport.services.ecs.records.tags import Tag
from homeport.shapes import ecs as shapes


def task_definition(body: bytes) -> shapes.TaskDefinition:
    """The wire shape of a definition: what is stored of it goes out as it is."""
    return cast(shapes.TaskDefinition, msgspec.Raw(body))


def tag_list(tags: tuple[Tag, ...]) -> list[shapes.Tag]:
    """The tags that ECS answers beside a definition."""
    return [{"key": tag.key, "value": tag.value} for tag in tags]
