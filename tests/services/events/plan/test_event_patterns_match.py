"""Event patterns against events: AWS's documented examples, and what is easily got wrong."""

import json
from typing import Any

import pytest

from homeport.services.events.plan.patterns import compile_pattern, matches

INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "ddddd4-aaaa-7777-4444-345dd43cc333",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "012345679012",
    "time": "2017-10-02T16:24:49Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:volume/v-1", INSTANCE],
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "source-ip6": "2001:db8::1",
        "instance-id": "i-000000aaaaaa00000",
        "state": "running",
        "encrypted": True,
        "reason": None,
        "name": "",
        "file": "dir/sub/picture.png",
        "tags": [],
        "account": 123456789012,
    },
}


def fits(pattern: dict[str, Any] | str, event: dict[str, Any] = EVENT) -> bool:
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    return matches(compile_pattern(text), event)


def detail(name: str, *values: Any) -> bool:
    return fits({"detail": {name: list(values)}})


def value(it: Any, *wanted: Any) -> bool:
    """Whether an event of which `v` is `it` fits the values."""
    return fits({"v": list(wanted)}, {"v": it})


def test_all_fields_must_fit_and_of_a_field_one_of_the_values() -> None:
    wanted = {
        "detail-type": ["EC2 Instance State-change Notification"],
        "resources": [INSTANCE],
        "detail": {"state": ["initializing", "running"]},
    }
    assert fits(wanted)
    assert not fits({**wanted, "source": ["aws.ecs"]})
    assert not fits({**wanted, "missing": ["x"]})
    assert not fits({"detail": {"state": ["initializing", "stopped"]}})


@pytest.mark.parametrize(
    ("it", "wanted", "expected"),
    [
        ("running", "running", True),
        ("running", "Running", False),
        ("running", "runnin", False),
        (5, 5, True),
        (5, "5", False),
        ("5", 5, False),
        (True, True, True),
        (True, "true", False),
        ("true", True, False),
        (True, 1, False),
        (1, True, False),
        (False, 0, False),
        (None, None, True),
        ("null", None, False),
        (None, "null", False),
        (None, "", False),
        ("", "", True),
        ("", None, False),
        ("é", "é", True),
        ("e\u0301", "é", False),
    ],
)
def test_values_are_equal_in_kind_and_to_the_letter(it: Any, wanted: Any, expected: bool) -> None:
    assert value(it, wanted) is expected


@pytest.mark.parametrize("written", ["300", "300.0", "3.0e2", "3E+2", "3000e-1"])
@pytest.mark.parametrize("it", [300, 300.0])
def test_a_number_is_equal_however_it_is_written(written: str, it: float) -> None:
    assert fits(f'{{"v": [{written}]}}', {"v": it})
    assert fits(f'{{"v": [{{"numeric": ["=", {written}]}}]}}', {"v": it})
    assert not fits(f'{{"v": [{{"anything-but": {written}}}]}}', {"v": it})


def test_numbers_that_no_double_holds_are_equal_to_themselves_only() -> None:
    big = 2**53 + 1
    assert value(big, big)
    assert not value(big, big - 1)
    assert not value(big - 1, big)
    assert not value(big, float(big))
    assert value(10**400, 10**400)
    assert not value(10**400, {"numeric": [">", 0]})
    assert detail("account", 123456789012)


