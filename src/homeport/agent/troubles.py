"""The three ways in which a call to the Engine fails.  No I/O here, so words may import it."""

from typing import TypeAlias


class EngineError(Exception):
    """The Engine answered that it could not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class EngineTimeout(Exception):
    """The Engine did not answer in `after_s`."""

    def __init__(self, after_s: float) -> None:
        super().__init__(f"the Engine did not answer in {after_s:g} s")
        self.after_s = after_s


class EngineAway(Exception):
    """The Engine cannot be reached, or the connection to it broke."""


Trouble: TypeAlias = EngineError | EngineTimeout | EngineAway
