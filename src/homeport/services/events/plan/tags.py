"""Which tags a bus and a rule may have.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from homeport.kernel.job_rules import BadJobRule, is_reserved, job_rules
from homeport.services.events.errors import LimitExceededException, ValidationException

TAGS_MAX: Final = 50

Tags: TypeAlias = tuple[tuple[str, str], ...]


def added(before: Tags, wanted: Sequence[Mapping[str, Any]], *, to_rule: bool) -> Tags:
    """The tags with those of a request, by key; a tag of the same key is replaced."""
    fresh = {each["Key"]: each["Value"] for each in wanted}
    if len(fresh) < len(wanted):
        raise ValidationException("Invalid parameter: Duplicated keys are not allowed.")
    if any(key.lower().startswith("aws:") for key in fresh):
        raise ValidationException(
            "Invalid parameter: Tag keys that begin with aws: are reserved for AWS use."
        )
    after = dict(before) | fresh
    if len(after) > TAGS_MAX:
        raise LimitExceededException(f"A resource has at most {TAGS_MAX} tags.")
    _check_reserved(after, to_rule=to_rule)
    return tuple(sorted(after.items()))


def removed(before: Tags, keys: Sequence[str], *, of_rule: bool) -> Tags:
    """The tags without those that have one of these keys."""
    after = {key: value for key, value in before if key not in keys}
    _check_reserved(after, to_rule=of_rule)
    return tuple(sorted(after.items()))


def _check_reserved(tags: Mapping[str, str], *, to_rule: bool) -> None:
    """Refuse Homeport's tags where they say nothing, or what they cannot say."""
    if to_rule:
        try:
            job_rules(tags)
        except BadJobRule as error:
            raise ValidationException(str(error)) from None
        return
    reserved = next(filter(is_reserved, tags), None)
    if reserved is not None:
        raise ValidationException(
            f"The tag {reserved} says how runs are kept: it belongs to a rule, not to a bus."
        )
