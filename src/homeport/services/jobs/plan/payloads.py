"""What is handed to targets: the words that stand for the firing, and what none said.  Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from homeport.services.jobs.plan.asks import BadTarget
from homeport.services.jobs.records.firings import Firing

EXECUTION_ID: Final = "<aws.scheduler.execution-id>"
ATTEMPT_NUMBER: Final = "<aws.scheduler.attempt-number>"
ANYTHING: Final[Mapping[str, str]] = {
    EXECUTION_ID: "00000000-0000-0000-0000-000000000000",
    ATTEMPT_NUMBER: "1",
    "<aws.scheduler.schedule-arn>": "arn:aws:scheduler:us-east-1:000000000000:schedule/a/a",
    "<aws.scheduler.scheduled-time>": "2000-01-01T00:00:00Z",
}
"""Something for each word that a payload may have, to read one before there is a firing."""


def payload_of(firing: Firing, attempt: int) -> str:
    """What the target is handed: a schedule's words are replaced by what they stand for.

    A schedule without an input says only that it fired.
    """
    payload = firing.wanted.payload
    if firing.wanted.source_kind != "schedule":
        return payload
    if not payload:
        return notification(firing)
    return with_words(payload, {EXECUTION_ID: firing.id, ATTEMPT_NUMBER: str(attempt)})


def with_words(payload: str, words: Mapping[str, str]) -> str:
    """The payload with each word replaced."""
    if "<aws.scheduler." not in payload:
        return payload
    for word, value in words.items():
        payload = payload.replace(word, value)
    return payload


def notification(firing: Firing) -> str:
    """What AWS's Scheduler sends for a schedule without an input."""
    wanted = firing.wanted
    said = {
        "version": "0",
        "id": firing.id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": wanted.account,
        "time": time_text(wanted.scheduled_for),
        "region": wanted.region,
        "resources": [wanted.source],
        "detail": "{}",
    }
    return msgspec.json.encode(said).decode()


def time_text(seconds: float) -> str:
    """A moment as AWS's events word it: ``2026-01-01T00:00:00Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def object_of(text: str, *, what: str) -> dict[str, Any]:
    """The JSON object in `text`; raises `BadTarget` when it holds none."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BadTarget(f"{what} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadTarget(f"{what} must be a JSON object.")
    return value
