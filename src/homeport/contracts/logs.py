"""Log lines that were written to CloudWatch Logs.  Provided by the logs service."""

from dataclasses import dataclass
from typing import Protocol

from homeport.store import ReadTx


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log event; `at_ms` is milliseconds since the epoch."""

    at_ms: int
    message: str


class Logs(Protocol):
    """Reads the end of a log stream."""

    def tail(
        self, tx: ReadTx, account: str, region: str, group: str, stream: str, limit: int
    ) -> tuple[LogLine, ...]:
        """The newest `limit` lines of the stream, oldest first; empty when there is none."""
