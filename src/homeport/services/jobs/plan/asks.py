"""What a target is asked for: an operation and its request, as somebody would write it down."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct


class BadTarget(ValueError):
    """A target that can never be invoked here; the text is a sentence for its author."""


class Ask(Struct, frozen=True, kw_only=True):
    """One operation that is asked for."""

    service: str
    """Botocore's name of its model."""
    operation: str
    region: str
    members: Mapping[str, Any]
    strict: bool = False
    """Members that the operation does not have are a mistake."""
    forgives: tuple[str, ...] = ()
    """Codes of errors that are as good as an answer."""
    forwarded: str = ""
    """The whole event, as JSON, that a rule sends on to a bus: no client could ask for that."""

    @property
    def starts_tasks(self) -> bool:
        """Whether tasks come of it."""
        return self.service == "ecs" and self.operation in STARTING


STARTING: Final = frozenset({"RunTask", "StartTask"})
