"""Tags as ECS shows them.  Which resource has which is not known here."""

from collections.abc import Iterable

from homeport.services.ecs.records.tags import Tag
from homeport.shapes import ecs as shapes


def tags(of: Iterable[Tag]) -> list[shapes.Tag]:
    """Tags as the model's `Tags`."""
    return [{"key": tag.key, "value": tag.value} for tag in of]
