"""What clients ask for, taken off the wire: named as here, checked for types, not for sense."""

from msgspec import Struct, field


class DimensionRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A dimension, or a filter for one."""

    name: str
    value: str | None = None


class MetricRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A metric by its names; each of them may be missing."""

    namespace: str | None = None
    metric_name: str | None = None
    dimensions: tuple[DimensionRequest, ...] = ()


class StatisticSetRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """Statistics that a client worked out itself."""

    sample_count: float
    sum: float
    minimum: float
    maximum: float


class DatumRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """One element of what is put."""

    metric_name: str
    dimensions: tuple[DimensionRequest, ...] = ()
    timestamp: float | None = None
    value: float | None = None
    statistic_values: StatisticSetRequest | None = None
    values: tuple[float, ...] | None = None
    counts: tuple[float, ...] | None = None
    unit: str = "None"
    storage_resolution: int = 60


class MetricStatRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A statistic of a metric."""

    metric: MetricRequest
    period: int
    stat: str
    unit: str | None = None


class QueryRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """One element of a list of queries."""

    id: str
    metric_stat: MetricStatRequest | None = None
    expression: str | None = None
    label: str | None = None
    return_data: bool | None = None
    period: int | None = None
    account_id: str | None = None


class StatisticsRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """GetMetricStatistics."""

    namespace: str
    metric_name: str
    dimensions: tuple[DimensionRequest, ...] = ()
    start_time: float
    end_time: float
    period: int
    statistics: tuple[str, ...] = ()
    extended_statistics: tuple[str, ...] = ()
    unit: str | None = None


class TagRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A tag."""

    key: str
    value: str


class ActionsRequest(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What every alarm may come with."""

    alarm_name: str
    alarm_description: str | None = None
    actions_enabled: bool = True
    ok_actions: tuple[str, ...] = field(default=(), name="OKActions")
    alarm_actions: tuple[str, ...] = ()
    insufficient_data_actions: tuple[str, ...] = ()
    tags: tuple[TagRequest, ...] = ()


class MetricAlarmRequest(ActionsRequest, frozen=True, kw_only=True, rename="pascal"):
    """PutMetricAlarm; what Homeport has nothing for is only known by being there."""

    metric_name: str | None = None
    namespace: str | None = None
    statistic: str | None = None
    extended_statistic: str | None = None
    dimensions: tuple[DimensionRequest, ...] = ()
    period: int | None = None
    unit: str | None = None
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None
    threshold: float | None = None
    comparison_operator: str | None = None
    treat_missing_data: str | None = None
    evaluate_low_sample_count_percentile: str | None = None
    metrics: tuple[QueryRequest, ...] = ()
    threshold_metric_id: str | None = None
    evaluation_criteria: dict[str, dict[str, str | int]] | None = None
    evaluation_interval: int | None = None


class CompositeAlarmRequest(ActionsRequest, frozen=True, kw_only=True, rename="pascal"):
    """PutCompositeAlarm."""

    alarm_rule: str
    actions_suppressor: str | None = None
    actions_suppressor_wait_period: int | None = None
    actions_suppressor_extension_period: int | None = None