@pytest.mark.parametrize(
    ("it", "expression", "expected"),
    [
        ("2017-10-02T18:43:48Z", {"prefix": "2017-10-02"}, True),
        ("2017-10-03T18:43:48Z", {"prefix": "2017-10-02"}, False),
        ("anything", {"prefix": ""}, True),
        (5, {"prefix": ""}, False),
        (51, {"prefix": "5"}, False),
        (None, {"prefix": ""}, False),
        ("EventBridge", {"prefix": {"equals-ignore-case": "eventb"}}, True),
        ("EVENTB", {"prefix": {"equals-ignore-case": "eventb"}}, True),
        ("an EventBridge", {"prefix": {"equals-ignore-case": "eventb"}}, False),
        ("a.png", {"suffix": ".png"}, True),
        ("a.PNG", {"suffix": ".png"}, False),
        ("a.png2", {"suffix": ".png"}, False),
        ("a.PNG", {"suffix": {"equals-ignore-case": ".pNg"}}, True),
        ("a.png.txt", {"suffix": {"equals-ignore-case": ".png"}}, False),
        ("aXpng", {"suffix": {"equals-ignore-case": ".png"}}, False),
        ("Alice", {"equals-ignore-case": "aLICE"}, True),
        ("Alice B", {"equals-ignore-case": "alice"}, False),
        ("line\nEND", {"suffix": {"equals-ignore-case": "end"}}, True),
        ("ÉTÉ", {"equals-ignore-case": "été"}, True),
        ("\u212a", {"equals-ignore-case": "k"}, False),  # The sign of Kelvin: lower case is k.
        ("STRASSE", {"equals-ignore-case": "straße"}, True),
        ("x", {"exactly": "x"}, True),
        ("X", {"exactly": "x"}, False),
    ],
)
def test_texts_by_beginning_end_and_case(it: Any, expression: Any, expected: bool) -> None:
    assert value(it, expression) is expected


@pytest.mark.parametrize(
    ("it", "wildcard", "expected"),
    [
        ("dir/sub/picture.png", "dir/*.png", True),
        ("dir/.png", "dir/*.png", True),
        ("dir/sub/picture.png", "*", True),
        ("", "*", True),
        ("", "", True),
        ("x", "", False),
        ("picture.png", "*.jpg", False),
        ("ab", "ab*ab", False),
        ("abab", "ab*ab", True),
        ("aba", "ab*ba", False),
        ("axbxc", "a*b*c", True),
        ("acb", "a*b*c", False),
        ("xaab", "*ab", True),
        ("abcab", "*ab*c*", True),
        ("abab", "*ab*c*", False),
        ("abc", "a*bc*c", False),
        ("abcc", "a*bc*c", True),
        ("abc", "ab*b*c", False),
        ("a-c-b-d", "a*b*c*d", False),
        ("a*b", "a\\*b", True),
        ("aXb", "a\\*b", False),
        ("a\\b", "a\\\\b", True),
        ("a\\xb", "a\\\\*b", True),
        (5, "*", False),
        (None, "*", False),
    ],
)
def test_wildcards(it: Any, wildcard: str, expected: bool) -> None:
    assert value(it, {"wildcard": wildcard}) is expected
    assert value(it, {"anything-but": {"wildcard": wildcard}}) is not expected
    assert value(it, {"anything-but": {"wildcard": [wildcard]}}) is not expected


@pytest.mark.parametrize(
    ("it", "denied", "expected"),
    [
        ("running", "initializing", True),
        ("initializing", "initializing", False),
        (123, 123, False),
        (124, 123, True),
        ("123", 123, True),
        (123, "123", True),
        (True, "true", True),
        (None, "initializing", True),
        ("stopped", ["stopped", "overloaded"], False),
        ("running", ["stopped", "overloaded"], True),
        (200.0, [100, 200, 300], False),
        (250, [100, 200, 300], True),
        ("initializing", {"prefix": "init"}, False),
        ("running", {"prefix": "init"}, True),
        (7, {"prefix": "init"}, True),
        ("error", {"prefix": ["init", "error"]}, False),
        ("ok", {"prefix": ["init", "error"]}, True),
        ("a.txt", {"suffix": ".txt"}, False),
        ("a.png", {"suffix": [".txt", ".rtf"]}, True),
        ("a.rtf", {"suffix": [".txt", ".rtf"]}, False),
        ("INITIALIZING", {"equals-ignore-case": "initializing"}, False),
        ("Stopped", {"equals-ignore-case": ["initializing", "stopped"]}, False),
        ("running", {"equals-ignore-case": ["initializing", "stopped"]}, True),
        ("a/lib/b", {"wildcard": "*/lib/*"}, False),
        ("a/bin/b.jar", {"wildcard": ["*/lib/*", "*/bin/*.jar"]}, False),
        ("a/bin/b.txt", {"wildcard": ["*/lib/*", "*/bin/*.jar"]}, True),
    ],
)
def test_anything_but(it: Any, denied: Any, expected: bool) -> None:
    assert value(it, {"anything-but": denied}) is expected
    assert not fits({"v": [{"anything-but": denied}]}, {"w": it})


