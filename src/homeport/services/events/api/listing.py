"""Pages of what the List operations answer."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from homeport.kernel import paging
from homeport.services.events.errors import InvalidTokenException

PAGE_SIZE: Final = 100

Item = TypeVar("Item")


def after(token: str | None) -> str:
    """The key after which a page begins; empty for the first."""
    if token is None:
        return ""
    try:
        return paging.key_of(token)
    except paging.BadToken as error:
        raise InvalidTokenException from error


def page(
    items: Sequence[Item], limit: int | None, key: Callable[[Item], str]
) -> tuple[Sequence[Item], str | None]:
    """The page of items that all come after the token, and the token of the next page."""
    return paging.page(items, key, limit or PAGE_SIZE)


def fetched(limit: int | None) -> int:
    """How many items to fetch for a page: one more says whether there is another."""
    return (limit or PAGE_SIZE) + 1
