"""Which tags a resource may have.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.services.codedeploy.errors import InvalidTagsToAdd
from homeport.services.codedeploy.records.applications import Tag

TAGS_MAX: Final = 50
KEY_MAX: Final = 128
VALUE_MAX: Final = 256


def added(before: Sequence[Tag], wanted: Sequence[Mapping[str, Any]]) -> tuple[Tag, ...]:
    """The tags with those of a request, by key; a tag of the same key is replaced."""
    fresh = {each.get("Key") or "": each.get("Value") or "" for each in wanted}
    if len(fresh) < len(wanted):
        raise InvalidTagsToAdd("A tag key was specified more than once.")
    for key, value in fresh.items():
        if not 1 <= len(key) <= KEY_MAX:
            raise InvalidTagsToAdd(f"A tag key has 1 to {KEY_MAX} characters.")
        if len(value) > VALUE_MAX:
            raise InvalidTagsToAdd(f"A tag value has at most {VALUE_MAX} characters.")
        if key.lower().startswith("aws:"):
            raise InvalidTagsToAdd("A tag key must not start with aws:")
    all_of = {tag.key: tag.value for tag in before} | fresh
    if len(all_of) > TAGS_MAX:
        raise InvalidTagsToAdd(f"A resource has at most {TAGS_MAX} tags.")
    return tuple(Tag(key=key, value=all_of[key]) for key in sorted(all_of))


def removed(before: Sequence[Tag], keys: Sequence[str]) -> tuple[Tag, ...]:
    """The tags without those that have one of these keys."""
    return tuple(tag for tag in before if tag.key not in keys)
