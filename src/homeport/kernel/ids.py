"""Fresh identifiers, to code that is handed a source of them."""

from typing import Protocol


class Ids(Protocol):
    """A source of identifiers that never repeats."""

    def hex(self, digits: int) -> str:
        """`digits` lower-case hexadecimal digits: 32 for a task id, 17 for an EC2 id."""

    def uuid(self) -> str:
        """A random UUID in its text form."""

    def number(self, digits: int) -> str:
        """`digits` decimal digits, the first not zero: 19 for a deployment id."""


def ec2_id(prefix: str, ids: Ids) -> str:
    """An EC2-style identifier such as ``eni-0a1b2c3d4e5f67890``."""
    return f"{prefix}-0{ids.hex(16)}"
