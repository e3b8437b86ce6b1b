"""What CloudWatch provides to the others: homeport.contracts.alarms and metrics."""

import math
from collections.abc import Sequence

import msgspec

from homeport.contracts.alarms import AlarmState
from homeport.contracts.metrics import Datum
from homeport.services.cloudwatch.plan import tallies
from homeport.services.cloudwatch.queries import alarms, metrics
from homeport.services.cloudwatch.records.alarms import watch_of_metric
from homeport.services.cloudwatch.records.metrics import Metric, NewPoint, Point
from homeport.store import ReadTx, Tx

RESOLUTION_S = 60
"""What services measure is shown by the minute, as AWS's own metrics are."""


class CloudWatchAlarms:
    """The states of alarms."""

    def states(
        self, tx: ReadTx, account: str, region: str, names: Sequence[str]
    ) -> dict[str, AlarmState]:
        found = alarms.states_of(tx, account, region, names)
        return msgspec.convert(found, dict[str, AlarmState])


class CloudWatchMetrics:
    """Where measurements go."""

    def put(self, tx: Tx, account: str, region: str, data: tuple[Datum, ...]) -> None:
        if not data:
            return
        points = [_point(each) for each in data]
        newest = max(each.at for each in data)
        kept = metrics.put_points(
            tx, account, region, points, now=newest, together=tallies.together
        )
        alarms.wake_watchers(tx, account, region, [watch_of_metric(each) for each in kept])


def _point(datum: Datum) -> NewPoint:
    dimensions = tuple(sorted(datum.dimensions))
    return NewPoint(
        metric=Metric(namespace=datum.namespace, name=datum.name, dimensions=dimensions),
        resolution_s=RESOLUTION_S,
        point=Point(
            at=math.floor(datum.at), unit=datum.unit, tally=tallies.of_values(datum.values)
        ),
    )
