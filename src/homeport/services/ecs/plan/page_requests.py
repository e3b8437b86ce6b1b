"""What a List request asks for: how many, and after what.  Pure."""

from homeport.kernel.paging import BadToken, key_of
from homeport.services.ecs.errors import InvalidParameterException


def page_size(max_results: int | None, limit: int, *, default: int | None = None) -> int:
    """How many items a page has: what was asked for, which may not exceed `limit`, or `default`.

    Without a default it is `limit`.
    """
    if max_results is None:
        return limit if default is None else default
    if not 1 <= max_results <= limit:
        raise InvalidParameterException(f"maxResults must be between 1 and {limit}.")
    return max_results


def page_start(token: str | None) -> str:
    """The key after which the page starts; "" for the first page."""
    if not token:
        return ""
    try:
        key = key_of(token)
    except BadToken as bad:
        raise InvalidParameterException("Invalid token.") from bad
    if "\0" in key:  # No key of ours has one, and PostgreSQL takes none.
        raise InvalidParameterException("Invalid token.")
    return key
