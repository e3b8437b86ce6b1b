"""Which events of a PutLogEvents call are taken.  Pure: `now_ms` is an argument."""

from collections.abc import Sequence
from typing import Final

from homeport.services.logs.errors import InvalidParameterException
from homeport.services.logs.records import NewEvent, Verdict

BATCH_BYTES_MAX: Final = 1_048_576
EVENT_OVERHEAD_BYTES: Final = 26
_HOUR_MS: Final = 3_600_000
TOO_NEW_MS: Final = 2 * _HOUR_MS
TOO_OLD_MS: Final = 14 * 24 * _HOUR_MS
SPAN_MAX_MS: Final = 24 * _HOUR_MS


def judge(events: Sequence[NewEvent], *, now_ms: int, expires_before_ms: int | None) -> Verdict:
    """What to take of a batch; raises when the batch as a whole is wrong."""
    _check_order(events)
    _check_size(events)
    too_old_end = _first_at(events, now_ms - TOO_OLD_MS)
    expired_end = 0 if expires_before_ms is None else _first_at(events, expires_before_ms)
    start = max(too_old_end, expired_end)
    end = max(start, _first_at(events, now_ms + TOO_NEW_MS + 1))
    if end > start and events[end - 1].at_ms - events[start].at_ms > SPAN_MAX_MS:
        raise InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than "
            "24 hours."
        )
    return Verdict(
        start=start,
        end=end,
        too_old_end=too_old_end or None,
        expired_end=expired_end if expired_end > too_old_end else None,
        too_new_start=end if end < len(events) else None,
    )


def _first_at(events: Sequence[NewEvent], at_ms: int) -> int:
    """Index of the first event at `at_ms` or later."""
    return next((index for index, each in enumerate(events) if each.at_ms >= at_ms), len(events))


def _check_order(events: Sequence[NewEvent]) -> None:
    last = 0
    for event in events:
        if event.at_ms < last:
            raise InvalidParameterException(
                "Log events in a single PutLogEvents request must be in chronological order."
            )
        last = event.at_ms


def _check_size(events: Sequence[NewEvent]) -> None:
    sizes = [len(event.message) + EVENT_OVERHEAD_BYTES for event in events]
    if max(sizes, default=0) > BATCH_BYTES_MAX:
        raise InvalidParameterException(
            f"Log event too large: {max(sizes)} bytes exceeds limit of {BATCH_BYTES_MAX}"
        )
    if sum(sizes) > BATCH_BYTES_MAX:
        raise InvalidParameterException(
            f"Upload too large: {sum(sizes)} bytes exceeds limit of {BATCH_BYTES_MAX}"
        )