@pytest.mark.parametrize(
    ("it", "expression", "expected"),
    [
        (5, [">", 0, "<=", 5], True),
        (5, [">", 0, "<", 5], False),
        (0, [">", 0, "<=", 5], False),
        (0, [">=", 0, "<=", 5], True),
        (5.000001, [">=", 0, "<=", 5], False),
        (9, ["<", 10], True),
        (10, ["<", 10], False),
        (10, ["<=", 10], True),
        (10, [">", 10], False),
        (10, [">=", 10], True),
        (-5e9, ["<", 0], True),
        (301.8, ["=", 3.018e2], True),
        (301.80001, ["=", 3.018e2], False),
        ("5", [">", 0], False),
        (True, [">", 0], False),
        (None, ["<", 10], False),
    ],
)
def test_numeric(it: Any, expression: Any, expected: bool) -> None:
    assert value(it, {"numeric": expression}) is expected


@pytest.mark.parametrize(
    ("it", "network", "expected"),
    [
        ("10.0.0.33", "10.0.0.0/24", True),
        ("10.0.1.0", "10.0.0.0/24", False),
        ("9.255.255.255", "10.0.0.0/8", False),
        ("10.0.0.33", "10.0.0.99/24", True),
        ("10.0.0.5", "10.0.0.4/31", True),
        ("10.0.0.6", "10.0.0.4/31", False),
        ("1.2.3.4", "0.0.0.0/0", True),
        ("10.0.0.256", "10.0.0.0/24", False),
        ("10.0.0", "10.0.0.0/8", False),
        ("2001:db8:1234:1a00::ff", "2001:db8:1234:1a00::/64", True),
        ("2001:0db8:1234:1a01:0000:0000:0000:0000", "2001:db8:1234:1a00::/64", False),
        ("0a00:0000::1", "10.0.0.0/8", False),
        ("::a01:5", "10.1.0.0/16", False),
        ("10.1.0.0", "::/1", False),
        ("::ffff:0a00:0021", "10.0.0.0/24", True),
        (123, "10.0.0.0/24", False),
        ("host", "10.0.0.0/24", False),
    ],
)
def test_addresses_of_a_network(it: Any, network: str, expected: bool) -> None:
    assert value(it, {"cidr": network}) is expected


def test_addresses_are_equal_however_they_are_written() -> None:
    assert value("2001:0DB8:0:0:0:0:0:1", "2001:db8::1")
    assert not value("2001:db8::2", "2001:db8::1")
    assert value("10.0.0.1", "10.0.0.1")
    assert not value("10.0.0.2", "10.0.0.1")
    assert value("1.2.3.400", "1.2.3.400")  # No address, so a text.


def test_exists_is_about_values_not_about_objects_or_empty_arrays() -> None:
    assert detail("state", {"exists": True})
    assert detail("reason", {"exists": True})
    assert detail("nothing", {"exists": False})
    assert not detail("state", {"exists": False})
    assert not detail("nothing", {"exists": True})
    assert detail("tags", {"exists": False})
    assert not detail("tags", {"exists": True})
    inner = {"detail": {"c-count": {"c1": 100}}}
    assert fits({"detail": {"c-count": [{"exists": False}]}}, inner)
    assert not fits({"detail": {"c-count": [{"exists": True}]}}, inner)
    assert fits({"detail": {"c-count": {"c1": [{"exists": True}]}}}, inner)
    assert fits({"a": {"b": [{"exists": False}]}}, {})
    either = {"a": [{"exists": False}, {"anything-but": "no"}]}
    assert fits(either, {})
    assert fits(either, {"a": "yes"})
    assert not fits(either, {"a": "no"})


