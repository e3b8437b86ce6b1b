"""Which tags a schedule group may have.  Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from homeport.kernel.job_rules import BadJobRule, job_rules
from homeport.services.scheduler.errors import ValidationException

TAGS_MAX: Final = 50

Tags = tuple[tuple[str, str], ...]


def merged(before: Tags, added: Sequence[tuple[str, str]]) -> Tags:
    """The tags with those added, by key; raises ValidationException for what may not be."""
    keys = [key for key, _ in added]
    for key in keys:
        if key.lower().startswith("aws:"):
            raise ValidationException(
                "aws: prefixed tag key names are not allowed for external use."
            )
    if len(set(keys)) != len(keys):
        raise ValidationException("The tag keys of a request must be different from each other.")
    after = dict(before) | dict(added)
    if len(after) > TAGS_MAX:
        raise ValidationException(f"A schedule group has at most {TAGS_MAX} tags.")
    return _checked(after)


def without(before: Tags, keys: Iterable[str]) -> Tags:
    """The tags without those of these keys."""
    gone = set(keys)
    return tuple(each for each in before if each[0] not in gone)


def _checked(tags: Mapping[str, str]) -> Tags:
    ordered = tuple(sorted(tags.items()))
    try:
        job_rules(ordered)
    except BadJobRule as error:
        raise ValidationException(str(error)) from None
    return ordered
