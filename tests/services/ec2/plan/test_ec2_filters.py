"""The filters of Describe operations."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ec2.errors import InvalidParameterValue
from homeport.services.ec2.plan.filters import parse, select

ITEMS: list[dict[str, Any]] = [
    {
        "Id": "one",
        "IsDefault": True,
        "Count": 4091,
        "Sets": [{"Cidr": "10.0.0.0/16"}, {"Cidr": "10.1.0.0/16"}],
        "Tags": [{"Key": "Owner", "Value": "TeamA"}, {"Key": "x", "Value": "y"}],
    },
    {"Id": "two", "IsDefault": False, "Count": 0, "Sets": [], "Tags": []},
    {"Id": "a*b", "IsDefault": False, "Sets": [{"Cidr": "192.168.0.0/16"}]},
]
PATHS = {
    "id": ("Id",),
    "is-default": ("IsDefault",),
    "count": ("Count",),
    "cidr": ("Sets", "Cidr"),
    "never": (),
}


def chosen(*given: tuple[str, list[str]]) -> list[str]:
    filters = parse({"Name": name, "Values": values} for name, values in given)
    return [item["Id"] for item in select(ITEMS, filters, PATHS, tags="Tags")]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], ["one", "two", "a*b"]),
        ([("id", ["one"])], ["one"]),
        ([("id", ["one", "two"])], ["one", "two"]),
        ([("id", ["t*", "?ne"])], ["one", "two"]),
        ([("id", ["ON*"])], []),
        ([("id", ["a\\*b"])], ["a*b"]),
        ([("id", ["a\\?b"])], []),
        ([("id", ["o"])], []),
        ([("is-default", ["true"])], ["one"]),
        ([("is-default", ["false"]), ("id", ["*"])], ["two", "a*b"]),
        ([("count", ["0"])], ["two"]),
        ([("cidr", ["10.1.*"])], ["one"]),
        ([("cidr", ["10x1.*"])], []),
        ([("tag:Owner", ["TeamA"])], ["one"]),
        ([("tag:Owner", ["TeamB"])], []),
        ([("tag:owner", ["TeamA"])], []),
        ([("tag-key", ["x", "z"])], ["one"]),
        ([("tag-key", ["TeamA"])], []),
        ([("never", ["*"])], []),
        ([("id", [])], []),
    ],
)
def test_an_item_fits_one_value_of_every_filter(
    filters: list[tuple[str, list[str]]], expected: list[str]
) -> None:
    assert chosen(*filters) == expected


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"Name": "bogus", "Values": ["x"]}, "The filter 'bogus' is invalid"),
        ({"Values": ["x"]}, "The filter 'null' is invalid"),
        ({"Name": "id", "Values": ["x"] * 201}, "A filter has at most 200 values."),
    ],
)
def test_a_filter_that_is_not_known_is_refused(filter_: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        select(ITEMS, parse([filter_]), PATHS, tags="Tags")
    assert refused.value.message == message


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_value_fits_itself_escaped_and_nothing_else(value: str, other: str) -> None:
    escaped = re.sub(r"([\\*?])", r"\\\1", value)
    (one,) = parse([{"Name": "id", "Values": [escaped]}])
    assert one.fits([value])
    assert one.fits([other]) == (value == other)
    (anything,) = parse([{"Name": "id", "Values": [value + "*"]}])
    if not re.search(r"[\\*?]", value):
        assert anything.fits([value + other])
