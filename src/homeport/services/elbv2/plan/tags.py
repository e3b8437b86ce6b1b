"""Which tags a resource may have."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.services.elbv2.errors import DuplicateTagKeys, TooManyTags, ValidationError
from homeport.services.elbv2.plan.limits import TAGS
from homeport.services.elbv2.records.tags import Tag

_PUNCTUATION: Final = frozenset("_.:/=+-@")


def checked(tags: Sequence[Mapping[str, Any]], before: Sequence[Tag] = ()) -> tuple[Tag, ...]:
    """The tags of a request, if a resource that has those of `before` may have them."""
    asked = tuple(Tag(key=tag["Key"], value=tag.get("Value", "")) for tag in tags)
    keys = [tag.key for tag in asked]
    for tag in asked:
        if keys.count(tag.key) > 1:
            raise DuplicateTagKeys(f"Tag key was specified more than once: {tag.key}")
        if re.match(r"(?i)aws:", tag.key):
            raise ValidationError("aws: prefixed tag key names are not allowed for external use.")
        for text in (tag.key, tag.value):
            if not all(
                each in _PUNCTUATION or unicodedata.category(each)[0] in "LZN" for each in text
            ):
                raise ValidationError(
                    f"The tag '{text}' is invalid; letters, spaces, numbers and + - = . _ : / @ "
                    "are allowed"
                )
    if len({*keys, *(tag.key for tag in before)}) > TAGS:
        raise TooManyTags
    return asked
