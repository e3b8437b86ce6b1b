"""Homeport's reserved tags: how the runs of a job are kept.  Pure; nothing here starts a task.

Without them a job is kept as Amazon keeps it: each firing asks for its task once, and what becomes
of the task is not looked at.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal, cast

from msgspec import Struct

PREFIX: Final = "homeport:"
CONCURRENCY: Final = "homeport:concurrency"
RETRY_ATTEMPTS: Final = "homeport:retry-attempts"
RETRY_ON: Final = "homeport:retry-on"
TIME_LIMIT: Final = "homeport:time-limit"
QUEUE_FOR_CAPACITY: Final = "homeport:queue-for-capacity"
ON_MISSED: Final = "homeport:on-missed"
RESERVED: Final = (
    CONCURRENCY,
    RETRY_ATTEMPTS,
    RETRY_ON,
    TIME_LIMIT,
    QUEUE_FOR_CAPACITY,
    ON_MISSED,
)

OF_OTHERS: Final = frozenset({"homeport:paused-count"})
"""Tags that Homeport keeps things in; they say nothing of jobs."""

RETRY_ATTEMPTS_MAX: Final = 100
TIME_LIMIT_MAX_S: Final = 14 * 86_400
STOP_CODES: Final = (
    "TaskFailedToStart",
    "EssentialContainerExited",
    "UserInitiated",
    "ServiceSchedulerInitiated",
    "SpotInterruption",
    "TerminationNotice",
)
RETRY_ON_SEPARATORS: Final = re.compile(r"[\s,;/+]+")
"""Tags may hold no comma in some clients: spaces and these stand between the reasons."""

Concurrency = Literal["allow", "forbid", "replace"]
OnMissed = Literal["", "run", "skip"]


class BadJobRule(ValueError):
    """A reserved tag says what it cannot say; the text is a sentence for its author."""


class JobRules(Struct, frozen=True, kw_only=True):
    """How the runs of a job are kept."""

    concurrency: Concurrency = "allow"
    """What becomes of a firing while a run of the same job is under way: it runs too, it is left
    out, or it takes the other's place."""
    retry_attempts: int = 0
    """How many runs may follow one that failed."""
    retry_exit_codes: tuple[int, ...] = ()
    retry_stop_codes: tuple[str, ...] = ()
    """Which failures are tried again; every one when neither says anything."""
    time_limit_s: int | None = None
    """Seconds of ECS time that a task may take from its start."""
    queue_for_capacity: bool = False
    """A run for which there is no room waits."""
    on_missed: OnMissed = ""
    """Firings that fell into a time when Homeport was down: none but those that the target's
    maximum event age allows; one run for all of them, however old; none."""


def is_reserved(key: str) -> bool:
    """Whether a tag's key is Homeport's."""
    return key.startswith(PREFIX)


def job_rules(*tags: Mapping[str, str] | Iterable[tuple[str, str]]) -> JobRules:
    """What the reserved tags say; of two that speak of the same, the later sets' count.

    Raises `BadJobRule`.
    """
    said: dict[str, str] = {}
    for each in tags:
        said.update({key: value.strip() for key, value in dict(each).items() if is_reserved(key)})
    unknown = sorted(set(said) - set(RESERVED) - OF_OTHERS)
    if unknown:
        raise BadJobRule(
            f"The tag key {unknown[0]} is none of Homeport's. They are: {', '.join(RESERVED)}."
        )
    codes, stop_codes = _retry_on(said.get(RETRY_ON, ""))
    limit = said.get(TIME_LIMIT)
    return JobRules(
        concurrency=cast(
            Concurrency, _one_of(said, CONCURRENCY, ("allow", "forbid", "replace"), "allow")
        ),
        retry_attempts=_number(
            RETRY_ATTEMPTS, said.get(RETRY_ATTEMPTS, "0"), 0, RETRY_ATTEMPTS_MAX
        ),
        retry_exit_codes=codes,
        retry_stop_codes=stop_codes,
        time_limit_s=None if limit is None else _number(TIME_LIMIT, limit, 1, TIME_LIMIT_MAX_S),
        queue_for_capacity=_one_of(said, QUEUE_FOR_CAPACITY, ("true", "false"), "false") == "true",
        on_missed=cast(OnMissed, _one_of(said, ON_MISSED, ("run", "skip"), "")),
    )


def _one_of(said: Mapping[str, str], key: str, known: tuple[str, ...], otherwise: str) -> str:
    value = said.get(key)
    if value is None:
        return otherwise
    if value.lower() not in known:
        raise BadJobRule(f"The tag {key} is one of {', '.join(known)}, not {value!r}.")
    return value.lower()


def _number(key: str, value: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise BadJobRule(f"The tag {key} is a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def _retry_on(value: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    codes: list[int] = []
    stop_codes: list[str] = []
    for each in filter(None, RETRY_ON_SEPARATORS.split(value)):
        if re.fullmatch(r"[0-9]{1,3}", each) and int(each) <= 255:
            codes.append(int(each))
        elif each in STOP_CODES:
            stop_codes.append(each)
        else:
            raise BadJobRule(
                f"The tag {RETRY_ON} names exit codes (0 to 255) and stop codes "
                f"({', '.join(STOP_CODES)}), with spaces between them; {each!r} is neither."
            )
    return tuple(codes), tuple(stop_codes)
