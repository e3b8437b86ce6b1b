"""Tags of load balancers, listeners, rules and target groups."""

from msgspec import Struct


class Tag(Struct, frozen=True, kw_only=True):
    """A key and its value; a tag without a value has none."""

    key: str
    value: str = ""
