"""Tags of queues.  Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeport.services.sqs.errors import InvalidParameterValue, value_refused

TAGS_MAX: Final = 50
KEY_CHARS_MAX: Final = 128
VALUE_CHARS_MAX: Final = 256

Tags = tuple[tuple[str, str], ...]


def merged(queue_name: str, before: Tags, added: Mapping[str, str]) -> Tags:
    """The tags of a queue with some more; a key that is there gets the new value."""
    for key, value in added.items():
        if not 1 <= len(key) <= KEY_CHARS_MAX or key.lower().startswith("aws:"):
            raise value_refused(
                key[:200],
                "TagKey",
                f"A tag key has 1 to {KEY_CHARS_MAX} characters and does not begin with aws:.",
            )
        if len(value) > VALUE_CHARS_MAX:
            raise value_refused(
                value[:200], "TagValue", f"A tag value has at most {VALUE_CHARS_MAX} characters."
            )
    after = dict(before) | dict(added)
    if len(after) > TAGS_MAX:
        raise InvalidParameterValue(f"Too many tags added for queue {queue_name}.")
    return tuple(after.items())


def without(before: Tags, keys: Iterable[str]) -> Tags:
    """The tags of a queue without those of these keys."""
    gone = frozenset(keys)
    return tuple(pair for pair in before if pair[0] not in gone)
