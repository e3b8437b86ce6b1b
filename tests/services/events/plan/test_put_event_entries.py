"""Entries of PutEvents: which are put, which are not, and how they are counted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.events.errors import ValidationException
from homeport.services.events.plan.documents import NotJson, read, write
from homeport.services.events.plan.entries import (
    BYTES_MAX,
    BadEntry,
    check_size,
    happening,
    size,
)
from homeport.services.events.plan.envelopes import Happening

GOOD = {"Source": "a", "DetailType": "b", "Detail": '{"c": 1}'}


def test_a_whole_entry_is_an_event() -> None:
    entry = {**GOOD, "Time": 5.0, "Resources": ["arn"]}
    assert happening(entry, now=9.0) == Happening(
        source="a", detail_type="b", at=5.0, resources=("arn",), detail={"c": 1}
    )


def test_an_entry_without_a_time_happened_now() -> None:
    told = happening(GOOD, now=9.0)
    assert isinstance(told, Happening)
    assert told.at == 9.0


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        (
            {"Source": ""},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"DetailType": None},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        (
            {"Detail": ""},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
        ),
        (
            {"Source": "aws.ecs"},
            "NotAuthorizedForSourceException",
            "Not authorized for the source.",
        ),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        (
            {"Detail": '{"a":' * 300 + "1" + "}" * 300},
            "MalformedDetail",
            "Detail is malformed.",
        ),
        (
            {"Source": "a\ud800"},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: It has half a character.",
        ),
        (
            {"Resources": ["a", "\ud800"]},
            "InvalidArgument",
            "Parameter Resources is not valid. Reason: It has half a character.",
        ),
        ({"Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a":NaN}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a":1e999}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a":"\\ud800"}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a":' * 9_000}, "MalformedDetail", "Detail is malformed."),
    ],
)
def test_a_bad_entry_says_what_is_wrong(changed: dict[str, Any], code: str, message: str) -> None:
    assert happening({**GOOD, **changed}, now=0.0) == BadEntry(code, message)


def test_a_source_that_only_looks_like_one_of_aws_is_fine() -> None:
    assert isinstance(happening({**GOOD, "Source": "awsome"}, now=0.0), Happening)


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        (GOOD, 10),
        ({**GOOD, "Time": 0.0}, 24),
        ({**GOOD, "Resources": ["é", "a"]}, 13),
        ({}, 0),
    ],
)
def test_an_entry_is_counted_in_bytes(entry: dict[str, Any], counted: int) -> None:
    assert size(entry) == counted


def test_entries_are_counted_together() -> None:
    half = {**GOOD, "Detail": "x" * (BYTES_MAX // 2 - 2)}
    check_size([half, half])
    with pytest.raises(ValidationException, match=r"^Total size of the entries"):
        check_size([half, half, {"Source": "a"}])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=10,
    )
)
def test_what_is_read_can_be_written_and_read_again(value: Any) -> None:
    try:
        text = write(value)
        found = read(text)
    except NotJson:
        assert "Infinity" in text or not _is_text(text)
        return
    assert found == value
    assert read(write(found)) == found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
