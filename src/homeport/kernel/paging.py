"""Page tokens: opaque to the client, the last key seen to us."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


class BadToken(ValueError):
    """The token was not made by `token_after`."""


def token_after(key: str) -> str:
    """The token that continues after `key`."""
    return base64.urlsafe_b64encode(b"1:" + key.encode()).decode()


def key_of(token: str) -> str:
    """The key that `token` continues after; raises `BadToken` for anything we did not make."""
    try:
        text = base64.urlsafe_b64decode(token.encode("ascii")).decode()
    except (binascii.Error, ValueError) as error:
        raise BadToken(token) from error
    if not text.startswith("1:"):
        raise BadToken(token)
    return text[2:]


def page(
    items: Sequence[Item], key: Callable[[Item], str], limit: int
) -> tuple[Sequence[Item], str | None]:
    """At most `limit` items and the token for the rest.  Fetch `limit + 1` items to feed it."""
    if len(items) <= limit:
        return items, None
    return items[:limit], token_after(key(items[limit - 1]))
