"""Which tags a resource may carry.  Pure: nothing here knows what is stored."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from homeport.kernel.job_rules import BadJobRule, job_rules
from homeport.services.ecs.errors import InvalidParameterException, LimitExceededException
from homeport.services.ecs.records.tags import Tag

TAGS_MAX: Final = 50
KEY_LENGTH_MAX: Final = 128
VALUE_LENGTH_MAX: Final = 256

_PUNCTUATION: Final = frozenset("_.:/=+-@")
_RESERVED: Final = "aws:"


def checked_tags(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """The tags of a new resource as they came; raises InvalidParameterException for a bad one.

    Homeport's own (homeport.kernel.job_rules) have to say something that it understands.
    """
    if len(tags) > TAGS_MAX:
        raise InvalidParameterException("The number of tags exceeds the limit of 50.")
    seen: set[str] = set()
    for tag in tags:
        _check(tag)
        if tag.key in seen:
            raise InvalidParameterException(
                f"Invalid parameter at 'tags': duplicate tag key {tag.key!r}."
            )
        seen.add(tag.key)
    try:
        job_rules({tag.key: tag.value for tag in tags})
    except BadJobRule as bad:
        raise InvalidParameterException(f"{bad}") from bad
    return tuple(tags)


def merged_tags(before: Iterable[Tag], tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """What a resource carries once `tags` are put on it; raises when that is not allowed."""
    checked_tags(tags)
    merged = {tag.key: tag for tag in (*before, *tags)}
    if sum(not is_reserved(key) for key in merged) > TAGS_MAX:
        raise LimitExceededException("The number of tags exceeds the limit of 50.")
    return tuple(merged.values())


def check_keys(keys: Sequence[str]) -> None:
    """Raise InvalidParameterException when one of `keys` may not be removed."""
    for key in keys:
        _check_key(key, at="tagKeys")


def is_reserved(key: str) -> bool:
    """Whether only Amazon (here: Homeport) may put and remove a tag with this key."""
    return key[: len(_RESERVED)].lower() == _RESERVED


def _check(tag: Tag) -> None:
    _check_key(tag.key)
    if len(tag.value) > VALUE_LENGTH_MAX or not _is_written_well(tag.value):
        raise InvalidParameterException(
            f"Invalid tag value: {tag.value!r}. A value has at most {VALUE_LENGTH_MAX} letters, "
            "numbers, spaces and the characters + - = . _ : / @."
        )


def _check_key(key: str, *, at: str = "tags") -> None:
    if is_reserved(key):
        raise InvalidParameterException(
            f"Invalid parameter at '{at}': aws: prefixed tag key names are not allowed for "
            "external use."
        )
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not _is_written_well(key):
        raise InvalidParameterException(
            f"Invalid tag key: {key!r}. A key has 1 to {KEY_LENGTH_MAX} letters, numbers, spaces "
            "and the characters + - = . _ : / @."
        )


def _is_written_well(text: str) -> bool:
    return all(each in _PUNCTUATION or unicodedata.category(each)[0] in "LZN" for each in text)