def test_a_complex_pattern_of_the_guide() -> None:
    wanted = {
        "time": [{"prefix": "2017-10-02"}],
        "detail": {
            "state": [{"anything-but": "initializing"}],
            "c-count": [{"numeric": [">", 0, "<=", 5]}],
            "d-count": [{"numeric": ["<", 10]}],
            "x-limit": [{"anything-but": [100, 200, 300]}],
            "source-ip": [{"cidr": "10.0.0.0/8"}],
        },
    }
    assert fits(wanted)
    assert not fits(wanted, {**EVENT, "detail": {**EVENT["detail"], "c-count": 6}})


def test_dots_in_names_are_as_if_they_were_nested() -> None:
    assert fits({"a": {"b.c": ["x"]}}, {"a": {"b": {"c": "x"}}})
    assert fits({"a": {"b": {"c": ["x"]}}}, {"a": {"b.c": "x"}})
    assert fits({"a.b": ["x"]}, {"a": {"b": "x"}})
    assert not fits({"a": {"b": ["x"]}}, {"a": {"bb": "x"}})
    assert fits({"": {"a": ["x"]}}, {"": {"a": "x"}})
    assert not fits({"": {"a": ["x"]}}, {"a": "x"})


def test_or_needs_one_of_its_objects() -> None:
    wanted = {
        "source": ["aws.cloudwatch"],
        "$or": [
            {"metricName": ["CPUUtilization", "ReadLatency"]},
            {"metricType": ["MetricType"], "namespace": ["AWS/EC2", "AWS/ES"]},
            {"scope": ["Service"]},
        ],
    }
    base = {"source": "aws.cloudwatch"}
    assert fits(wanted, {**base, "metricName": "ReadLatency"})
    assert fits(wanted, {**base, "metricType": "MetricType", "namespace": "AWS/ES"})
    assert fits(wanted, {**base, "scope": "Service"})
    assert not fits(wanted, {**base, "metricType": "MetricType"})
    assert not fits(wanted, base)
    assert not fits(wanted, {"scope": "Service"})


def test_or_at_several_places_and_within_or() -> None:
    parallel = {
        "$or": [{"a": ["1"]}, {"b": ["1"]}],
        "detail": {"$or": [{"c": ["1"]}, {"d": ["1"], "$or": [{"e": ["1"]}, {"f": ["1"]}]}]},
        "last": ["1"],
    }
    assert fits(parallel, {"b": "1", "detail": {"c": "1"}, "last": "1"})
    assert fits(parallel, {"a": "1", "detail": {"d": "1", "f": "1"}, "last": "1"})
    assert not fits(parallel, {"a": "1", "detail": {"d": "1"}, "last": "1"})
    assert not fits(parallel, {"detail": {"c": "1"}, "last": "1"})
    assert not fits(parallel, {"a": "1", "detail": {"c": "1"}})


def test_or_is_a_name_where_it_is_not_written_as_an_operator() -> None:
    assert fits({"$or": {"a": ["x"], "b": ["y"]}}, {"$or": {"a": "x", "b": "y"}})
    assert fits({"$or": ["x"]}, {"$or": "x"})
    assert fits({"$or": [{"prefix": "x"}, {"numeric": [">", 5]}]}, {"$or": 6})
    assert not fits({"$or": {"a": ["x"], "b": ["y"]}}, {"$or": {"a": "x"}})


def test_of_what_is_said_twice_the_last_counts() -> None:
    assert fits('{"a": ["1"], "a": ["2"]}', {"a": "2"})
    assert not fits('{"a": ["1"], "a": ["2"]}', {"a": "1"})
    assert fits('{"d": {"a": ["1"]}, "d": {"b": ["2"]}}', {"d": {"a": "1", "b": "2"}})
    assert not fits('{"d": {"a": ["1"]}, "d": {"b": ["2"]}}', {"d": {"b": "2"}})


def test_escapes_in_a_pattern_are_resolved() -> None:
    assert fits('{"\\u0061": ["\\u00e9\\n\\"\\/"]}', {"a": 'é\n"/'})
