"""Putting, getting and filtering log events through the handlers."""

import contextlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from homeport.runtime import Call
from homeport.services.logs import errors
from homeport.services.logs.facade import StoredLogs
from homeport.store import Store

Ask = Callable[..., Any]
NOW = 1_700_000_000_000
DAY = 86_400_000


@pytest.fixture
def put(ask: Ask) -> Callable[..., Any]:
    """`put("stream", (offset_ms, "message"), …)` into group ``g``, made on need."""

    def run(stream: str, *events: tuple[int, str]) -> Any:
        for operation, request in (
            ("CreateLogGroup", {"logGroupName": "g"}),
            ("CreateLogStream", {"logGroupName": "g", "logStreamName": stream}),
        ):
            with contextlib.suppress(errors.ResourceAlreadyExistsException):
                ask(operation, **request)
        batch = [{"timestamp": NOW + offset, "message": message} for offset, message in events]
        return ask("PutLogEvents", logGroupName="g", logStreamName=stream, logEvents=batch)

    return run


Put = Callable[..., Any]


def messages(response: Any) -> list[str]:
    return [each["message"] for each in response["events"]]


def get(ask: Ask, **request: Any) -> Any:
    return ask("GetLogEvents", **{"logGroupName": "g", "logStreamName": "s"} | request)


def filtered(ask: Ask, **request: Any) -> Any:
    return ask("FilterLogEvents", **{"logGroupName": "g"} | request)


def test_what_is_put_is_got(ask: Ask, put: Put) -> None:
    answer = put("s", (-2, "one"), (-1, "two"))
    assert sorted(answer) == ["nextSequenceToken"]
    assert get(ask, startFromHead=True)["events"] == [
        {"timestamp": NOW - 2, "message": "one", "ingestionTime": NOW},
        {"timestamp": NOW - 1, "message": "two", "ingestionTime": NOW},
    ]
    (stream,) = ask("DescribeLogStreams", logGroupName="g")["logStreams"]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (NOW - 2, NOW - 1)
    assert stream["lastIngestionTime"] == NOW
    assert stream["uploadSequenceToken"]
    assert ask("DescribeLogGroups")["logGroups"][0]["storedBytes"] == 6


def test_sequence_tokens_are_ignored_and_duplicates_kept(ask: Ask, put: Put) -> None:
    put("s", (0, "A"), (1000, "B"))
    batch = [{"timestamp": NOW, "message": "A"}, {"timestamp": NOW + 1000, "message": "B"}]
    for token in ("not-a-valid-sequence-token", "49"):
        ask(
            "PutLogEvents",
            logGroupName="g",
            logStreamName="s",
            logEvents=batch,
            sequenceToken=token,
        )
    assert messages(get(ask)) == ["A", "A", "A", "B", "B", "B"]


def test_events_too_old_or_too_new_are_refused_and_the_rest_taken(ask: Ask, put: Put) -> None:
    answer = put("s", (-15 * DAY, "old"), (0, "fine"), (3 * 3_600_000, "new"))
    assert answer["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 1,
        "tooNewLogEventStartIndex": 2,
    }
    assert messages(get(ask)) == ["fine"]


def test_a_stream_is_read_forward_to_its_end_and_on(ask: Ask, put: Put) -> None:
    put("s", *((n, str(n)) for n in range(5)))
    page = get(ask, startFromHead=True, limit=2)
    assert messages(page) == ["0", "1"]
    page = get(ask, limit=2, nextToken=page["nextForwardToken"])
    assert messages(page) == ["2", "3"]
    assert messages(get(ask, limit=2, nextToken=page["nextBackwardToken"])) == ["0", "1"]
    page = get(ask, limit=2, nextToken=page["nextForwardToken"])
    assert messages(page) == ["4"]
    end = page["nextForwardToken"]
    page = get(ask, limit=2, nextToken=end)
    assert (messages(page), page["nextForwardToken"]) == ([], end)
    assert messages(get(ask, limit=2, nextToken=page["nextBackwardToken"])) == ["3", "4"]
    put("s", (9, "late"))
    assert messages(get(ask, nextToken=end)) == ["late"]


def test_a_stream_is_read_backward_to_its_head(ask: Ask, put: Put) -> None:
    put("s", *((n, str(n)) for n in range(5)))
    page = get(ask, limit=2)
    assert messages(page) == ["3", "4"]
    page = get(ask, limit=2, nextToken=page["nextBackwardToken"])
    assert messages(page) == ["1", "2"]
    page = get(ask, limit=2, nextToken=page["nextBackwardToken"])
    assert messages(page) == ["0"]
    head = page["nextBackwardToken"]
    page = get(ask, limit=2, nextToken=head)
    assert (messages(page), page["nextBackwardToken"]) == ([], head)
    assert messages(get(ask, limit=2, nextToken=page["nextForwardToken"])) == ["0", "1"]


