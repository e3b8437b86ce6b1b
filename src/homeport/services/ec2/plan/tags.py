"""Tags: what a request may say, and what becomes of a resource's tags."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeport.services.ec2.errors import InvalidParameterValue, TagLimitExceeded

TAGS_MAX: Final = 50
KEY_LENGTH_MAX: Final = 127
VALUE_LENGTH_MAX: Final = 256
RESERVED: Final = "aws:"


def creation_tags(
    specifications: Iterable[Mapping[str, object]], resource_type: str
) -> dict[str, str]:
    """The tags that a Create operation's TagSpecifications give to what it makes."""
    found: dict[str, str] = {}
    for each in specifications:
        given = each.get("ResourceType")
        if given != resource_type:
            raise InvalidParameterValue(
                f"'{given}' is not a valid taggable resource type for this operation."
            )
        tags = each.get("Tags")
        if not isinstance(tags, list) or not tags:
            raise InvalidParameterValue("Tag specification must have at least one tag")
        found = with_tags(found, checked(tags))
    return found


def checked(given: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """The tags of a request; a missing value is the empty one."""
    found: dict[str, str] = {}
    for each in given:
        key, value = str(each.get("Key") or ""), str(each.get("Value") or "")
        if not key:
            raise InvalidParameterValue("Tag key cannot be null or empty")
        if len(key) > KEY_LENGTH_MAX:
            raise InvalidParameterValue(
                f"Tag key exceeds the maximum length of {KEY_LENGTH_MAX} characters"
            )
        if len(value) > VALUE_LENGTH_MAX:
            raise InvalidParameterValue(
                f"Tag value exceeds the maximum length of {VALUE_LENGTH_MAX} characters"
            )
        if key.lower().startswith(RESERVED):
            raise InvalidParameterValue(
                f"Tag keys starting with '{RESERVED}' are reserved for internal use"
            )
        if key in found:
            raise InvalidParameterValue(f"Duplicate tag key '{key}' specified.")
        found[key] = value
    return found


def with_tags(before: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """A resource's tags once the new ones are on it."""
    after = {**before, **new}
    if len(after) > TAGS_MAX:
        raise TagLimitExceeded
    return after


def without_tags(
    before: Mapping[str, str], gone: Iterable[Mapping[str, object]] | None
) -> dict[str, str]:
    """A resource's tags without those; a given value must be the tag's.  None: without any."""
    if gone is None:
        return {}
    after = dict(before)
    for each in gone:
        key, value = str(each.get("Key", "")), each.get("Value")
        if key in after and (value is None or after[key] == value):
            del after[key]
    return after
