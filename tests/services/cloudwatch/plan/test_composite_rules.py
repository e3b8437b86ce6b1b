"""Rules of composite alarms."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.cloudwatch.errors import ValidationError
from homeport.services.cloudwatch.plan.composite_rules import children, holds, parse

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "my alarm": "ALARM"}
ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        (f"ALARM({ARN})", True),
        ("ALARM( my alarm )", True),
        ('alarm("my alarm") and ok(b)', True),
        ("OK(a)", False),
        ("INSUFFICIENT_DATA(c)", True),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(b) OR ALARM(a)", True),
        ("NOT ALARM(b)", True),
        ("ALARM(a) OR ALARM(a) AND ALARM(b)", True),
        ("(ALARM(a) OR ALARM(a)) AND ALARM(b)", False),
        ("NOT (ALARM(a) AND OK(b))", False),
        ("NOT NOT TRUE", True),
        ("FALSE", False),
        ("ALARM(gone) OR OK(gone) OR INSUFFICIENT_DATA(gone)", False),
    ],
)
def test_what_a_rule_says(rule: str, expected: bool) -> None:
    assert holds(parse(rule), STATES) is expected


def test_children_are_named_once() -> None:
    assert children(parse(f"ALARM(b) OR (OK({ARN}) AND NOT ALARM(a))")) == ("b", "a")


@pytest.mark.parametrize(
    "rule",
    ["", "a", "ALARM()", "ALARM(a", "ALARM(a) ALARM(b)", "AND", "ALARM(a) AND", "(TRUE", "TRUE)"],
)
def test_what_is_no_rule(rule: str) -> None:
    with pytest.raises(ValidationError, match="AlarmRule contains invalid syntax"):
        parse(rule)


def test_how_much_a_rule_may_name() -> None:
    parse(" OR ".join(f"ALARM(a{index})" for index in range(100)))
    with pytest.raises(ValidationError, match="more than 100 alarms"):
        parse(" OR ".join(f"ALARM(a{index})" for index in range(101)))
    with pytest.raises(ValidationError, match="more than 500 elements"):
        parse(" OR ".join(["TRUE"] * 300))


@given(st.text("ALRMOKNTDUE()ab\" '", max_size=40))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    with contextlib.suppress(ValidationError):
        holds(parse(text), STATES)