def test_an_empty_stream_can_be_followed(ask: Ask, put: Put) -> None:
    put("other", (0, "m"))
    ask("CreateLogStream", logGroupName="g", logStreamName="s")
    page = get(ask, startFromHead=True)
    assert messages(page) == []
    again = get(ask, startFromHead=True, nextToken=page["nextForwardToken"])
    assert again["nextForwardToken"] == page["nextForwardToken"]
    put("s", (-5, "first"))
    assert messages(get(ask, nextToken=page["nextForwardToken"])) == ["first"]


def test_the_range_of_a_stream_includes_its_start_and_not_its_end(ask: Ask, put: Put) -> None:
    put("s", *((n, str(n)) for n in range(4)))
    assert messages(get(ask, startTime=NOW + 1, endTime=NOW + 3)) == ["1", "2"]
    assert messages(get(ask, startTime=NOW + 1, endTime=NOW + 1)) == []
    assert messages(get(ask, startTime=1 << 70, endTime=1 << 80)) == []


@pytest.mark.parametrize(
    "token", ["", "x", "f/1/s", "f/" + "9" * 57 + "/s", "f/" + "٣" * 56 + "/s"]
)
def test_a_page_token_that_is_not_ours_is_refused(ask: Ask, put: Put, token: str) -> None:
    put("s", (0, "m"))
    with pytest.raises(errors.InvalidParameterException):
        get(ask, nextToken=token)
    get(ask, nextToken="b/" + "9" * 56 + "/s")


def test_a_page_holds_no_more_than_a_mebibyte(ask: Ask, put: Put) -> None:
    for n in range(3):
        put("s", (n, str(n) * 500_000))
    page = get(ask, startFromHead=True)
    assert [message[0] for message in messages(page)] == ["0", "1"]
    assert [message[0] for message in messages(get(ask))] == ["1", "2"]
    first = filtered(ask)
    assert [message[0] for message in messages(first)] == ["0", "1"]
    rest = filtered(ask, nextToken=first["nextToken"])
    assert [message[0] for message in messages(rest)] == ["2"]
    assert "nextToken" not in rest


def test_a_group_is_filtered_across_its_streams_in_order_of_time(ask: Ask, put: Put) -> None:
    put("a", (0, "a0"), (4, "a4"))
    put("b", (2, "b2"), (4, "b4"))
    put("c/1", (1, "c1"))
    page = filtered(ask)
    assert messages(page) == ["a0", "c1", "b2", "a4", "b4"]
    assert page["searchedLogStreams"] == []
    assert page["events"][0]["logStreamName"] == "a"
    assert messages(filtered(ask, logStreamNames=["b", "c/1"])) == ["c1", "b2", "b4"]
    assert messages(filtered(ask, logStreamNames=["b"])) == ["b2", "b4"]
    assert messages(filtered(ask, logStreamNamePrefix="c/")) == ["c1"]
    assert messages(filtered(ask, logStreamNamePrefix="z")) == []
    assert messages(filtered(ask, startTime=NOW + 1, endTime=NOW + 2)) == ["c1", "b2"]
    with pytest.raises(errors.ResourceNotFoundException) as refused:
        filtered(ask, logStreamNames=["a", "none"])
    assert refused.value.message == "The specified log stream does not exist."
    with pytest.raises(errors.InvalidParameterException):
        filtered(ask, logStreamNames=["a"], logStreamNamePrefix="a")


def test_event_ids_are_unique_stable_and_in_order(ask: Ask, put: Put) -> None:
    put("a", (0, "x"), (0, "x"), (5, "x"))
    put("b", (0, "x"))
    ids = [each["eventId"] for each in filtered(ask)["events"]]
    assert len(set(ids)) == 4
    assert sorted(ids) == ids
    assert [len(each) for each in ids] == [56] * 4
    assert [each["eventId"] for each in filtered(ask, limit=4)["events"]] == ids


