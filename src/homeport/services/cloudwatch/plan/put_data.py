"""What PutMetricData may be given, and the points that it makes.  Pure."""

import math
from collections.abc import Sequence
from typing import Final

from homeport.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    MissingRequiredParameterException,
)
from homeport.services.cloudwatch.plan import metric_names, tallies
from homeport.services.cloudwatch.plan.periods import DAY_S, HOUR_S
from homeport.services.cloudwatch.records.metrics import Metric, NewPoint, Point, Tally
from homeport.services.cloudwatch.records.requests import DatumRequest, StatisticSetRequest

DATA_MAX: Final = 1_000
VALUES_MAX: Final = 150
PAST_S: Final = 14 * DAY_S
FUTURE_S: Final = 2 * HOUR_S
VALUE_MAX: Final = 2.0**360
RESOLUTIONS: Final = (1, 60)


def points(namespace: str, data: Sequence[DatumRequest], now: float) -> tuple[NewPoint, ...]:
    """A point for each datum; raises for the first that is wrong."""
    if not data:
        raise MissingRequiredParameterException("The parameter MetricData is required.")
    if len(data) > DATA_MAX:
        raise InvalidParameterValueException(
            f"The collection MetricData must not have a size greater than {DATA_MAX}."
        )
    return tuple(
        _point(namespace, datum, f"MetricData.member.{index}", now)
        for index, datum in enumerate(data, 1)
    )


def _point(namespace: str, datum: DatumRequest, where: str, now: float) -> NewPoint:
    metric_names.check_unit(datum.unit, f"{where}.Unit")
    if datum.storage_resolution not in RESOLUTIONS:
        raise InvalidParameterValueException(
            f"The parameter {where}.StorageResolution must be a value in the set [ 1, 60 ]"
        )
    dimensions = metric_names.dimensions(datum.dimensions, f"{where}.Dimensions")
    at = now if datum.timestamp is None else datum.timestamp
    _check_time(at, f"{where}.Timestamp", now)
    return NewPoint(
        metric=Metric(namespace=namespace, name=datum.metric_name, dimensions=dimensions),
        resolution_s=datum.storage_resolution,
        point=Point(at=math.floor(at), unit=datum.unit, tally=_tally(datum, where)),
    )


def _tally(datum: DatumRequest, where: str) -> Tally:
    given = {
        "Value": datum.value,
        "Values": datum.values,
        "StatisticValues": datum.statistic_values,
    }
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise InvalidParameterCombinationException(
            f"The parameters {where}.{named[0]} and {where}.{named[1]} are mutually exclusive "
            "and you have specified both."
        )
    if datum.value is not None:
        _check_value(datum.value, f"{where}.Value")
        return tallies.of_values(((datum.value, 1.0),))
    if datum.statistic_values is not None:
        return _of_set(datum.statistic_values, f"{where}.StatisticValues")
    if datum.values is None:
        raise MissingRequiredParameterException(f"The parameter {where}.Value is required.")
    return tallies.of_values(_counted(datum.values, datum.counts, where))


def _counted(
    values: tuple[float, ...], counts: tuple[float, ...] | None, where: str
) -> list[tuple[float, float]]:
    if not values:
        raise MissingRequiredParameterException(f"The parameter {where}.Values is required.")
    if len(values) > VALUES_MAX:
        raise InvalidParameterValueException(
            f"The collection {where}.Values must not have a size greater than {VALUES_MAX}."
        )
    if counts is not None and len(counts) != len(values):
        raise InvalidParameterValueException(
            f"The parameters {where}.Values and {where}.Counts must be of the same size."
        )
    for index, value in enumerate(values, 1):
        _check_value(value, f"{where}.Values.member.{index}")
    for index, often in enumerate(counts or (), 1):
        _check_value(often, f"{where}.Counts.member.{index}")
        if often <= 0:
            raise InvalidParameterValueException(
                f"The value {often} for parameter {where}.Counts.member.{index} "
                "must be greater than 0."
            )
    return list(zip(values, counts or (1.0,) * len(values), strict=True))


def _of_set(given: StatisticSetRequest, where: str) -> Tally:
    for name, value in (
        ("SampleCount", given.sample_count),
        ("Sum", given.sum),
        ("Minimum", given.minimum),
        ("Maximum", given.maximum),
    ):
        _check_value(value, f"{where}.{name}")
    if given.sample_count <= 0:
        raise InvalidParameterValueException(
            f"The value {given.sample_count} for parameter {where}.SampleCount "
            "must be greater than 0."
        )
    if given.minimum > given.maximum:
        raise InvalidParameterValueException(
            f"The parameter {where}.Maximum must be greater than or equal to {where}.Minimum."
        )
    return tallies.of_statistics(
        count=given.sample_count, total=given.sum, low=given.minimum, high=given.maximum
    )


def _check_value(value: float, where: str) -> None:
    if math.isnan(value) or abs(value) > VALUE_MAX:
        shown = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, str(value))
        shown = "NaN" if math.isnan(value) else shown
        raise InvalidParameterValueException(f"The value {shown} for parameter {where} is invalid.")


def _check_time(at: float, where: str, now: float) -> None:
    if at > now + FUTURE_S:
        raise InvalidParameterValueException(
            f"The parameter {where} must specify a time no more than 2 hours in the future."
        )
    if at < now - PAST_S:
        raise InvalidParameterValueException(
            f"The parameter {where} must specify a time within the past two weeks."
        )
