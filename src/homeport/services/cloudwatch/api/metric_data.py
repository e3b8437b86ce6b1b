"""PutMetricData and ListMetrics: what metrics there are, and what was measured of them."""

from collections.abc import Mapping
from typing import Final

import msgspec

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.cloudwatch.errors import InvalidParameterValueException
from homeport.services.cloudwatch.plan import put_data, tallies
from homeport.services.cloudwatch.plan.periods import DAY_S, HOUR_S
from homeport.services.cloudwatch.queries import alarms, metrics
from homeport.services.cloudwatch.records.alarms import watch_of_metric
from homeport.services.cloudwatch.records.metrics import KnownMetric
from homeport.services.cloudwatch.records.requests import DatumRequest, DimensionRequest
from homeport.services.cloudwatch.render import metrics as shown_metrics
from homeport.shapes import cloudwatch as shapes
from homeport.store import ReadTx, Tx

PAGE: Final = 500
READ_AT_ONCE: Final = 2_000
LISTED_FOR_S: Final = 14 * DAY_S
RECENT_S: Final = 3 * HOUR_S
ENTITIES_MAX: Final = 2


@operation("PutMetricData", partial="Entities (EntityMetricData) are not kept; their data are.")
def put_metric_data(
    tx: Tx, call: Call, request: shapes.PutMetricDataRequest
) -> shapes.PutMetricDataResponse:
    """Keep the data, and have the alarms evaluated that look at them."""
    entities = request.get("EntityMetricData", [])
    if len(entities) > ENTITIES_MAX:
        raise InvalidParameterValueException(
            "The collection EntityMetricData must not have a size greater than 2."
        )
    wire = [*request.get("MetricData", [])]
    for each in entities:
        wire.extend(each.get("MetricData", []))
    data = msgspec.convert(wire, tuple[DatumRequest, ...])
    points = put_data.points(request["Namespace"], data, call.now)
    kept = metrics.put_points(
        tx, call.account, call.region, points, now=call.now, together=tallies.together
    )
    alarms.wake_watchers(tx, call.account, call.region, [watch_of_metric(each) for each in kept])
    return {}


@operation("ListMetrics", partial="Metrics of other accounts (IncludeLinkedAccounts) are not seen.")
def list_metrics(
    tx: ReadTx, call: Call, request: shapes.ListMetricsRequest
) -> shapes.ListMetricsResponse:
    """A page of the metrics that data came for in the last two weeks."""
    recently = request.get("RecentlyActive")
    if recently not in {None, "PT3H"}:
        raise InvalidParameterValueException("RecentlyActive must be PT3H.")
    since = call.now - (LISTED_FOR_S if recently is None else RECENT_S)
    filters = msgspec.convert(request.get("Dimensions", []), tuple[DimensionRequest, ...])
    wanted = {each.name: each.value for each in filters}
    after = _position(request.get("NextToken"))
    found: list[KnownMetric] = []
    while len(found) <= PAGE:
        some = metrics.metrics_after(
            tx,
            call.account,
            call.region,
            after=after,
            namespace=request.get("Namespace"),
            name=request.get("MetricName"),
            count=READ_AT_ONCE,
        )
        found.extend(each for each in some if _fits(each, wanted, since))
        if len(some) < READ_AT_ONCE:
            break
        after = some[-1].id
    shown, token = paging.page(found[: PAGE + 1], lambda each: str(each.id), PAGE)
    response: shapes.ListMetricsResponse = {
        "Metrics": [shown_metrics.metric(each.metric) for each in shown]
    }
    if token is not None:
        response["NextToken"] = token
    return response


def _position(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(paging.key_of(token))
    except ValueError as error:
        raise InvalidParameterValueException("Invalid nextToken") from error


def _fits(known: KnownMetric, wanted: Mapping[str, str | None], since: float) -> bool:
    if known.last_put_at < since:
        return False
    has = dict(known.metric.dimensions)
    return all(
        name in has and (value is None or has[name] == value) for name, value in wanted.items()
    )
