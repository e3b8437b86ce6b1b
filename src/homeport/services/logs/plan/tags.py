"""Tags of log groups.  Pure."""

from collections.abc import Mapping
from typing import Final

from homeport.services.logs.errors import InvalidParameterException, TooManyTagsException

TAGS_MAX: Final = 50


def merged(before: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """The tags after adding some; raises for reserved keys and for too many."""
    for key in added:
        if key.lower().startswith("aws:"):
            raise InvalidParameterException(
                "Tag keys starting with aws: are reserved for AWS and cannot be used."
            )
    after = {**before, **added}
    if len(after) > TAGS_MAX:
        raise TooManyTagsException
    return after
