"""Pages of what the List operations answer."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from homeport.kernel import paging
from homeport.services.codedeploy.errors import BatchLimitExceeded, InvalidNextToken

PAGE_SIZE: Final = 100

Item = TypeVar("Item")


def page(
    items: Sequence[Item], token: str | None, key: Callable[[Item], str]
) -> tuple[Sequence[Item], str | None]:
    """The page that begins after the item that the token names, and the token of the next."""
    if token:
        try:
            last = paging.key_of(token)
        except paging.BadToken as error:
            raise InvalidNextToken from error
        keys = [key(item) for item in items]
        # What the token names may be gone; then what follows is found by order.
        start = keys.index(last) + 1 if last in keys else sum(each <= last for each in keys)
        items = items[start:]
    return paging.page(items, key, PAGE_SIZE)


def batch(names: Sequence[str], limit: int) -> list[str]:
    """The names of a batch, each once, if they are not too many."""
    if len(names) > limit:
        raise BatchLimitExceeded(
            f"The maximum number of names or IDs allowed for this request ({limit}) was exceeded."
        )
    return list(dict.fromkeys(names))
