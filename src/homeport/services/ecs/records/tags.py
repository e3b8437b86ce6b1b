"""Tags: a key and a value on any resource."""

from msgspec import Struct


class Tag(Struct, frozen=True, kw_only=True):
    """The model's `Tag`."""

    key: str
    value: str = ""
