"""Metric math: what expressions come to, and what is no expression."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.cloudwatch.plan.math_grammar import BadExpression, parse
from homeport.services.cloudwatch.plan.math_series import Grid, Series
from homeport.services.cloudwatch.plan.metric_math import Sheet

GRID = Grid(times=(0, 60, 120), period_s=60)
MEASURED = {
    "a": Series({0: 1.0, 60: 2.0, 120: 6.0}, "A"),
    "b": Series({0: 2.0, 120: 3.0}, "B"),
    "z": Series({0: 0.0, 60: 0.0, 120: 1.0}),
    "none": Series({}),
}


def value(text: str, **others: str) -> object:
    trees = {"e": parse(text)} | {name: parse(each) for name, each in others.items()}
    found = Sheet(MEASURED, trees, GRID).value("e")
    return found.values if isinstance(found, Series) else found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("10 - 3 - 2", 5),
        ("8 / 4 / 2", 1),
        ("a + 1", {0: 2, 60: 3, 120: 7}),
        ("1 - a", {0: 0, 60: -1, 120: -5}),
        ("a + b", {0: 3, 120: 9}),
        ("a / z", {120: 6}),
        ("a > 1", {0: 0, 60: 1, 120: 1}),
        ("a >= 2 AND a < 6", {0: 0, 60: 1, 120: 0}),
        ("a == 1 || a == 6", {0: 1, 60: 0, 120: 1}),
        ("SUM([a, b])", {0: 3, 60: 2, 120: 9}),
        ("MAX([a,b])", {0: 2, 60: 2, 120: 6}),
        ("AVG([a, b])", {0: 1.5, 60: 2, 120: 4.5}),
        ("SUM(a)", 9),
        ("sum(a)", 9),
        ("AVG(a)", 3),
        ("MIN(a)", 1),
        ("STDDEV([a,b])", {0: 0.5, 60: 0, 120: 1.5}),
        ("ABS(1 - a)", {0: 0, 60: 1, 120: 5}),
        ("CEIL(a / 4)", {0: 1, 60: 1, 120: 2}),
        ("LOG10(z * 100)", {120: 2}),
        ("FILL(b, 0)", {0: 2, 60: 0, 120: 3}),
        ("FILL(b, REPEAT)", {0: 2, 60: 2, 120: 3}),
        ("FILL(b, LINEAR)", {0: 2, 60: 2.5, 120: 3}),
        ("FILL(none, 5)", {0: 5, 60: 5, 120: 5}),
        ("FILL(none, REPEAT)", {}),
        ("DIFF(a)", {60: 1, 120: 4}),
        ("RATE(a)", {60: 1 / 60, 120: 4 / 60}),
        ("RUNNING_SUM(a)", {0: 1, 60: 3, 120: 9}),
        ("PERIOD(a)", 60),
        ("a / PERIOD(a)", {0: 1 / 60, 60: 2 / 60, 120: 0.1}),
        ("DATAPOINT_COUNT(b)", 2),
        ("IF(z, a, 0)", {0: 0, 60: 0, 120: 6}),
        ("IF(z > 0, 100 * b / z)", {120: 300}),
        ("IF(1, a, b)", {0: 1, 60: 2, 120: 6}),
        ("TIME_SERIES(4)", {0: 4, 60: 4, 120: 4}),
        ("SUM(METRICS('a'))", {0: 1, 60: 2, 120: 6}),
        ("METRIC_COUNT([a,b])", 2),
    ],
)
def test_what_it_comes_to(text: str, expected: object) -> None:
    assert value(text) == pytest.approx(expected)


def test_expressions_use_each_other() -> None:
    assert value("half * 2", half="a / 2") == MEASURED["a"].values


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Unexpected end"),
        ("1 +", "Unexpected end"),
        ("(1", "Expected '\\)'"),
        ("1 1", "Unexpected '1'"),
        ("a $ b", "Unexpected character at position 3"),
        ("c", "Undefined variable 'c'"),
        ("SEARCH('x', 'Sum')", "has no function SEARCH"),
        ("SUM(1)", "Unsupported operand"),
        ("[a] + [b]", "Unsupported operand"),
        ("FILL(a)", "Wrong number"),
        ("FILL(b, OFTEN)", "Undefined variable 'OFTEN'"),
        ("(" * 200 + "1" + ")" * 200, "nested too deep"),
        ("-" * 200 + "1", "nested too deep"),
    ],
)
def test_what_is_no_expression(text: str, why: str) -> None:
    with pytest.raises(BadExpression, match=why):
        value(text)


def test_expressions_cannot_go_in_a_circle() -> None:
    with pytest.raises(BadExpression, match="circle"):
        value("f + 1", f="e + 1")


@given(st.text("ab1.+-*/^()[],<>=! SUMFILLIF\"'", max_size=30))
def test_any_text_is_a_value_or_a_reason(text: str) -> None:
    with contextlib.suppress(BadExpression):
        value(text)
