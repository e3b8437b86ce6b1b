"""What is kept of alarms, as the rest of the service sees it.  Times are seconds."""

from typing import Literal

from msgspec import Struct

from homeport.services.cloudwatch.records.metrics import Metric

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
"""As in contracts/alarms.py, which what is pure does not import."""
AlarmType = Literal["MetricAlarm", "CompositeAlarm"]
ItemType = Literal["ConfigurationUpdate", "StateUpdate", "Action"]

INITIAL_REASON = "Unchecked: Initial alarm creation"


class MetricStat(Struct, frozen=True, kw_only=True):
    """A statistic of a metric, period by period."""

    metric: Metric
    period_s: int
    stat: str
    """``Average``, ``p99.9``, ``TM(10%:90%)``: as the client wrote it."""
    unit: str | None = None


class DataQuery(Struct, frozen=True, kw_only=True):
    """One element of a list of queries: a statistic, or an expression over others."""

    id: str
    stat: MetricStat | None = None
    expression: str | None = None
    label: str | None = None
    return_data: bool | None = None
    period_s: int | None = None
    account_id: str | None = None


class MetricRule(Struct, frozen=True, kw_only=True):
    """What a metric alarm watches, and when it trips."""

    queries: tuple[DataQuery, ...]
    """One statistic, or statistics and expressions of which one is watched."""
    is_single: bool
    """Asked for by metric name and statistic, not by a list of queries."""
    is_extended: bool = False
    """Of a single one: its statistic came as ExtendedStatistic."""
    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int | None = None
    treat_missing: str | None = None
    low_samples: str | None = None

    @property
    def watched(self) -> DataQuery:
        """The query whose result is compared."""
        if len(self.queries) == 1:
            return self.queries[0]
        return next(each for each in self.queries if each.return_data is not False)

    @property
    def period_s(self) -> int:
        """The period of what is compared."""
        watched = self.watched
        if watched.stat is not None:
            return watched.stat.period_s
        periods = [each.stat.period_s for each in self.queries if each.stat is not None]
        return watched.period_s or max(periods)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric that it looks at."""
        return tuple(each.stat.metric for each in self.queries if each.stat is not None)


class CompositeRule(Struct, frozen=True, kw_only=True):
    """What a composite alarm is made of."""

    rule: str
    children: tuple[str, ...]
    """Names of the alarms that the rule names, each once."""
    suppressor: str | None = None
    suppressor_wait_s: int | None = None
    suppressor_extension_s: int | None = None


class Actions(Struct, frozen=True, kw_only=True):
    """What should be done at a change to each state."""

    enabled: bool = True
    ok: tuple[str, ...] = ()
    alarm: tuple[str, ...] = ()
    insufficient_data: tuple[str, ...] = ()

    def at(self, state: AlarmState) -> tuple[str, ...]:
        """What should be done at a change to `state`."""
        match state:
            case "OK":
                return self.ok
            case "ALARM":
                return self.alarm
            case "INSUFFICIENT_DATA":
                return self.insufficient_data


class Standing(Struct, frozen=True, kw_only=True):
    """How an alarm is, and why."""

    state: AlarmState
    reason: str
    reason_data: str = ""
    """JSON; empty when there is none."""
    updated_at: float
    """When anything of it was set last."""
    transitioned_at: float
    """When the state became another."""


class Alarm(Struct, frozen=True, kw_only=True):
    """A metric alarm or a composite alarm: it has the one rule or the other."""

    arn: str
    account: str
    region: str
    name: str
    description: str | None = None
    actions: Actions
    metric_rule: MetricRule | None = None
    composite_rule: CompositeRule | None = None
    standing: Standing
    configured_at: float
    held_until: float = 0.0
    """Until when a state that SetAlarmState set is left alone."""
    tags: dict[str, str] = {}

    @property
    def type(self) -> AlarmType:
        """Which of the two it is."""
        return "MetricAlarm" if self.metric_rule is not None else "CompositeAlarm"

    @property
    def watches(self) -> frozenset[str]:
        """Keys of what changes its state: metrics by digest, alarms by name."""
        if self.metric_rule is not None:
            return frozenset(watch_of_metric(each) for each in self.metric_rule.metrics)
        children = () if self.composite_rule is None else self.composite_rule.children
        return frozenset(watch_of_alarm(each) for each in children)


class HistoryItem(Struct, frozen=True, kw_only=True):
    """One line of an alarm's story; it outlives the alarm."""

    account: str
    region: str
    alarm_name: str
    alarm_type: AlarmType
    at: float
    item_type: ItemType
    summary: str
    data: str
    """JSON."""


class HistoryScope(Struct, frozen=True, kw_only=True):
    """Which lines of history a read is about."""

    account: str
    region: str
    types: tuple[str, ...]
    alarm_name: str | None = None
    item_type: str | None = None
    start: float | None = None
    end: float | None = None
    newest_first: bool = True


def watch_of_metric(metric: Metric) -> str:
    """The key under which alarms wait for new data of `metric`."""
    return f"metric:{metric.digest}"


def watch_of_alarm(name: str) -> str:
    """The key under which composite alarms wait for changes of the alarm `name`."""
    return f"alarm:{name}"


def arn_of(account: str, region: str, name: str) -> str:
    """The ARN of an alarm."""
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
