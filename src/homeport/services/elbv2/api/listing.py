"""Pages of what the Describe operations answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from homeport.kernel import paging
from homeport.services.elbv2.errors import ValidationError

PAGE_SIZE: Final = 400

Item = TypeVar("Item")


def page(
    items: Sequence[Item], request: Mapping[str, Any], key: Callable[[Item], str]
) -> tuple[Sequence[Item], str | None]:
    """The page of `items` that the request asks for, and the marker of the next one.

    A page begins after the item that the marker names; `key` tells items apart and orders them as
    they are.
    """
    marker = request.get("Marker")
    if marker:
        try:
            last = paging.key_of(marker)
        except paging.BadToken as error:
            raise ValidationError("The specified marker is not valid") from error
        keys = [key(item) for item in items]
        # What the marker names may be gone; then its neighbours are found by order.
        start = keys.index(last) + 1 if last in keys else sum(each <= last for each in keys)
        items = items[start:]
    return paging.page(items, key, request.get("PageSize", PAGE_SIZE))
