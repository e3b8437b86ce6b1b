"""Batches of up to ten.  Pure."""

import re
from collections.abc import Sequence
from typing import Final

from homeport.services.sqs.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)
from homeport.services.sqs.records.queues import BYTES_MAX

ENTRIES_MAX: Final = 10

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check_ids(ids: Sequence[str], entry: str) -> None:
    """Refuse a batch as a whole; `entry` is what the model calls one."""
    if not ids:
        raise EmptyBatchRequest(f"There should be at least one {entry} in the request.")
    if len(ids) > ENTRIES_MAX:
        raise TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {ENTRIES_MAX}. You have sent {len(ids)}."
        )
    for each in ids:
        if not _ID.fullmatch(each):
            raise InvalidBatchEntryId
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise BatchEntryIdsNotDistinct(f"Id {each} repeated.")
        seen.add(each)


def check_size(size: int) -> None:
    """Refuse a batch whose messages are too long together."""
    if size > BYTES_MAX:
        raise BatchRequestTooLong(
            f"Batch requests cannot be longer than {BYTES_MAX} bytes. You have sent {size} bytes."
        )
