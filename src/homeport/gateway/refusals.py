"""Why the gateway itself turns a request away, before any service sees it.

Only the reasons are here; which code and status a protocol words them with is `errors`.
"""

from enum import Enum, auto


class Kind(Enum):
    """The reasons, one for each error that AWS's front ends tell apart."""

    MISSING_AUTHENTICATION = auto()
    INCOMPLETE_SIGNATURE = auto()
    UNKNOWN_KEY = auto()
    EXPIRED_TOKEN = auto()
    SIGNATURE_MISMATCH = auto()
    CLOCK_SKEW = auto()
    UNKNOWN_OPERATION = auto()
    NOT_BUILT = auto()
    MALFORMED_QUERY = auto()
    """The form or the query string cannot be taken apart."""
    UNREADABLE = auto()
    """The body is not what the protocol says: bad JSON, a string where a number belongs."""
    UNKNOWN_PARAMETER = auto()
    MISSING_PARAMETER = auto()
    INVALID = auto()
    """A value breaks a constraint that the model declares."""
    UNSUPPORTED_BODY = auto()
    TOO_LARGE = auto()
    INTERNAL = auto()


class Refused(Exception):
    """The request is turned away; `message` is AWS's text.

    `code` is given where a service names the error otherwise than its protocol does.
    """

    def __init__(self, kind: Kind, message: str, *, code: str | None = None) -> None:
        self.kind = kind
        self.message = message
        self.code = code
        super().__init__(message)