def test_a_filter_is_paged_without_loss_or_repetition(ask: Ask, put: Put) -> None:
    put("a", *((n // 3, f"{'even' if n % 2 == 0 else 'odd'} {n}") for n in range(25)))
    found: list[str] = []
    request: dict[str, Any] = {"filterPattern": "even", "limit": 4}
    page = filtered(ask, **request)
    while True:
        assert len(page["events"]) <= 4
        found += messages(page)
        if "nextToken" not in page:
            break
        page = filtered(ask, **request, nextToken=page["nextToken"])
    assert found == [f"even {n}" for n in range(0, 25, 2)]


def test_a_filter_that_finds_little_answers_in_parts(
    ask: Ask, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    from homeport.services.logs.api import events

    monkeypatch.setattr(events, "BATCH_MIN", 3)
    monkeypatch.setattr(events, "SCANNED_MAX", 10)
    put("a", *((n, f"line {n}") for n in range(23)))
    pages = [filtered(ask, filterPattern='"line 22"')]
    while "nextToken" in pages[-1]:
        token = pages[-1]["nextToken"]
        pages.append(filtered(ask, filterPattern='"line 22"', nextToken=token))
    assert [messages(page) for page in pages] == [[], [], ["line 22"]]


def test_a_bad_filter_pattern_is_refused(ask: Ask, put: Put) -> None:
    put("a", (0, "m"))
    with pytest.raises(errors.InvalidParameterException) as refused:
        filtered(ask, filterPattern="{ $.a == 1 }")
    assert refused.value.message == "Invalid filter pattern"


def test_a_group_is_followed_as_the_aws_cli_follows_it(ask: Ask, put: Put) -> None:
    """The loop of `aws logs tail --follow`: page on, else start again at the newest time seen."""
    seen: dict[int, set[str]] = defaultdict(set)
    request: dict[str, Any] = {"startTime": NOW - 1000, "interleaved": True, "limit": 2}

    def poll() -> list[str]:
        new: list[str] = []
        while True:
            page = filtered(ask, **request)
            for event in page["events"]:
                if event["eventId"] not in seen[event["timestamp"]]:
                    seen[event["timestamp"]].add(event["eventId"])
                    new.append(event["message"])
            if "nextToken" not in page:
                break
            request["nextToken"] = page["nextToken"]
        request.pop("nextToken", None)
        newest = max(seen, default=None)
        for at in [at for at in seen if at != newest]:
            del seen[at]
        if newest is not None:
            request["startTime"] = newest
        return new

    put("a", (0, "one"))
    assert poll() == ["one"]
    assert poll() == []
    put("b", (0, "same time"), (1, "two"))
    put("a", (1, "three"), (2, "four"))
    assert poll() == ["same time", "two", "three", "four"]
    assert poll() == []


def test_what_has_expired_is_not_shown_even_before_it_is_removed(
    ask: Ask, put: Put, call: Callable[..., Call]
) -> None:
    put("s", (-2 * DAY, "old"))
    put("s", (-DAY + 1, "young"))
    ask("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    assert messages(get(ask, startFromHead=True)) == ["young"]
    assert messages(filtered(ask, startTime=0)) == ["young"]
    late = call(now=NOW / 1000 + 1)
    assert messages(ask("FilterLogEvents", _call=late, logGroupName="g")) == []
    answer = put("s", (-2 * DAY, "older"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


def test_a_deleted_stream_takes_its_events_along_even_when_it_comes_back(
    ask: Ask, put: Put
) -> None:
    put("s", (0, "before"))
    put("t", (0, "other"))
    ask("DeleteLogStream", logGroupName="g", logStreamName="s")
    assert messages(filtered(ask)) == ["other"]
    put("s", (1, "after"))
    assert messages(get(ask)) == ["after"]
    ask("DeleteLogGroup", logGroupName="g")
    put("s", (2, "again"))
    assert messages(filtered(ask)) == ["again"]


def test_any_text_survives(ask: Ask, put: Put) -> None:
    put("s", (0, "nul \x00 é 漢 \U0001f600"), (1, "half \ud800"))
    assert messages(get(ask)) == ["nul \x00 é 漢 \U0001f600", "half ?"]


def test_ten_thousand_events_are_put_at_once(ask: Ask, put: Put) -> None:
    put("s", *((n, str(n)) for n in range(10_000)))
    assert messages(get(ask)) == [str(n) for n in range(10_000)]
    assert len(filtered(ask)["events"]) == 10_000
    assert "nextToken" not in filtered(ask)


def test_other_services_read_the_end_of_a_stream(store: Store, put: Put) -> None:
    put("s", *((n, str(n)) for n in range(5)))
    where = ("000000000000", "us-east-1")
    lines = store.read(lambda tx: StoredLogs().tail(tx, *where, "g", "s", 2))
    assert [(line.at_ms, line.message) for line in lines] == [(NOW + 3, "3"), (NOW + 4, "4")]
    for group, stream in (("g", "none"), ("none", "s")):
        named = (group, stream)
        assert store.read(lambda tx, n=named: StoredLogs().tail(tx, *where, *n, 2)) == ()
