"""The state of an alarm: the tables of the user guide, and what holds of all of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.services.cloudwatch.plan.alarm_evaluation import (
    Datapoint,
    Slot,
    evaluate,
    is_breaching,
)
from homeport.services.cloudwatch.records.alarms import DataQuery, MetricRule, MetricStat
from homeport.services.cloudwatch.records.metrics import Metric

KEEP = None
NO_DATA = "INSUFFICIENT_DATA"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
METRIC = Metric(namespace="Shop", name="Errors")


def rule(**changes: Any) -> MetricRule:
    stat = MetricStat(metric=METRIC, period_s=60, stat="Sum")
    known = MetricRule(
        queries=(DataQuery(id="m1", stat=stat),),
        is_single=True,
        comparison="GreaterThanThreshold",
        threshold=1.0,
        evaluation_periods=3,
    )
    return replace(known, **changes)


def slots(picture: str, samples: float = 1.0) -> tuple[Slot, ...]:
    """``0`` is within the threshold, ``X`` breaches it, ``-`` is missing; newest on the right."""
    values = {"0": 0.0, "X": 2.0}
    found = []
    for index, sign in enumerate(reversed(picture.replace(" ", ""))):
        at = 6_000.0 - 60 * index
        point = None
        if sign in values:
            point = Datapoint(at=at, value=values[sign], count=samples)
        found.append(Slot(at=at, point=point))
    return tuple(found)


THREE_OF_THREE = [
    ("0 - X - X", 0, ("OK", "OK", "OK", "OK")),
    ("0 - - - -", 2, ("OK", "OK", "OK", "OK")),
    ("- - - - 0", 2, ("OK", "OK", "OK", "OK")),
    ("- - - - -", 3, (NO_DATA, KEEP, "ALARM", "OK")),
    ("0 X X - X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("- - X - -", 2, ("ALARM", KEEP, "ALARM", "OK")),
    # "Avoiding premature transitions": not at once, though all there is breaches.
    ("- - - - X", 2, (NO_DATA, KEEP, "ALARM", "OK")),
    ("- - - X -", 2, (NO_DATA, KEEP, "ALARM", "OK")),
    ("- - - X 0", 1, ("OK", "OK", "OK", "OK")),
    ("- - X - 0", 1, ("OK", "OK", "OK", "OK")),
    ("X - - - -", 2, ("ALARM", KEEP, "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0 0 X 0 X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0 - X - -", 1, ("OK", "OK", "ALARM", "OK")),
    ("- - - - 0", 2, ("OK", "OK", "ALARM", "OK")),
    ("- - - X -", 2, ("ALARM", KEEP, "ALARM", "OK")),
    ("- - - - X", 2, (NO_DATA, KEEP, "ALARM", "OK")),
    ("X X 0 0 X", 0, ("OK", "OK", "OK", "OK")),
    ("- X - X -", 1, ("ALARM", "ALARM", "ALARM", "ALARM")),
]


@pytest.mark.parametrize(("picture", "filled", "states"), THREE_OF_THREE)
def test_three_out_of_three_as_the_user_guide_tables_it(
    picture: str, filled: int, states: tuple[str | None, ...]
) -> None:
    for treatment, expected in zip(TREATMENTS, states, strict=True):
        verdict = evaluate(rule(treat_missing=treatment), slots(picture))
        assert (treatment, verdict.state) == (treatment, expected)
        assert len(verdict.missing) == filled


@pytest.mark.parametrize(("picture", "filled", "states"), TWO_OF_THREE)
def test_two_out_of_three_as_the_user_guide_tables_it(
    picture: str, filled: int, states: tuple[str | None, ...]
) -> None:
    for treatment, expected in zip(TREATMENTS, states, strict=True):
        verdict = evaluate(rule(treat_missing=treatment, datapoints_to_alarm=2), slots(picture))
        assert (treatment, verdict.state) == (treatment, expected)
        assert len(verdict.missing) == filled


def test_missing_is_what_an_alarm_does_that_says_nothing() -> None:
    assert evaluate(rule(), slots("- - - - -")).state == NO_DATA


def test_alarms_on_dynamodb_always_ignore_missing_data() -> None:
    stat = MetricStat(metric=replace(METRIC, namespace="AWS/DynamoDB"), period_s=60, stat="Sum")
    known = rule(queries=(DataQuery(id="m1", stat=stat),), treat_missing="breaching")
    assert evaluate(known, slots("- - - - -")).state is KEEP


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", (False, False, True)),
        ("GreaterThanOrEqualToThreshold", (False, True, True)),
        ("LessThanThreshold", (True, False, False)),
        ("LessThanOrEqualToThreshold", (True, True, False)),
    ],
)
def test_each_comparison(comparison: str, breaching: tuple[bool, ...]) -> None:
    assert tuple(is_breaching(value, comparison, 1.0) for value in (0.5, 1.0, 1.5)) == breaching


@pytest.mark.parametrize(
    ("stat", "samples", "state"),
    [("p99", 999, KEEP), ("p99", 1000, "ALARM"), ("p10", 99, KEEP), ("p10", 100, "ALARM")],
)
def test_a_percentile_of_few_samples_may_be_left_alone(
    stat: str, samples: float, state: str | None
) -> None:
    named = MetricStat(metric=METRIC, period_s=60, stat=stat)
    known = rule(queries=(DataQuery(id="m1", stat=named),), low_samples="ignore")
    assert evaluate(known, slots("0 0 X X X", samples)).state == state
    assert evaluate(replace(known, low_samples="evaluate"), slots("0 0 X X X", 1)).state == "ALARM"


pictures = st.integers(1, 6).flatmap(
    lambda periods: st.tuples(
        st.just(periods),
        st.integers(1, periods),
        st.text("0X-", min_size=periods + 2, max_size=periods + 2),
    )
)


@given(pictures, st.sampled_from(TREATMENTS))
def test_enough_data_leave_nothing_to_treat(drawn: tuple[int, int, str], treatment: str) -> None:
    periods, needed, picture = drawn
    real = [each for each in picture if each != "-"]
    known = rule(evaluation_periods=periods, datapoints_to_alarm=needed, treat_missing=treatment)
    verdict = evaluate(known, slots(picture))
    assert len(verdict.used) + len(verdict.missing) == periods
    if len(real) >= periods:
        newest = real[-periods:]
        assert verdict.state == ("ALARM" if newest.count("X") >= needed else "OK")


@given(pictures)
def test_a_worse_treatment_never_gives_a_better_state(drawn: tuple[int, int, str]) -> None:
    periods, needed, picture = drawn
    known = rule(evaluation_periods=periods, datapoints_to_alarm=needed)
    state = {
        each: evaluate(replace(known, treat_missing=each), slots(picture)).state
        for each in TREATMENTS
    }
    if state["notBreaching"] == "ALARM":
        assert set(state.values()) == {"ALARM"}
    if state["breaching"] == "OK":
        assert "ALARM" not in state.values()
    assert {state["breaching"], state["notBreaching"]} <= {"ALARM", "OK"}
    assert (state["missing"] == NO_DATA) <= ("0" not in picture[-periods - 2 :])


@given(pictures, st.sampled_from(TREATMENTS), st.data())
def test_one_more_breach_never_ends_an_alarm(
    drawn: tuple[int, int, str], treatment: str, data: st.DataObject
) -> None:
    periods, needed, picture = drawn
    known = rule(evaluation_periods=periods, datapoints_to_alarm=needed, treat_missing=treatment)
    if evaluate(known, slots(picture)).state == "ALARM" and "0" in picture:
        place = data.draw(st.sampled_from([i for i, sign in enumerate(picture) if sign == "0"]))
        worse = picture[:place] + "X" + picture[place + 1 :]
        assert evaluate(known, slots(worse)).state == "ALARM"
