"""Fresh identifiers, to code that is handed a source of them."""

from hashlib import blake2b
from typing import Protocol


class Ids(Protocol):
    """A source of identifiers that never repeats."""

    def hex(self, digits: int) -> str:
        """`digits` lower-case hexadecimal digits: 32 for a task id, 17 for an EC2 id."""

    def uuid(self) -> str:
        """A random UUID in its text form."""

    def number(self, digits: int) -> str:
        """`digits` decimal digits, the first not zero: 19 for a deployment id."""


def named_uuid(name: str) -> str:
    """The UUID of `name`: the same name always has the same one (RFC 9562, version 8)."""
    digits = blake2b(name.encode(), digest_size=16).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def ec2_id(prefix: str, ids: Ids) -> str:
    """An EC2-style identifier such as ``eni-0a1b2c3d4e5f67890``."""
    return f"{prefix}-0{ids.hex(16)}"
