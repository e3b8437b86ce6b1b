"""What the lists of IAM share: pages by `Marker` and `MaxItems`, and tags of every resource."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict, TypeVar

from homeport.kernel import paging
from homeport.services.iam.errors import (
    InvalidInputException,
    LimitExceededException,
    ValidationError,
)
from homeport.services.iam.plan.names import TAGS_MAX
from homeport.shapes import iam as shapes

PAGE: Final = 100

Item = TypeVar("Item")


class More(TypedDict, total=False):
    """Whether there is more of a list, and where it goes on."""

    IsTruncated: bool
    Marker: str


def paged(
    items: Sequence[Item], key: Callable[[Item], str], request: Mapping[str, Any]
) -> tuple[Sequence[Item], More]:
    """One page of items that are in the order of their keys, and the members that say more."""
    marker, limit = request.get("Marker"), request.get("MaxItems", PAGE)
    if marker is not None:
        try:
            after = paging.key_of(marker)
        except paging.BadToken as error:
            raise ValidationError(f"Invalid Marker: {marker}") from error
        items = [each for each in items if key(each) > after]
    page, token = paging.page(items, key, limit)
    if token is None:
        return page, {"IsTruncated": False}
    return page, {"IsTruncated": True, "Marker": token}


def tags_of(tags: Iterable[shapes.Tag]) -> dict[str, str]:
    """The tags of a request; a key given twice is an error."""
    found: dict[str, str] = {}
    for each in tags:
        if each["Key"].lower() in (known.lower() for known in found):
            raise InvalidInputException(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            )
        found[each["Key"]] = each.get("Value", "")
    return merged({}, found)


def merged(before: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Tags with others added."""
    after = {**before, **more}
    if len(after) > TAGS_MAX:
        raise LimitExceededException(f"Cannot exceed quota for TagsPerEntity: {TAGS_MAX}")
    return after


def without(before: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Tags without those of some keys."""
    gone = frozenset(keys)
    return {key: value for key, value in before.items() if key not in gone}
