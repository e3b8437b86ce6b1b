"""Which events of a put are taken, with the numbers that AWS answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.logs.errors import InvalidParameterException
from homeport.services.logs.plan.batches import judge
from homeport.services.logs.records import NewEvent, Verdict

NOW = 1_789_333_516_940
HOUR = 3_600_000
DAY = 24 * HOUR


def at(*times: int) -> list[NewEvent]:
    return [NewEvent(at_ms=time, message=b"m") for time in times]


def test_events_that_are_too_old_expired_or_too_new_are_refused_one_by_one() -> None:
    batch = at(
        NOW - 16 * DAY,
        NOW - 15 * DAY,
        NOW - 2 * DAY,
        NOW - DAY - HOUR,
        NOW - 2 * HOUR,
        NOW - HOUR,
        NOW + 3 * HOUR,
        NOW + 4 * HOUR,
    )
    verdict = judge(batch, now_ms=NOW, expires_before_ms=NOW - DAY)
    assert verdict == Verdict(start=4, end=6, too_old_end=2, expired_end=4, too_new_start=6)


def test_without_retention_nothing_is_expired() -> None:
    batch = at(NOW - 16 * DAY, NOW - 15 * DAY, NOW - 2 * HOUR, NOW - HOUR, NOW + 3 * HOUR)
    verdict = judge(batch, now_ms=NOW, expires_before_ms=None)
    assert verdict == Verdict(start=2, end=4, too_old_end=2, too_new_start=4)


def test_a_batch_may_be_refused_as_a_whole_one_by_one() -> None:
    verdict = judge(at(NOW - 16 * DAY), now_ms=NOW, expires_before_ms=None)
    assert verdict == Verdict(start=1, end=1, too_old_end=1)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (
            at(NOW, NOW - 1),
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            at(NOW - DAY - 1, NOW),
            (
                "The batch of log events in a single PutLogEvents request cannot span more than "
                "24 hours."
            ),
        ),
        (
            [NewEvent(at_ms=NOW, message=("é" * 524_276).encode())],
            "Log event too large: 1048578 bytes exceeds limit of 1048576",
        ),
        (
            [NewEvent(at_ms=NOW, message=b"m" * 524_263) for _ in range(2)],
            "Upload too large: 1048578 bytes exceeds limit of 1048576",
        ),
    ],
)
def test_a_wrong_batch_is_refused_as_a_whole(batch: list[NewEvent], message: str) -> None:
    with pytest.raises(InvalidParameterException) as refused:
        judge(batch, now_ms=NOW, expires_before_ms=None)
    assert refused.value.message == message


def test_the_limits_themselves_are_allowed() -> None:
    whole_day = at(NOW - DAY, NOW)
    assert judge(whole_day, now_ms=NOW, expires_before_ms=None) == Verdict(start=0, end=2)
    full = [NewEvent(at_ms=NOW, message=("é" * 524_275).encode())]
    assert judge(full, now_ms=NOW, expires_before_ms=None) == Verdict(start=0, end=1)
    edges = at(NOW - 14 * DAY), at(NOW + 2 * HOUR)
    assert [judge(each, now_ms=NOW, expires_before_ms=None) for each in edges] == [
        Verdict(start=0, end=1),
        Verdict(start=0, end=1),
    ]


def test_refused_events_do_not_count_for_the_span() -> None:
    batch = at(NOW - 16 * DAY, NOW - 23 * HOUR, NOW, NOW + 3 * HOUR)
    verdict = judge(batch, now_ms=NOW, expires_before_ms=None)
    assert verdict == Verdict(start=1, end=3, too_old_end=1, too_new_start=3)


@given(
    st.lists(st.integers(NOW - 20 * DAY, NOW + DAY), min_size=1, max_size=30).map(sorted),
    st.none() | st.integers(NOW - 20 * DAY, NOW),
)
def test_what_is_taken_is_exactly_what_is_neither_old_nor_new(
    times: list[int], floor: int | None
) -> None:
    try:
        verdict = judge(at(*times), now_ms=NOW, expires_before_ms=floor)
    except InvalidParameterException:
        return
    wanted = [
        time
        for time in times
        if NOW - 14 * DAY <= time <= NOW + 2 * HOUR and (floor is None or time >= floor)
    ]
    assert times[verdict.start : verdict.end] == wanted
