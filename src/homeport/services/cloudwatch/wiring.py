"""CloudWatch as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.cloudwatch.api import (
    alarm_descriptions,
    alarms,
    data_queries,
    metric_data,
    statistics,
    tags,
)
from homeport.services.cloudwatch.queries.alarms import EVALUATION
from homeport.services.cloudwatch.reconcile import ageing
from homeport.services.cloudwatch.reconcile import alarms as evaluation

_NO_DASHBOARDS: Final = "Homeport has no dashboards: `homeport deployments` shows what goes on."
_NO_STREAMS: Final = "Homeport has no metric streams: read metrics with GetMetricData."
_NO_ANOMALIES: Final = "Homeport has no anomaly detection: compare with a threshold."
UNSUPPORTED: Final = {
    "PutDashboard": _NO_DASHBOARDS,
    "GetDashboard": _NO_DASHBOARDS,
    "PutMetricStream": _NO_STREAMS,
    "PutAnomalyDetector": _NO_ANOMALIES,
    "PutAlarmMuteRule": "Homeport delivers no actions of alarms: there is nothing to mute.",
    "PutInsightRule": "Homeport has no Contributor Insights.",
    "GetMetricWidgetImage": "Homeport draws no graphs: read the data with GetMetricData.",
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="cloudwatch",
            operations=operations_of(
                (alarm_descriptions, alarms, data_queries, metric_data, statistics, tags)
            ),
            reconcilers=(
                Reconciler(
                    name="alarms",
                    watches=(EVALUATION,),
                    reconcile=evaluation.reconcile,
                    sweep=evaluation.sweep,
                ),
                Reconciler(
                    name="metric ageing",
                    watches=(),
                    reconcile=ageing.reconcile,
                    sweep=ageing.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
