"""What CloudWatch keeps of load balancers: AWS/ApplicationELB and AWS/NetworkELB.  Pure.

A metric has nothing for a time in which nothing happened, but for the counts of hosts: as on AWS.
Dimensions of availability zones are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.contracts.measurements import Datum
from homeport.contracts.routing_table import TrafficFigures
from homeport.services.elbv2.records.target_groups import Health

APPLICATION: Final = "AWS/ApplicationELB"
NETWORK: Final = "AWS/NetworkELB"
SINGLE_CODES: Final = ("500", "502", "503", "504")
"""Answers of the load balancer that have a metric of their own."""

Owner = tuple[str, str]
"""(account, region)."""


class Hosts(Struct, frozen=True, kw_only=True):
    """How the targets of a group are."""

    healthy: int = 0
    unhealthy: int = 0
    registered: int = 0
    """Those that are neither, too; draining ones are none of these."""


class _Series(Struct, frozen=True, kw_only=True):
    """Where measurements of one load balancer, or of a group behind it, go."""

    namespace: str
    dimensions: tuple[tuple[str, str], ...]
    at: float

    def datum(
        self, name: str, *values: tuple[float, float], unit: str = "Count"
    ) -> Iterator[Datum]:
        """One measurement; none where there are no values, or nothing but zero was counted."""
        if values and (unit == "Seconds" or any(value for value, _ in values)):
            yield self.always(name, *values, unit=unit)

    def always(self, name: str, *values: tuple[float, float], unit: str = "Count") -> Datum:
        """One measurement, whatever it is."""
        return Datum(
            namespace=self.namespace,
            name=name,
            dimensions=self.dimensions,
            unit=unit,
            at=self.at,
            values=values,
        )

    def of_group(self, arn: str, *, alone: bool = False) -> "_Series":
        """The same of a target group, behind this load balancer or wherever it is."""
        group = ("TargetGroup", arn.rpartition(":")[2])
        return _Series(
            namespace=self.namespace,
            dimensions=(group,) if alone else (*self.dimensions, group),
            at=self.at,
        )


def hosts_of(shown: Iterable[Health]) -> Hosts:
    """How many of these targets are healthy, and how many are not."""
    states = [each.state for each in shown]
    return Hosts(
        healthy=states.count("healthy"),
        unhealthy=states.count("unhealthy"),
        registered=sum(state != "draining" for state in states),
    )


def data_of(
    figures: Sequence[TrafficFigures], hosts: Mapping[str, Hosts]
) -> dict[Owner, tuple[Datum, ...]]:
    """The metrics of what went through, by whose they are.

    `hosts` are by target group, as they are now: they belong to the newest figures.
    """
    newest = max((each.began_at for each in figures), default=0.0)
    spans: dict[tuple[str, float], list[TrafficFigures]] = {}
    for each in figures:
        spans.setdefault((each.load_balancer_arn, each.began_at), []).append(each)
    found: dict[Owner, tuple[Datum, ...]] = {}
    for (arn, at), several in spans.items():
        _, _, _, region, account, resource = arn.split(":", 5)
        name = resource.removeprefix("loadbalancer/")
        is_network = name.startswith("net/")
        series = _Series(
            namespace=NETWORK if is_network else APPLICATION,
            dimensions=(("LoadBalancer", name),),
            at=at,
        )
        known = hosts if at == newest else {}
        data = _network(several, series) if is_network else _application(several, known, series)
        owner = account, region
        found[owner] = (*found.get(owner, ()), *data, *_of_hosts(several, known, series))
    return found


def _application(
    figures: Sequence[TrafficFigures], hosts: Mapping[str, Hosts], series: _Series
) -> Iterator[Datum]:
    groups = [each for each in figures if each.group_arn]
    yield from _of_targets(groups, series)
    for each in groups:
        yield from _of_targets([each], series.of_group(each.group_arn))
        known = hosts.get(each.group_arn, Hosts())
        if taking := known.healthy or known.registered:
            share = each.requests / taking
            for alone in (False, True):
                named = series.of_group(each.group_arn, alone=alone)
                yield from named.datum("RequestCountPerTarget", (share, 1))
    own = [each for each in figures if not each.group_arn]
    for name in ("4XX", "5XX", *SINGLE_CODES):
        count = sum(dict(each.codes).get(name, 0) for each in own)
        yield from series.datum(f"HTTPCode_ELB_{name}_Count", (count, 1))
    new = sum(each.new_connections for each in figures)
    active = sum(each.active_connections for each in figures)
    carried = sum(each.processed_bytes for each in own)
    yield from series.datum("NewConnectionCount", (new, 1))
    yield from series.datum("ActiveConnectionCount", (active, 1))
    yield from series.datum("ProcessedBytes", (carried, 1), unit="Bytes")


def _of_targets(groups: Sequence[TrafficFigures], series: _Series) -> Iterator[Datum]:
    """What targets did, of one group or of several together."""
    yield from series.datum("RequestCount", (sum(each.requests for each in groups), 1))
    for name in ("2XX", "3XX", "4XX", "5XX"):
        count = sum(dict(each.codes).get(name, 0) for each in groups)
        yield from series.datum(f"HTTPCode_Target_{name}_Count", (count, 1))
    errors = sum(each.connection_errors for each in groups)
    yield from series.datum("TargetConnectionErrorCount", (errors, 1))
    times: dict[float, float] = {}
    for each in groups:
        for seconds, often in each.response_times:
            times[seconds] = times.get(seconds, 0) + often
    yield from series.datum("TargetResponseTime", *sorted(times.items()), unit="Seconds")


def _network(figures: Sequence[TrafficFigures], series: _Series) -> Iterator[Datum]:
    own = [each for each in figures if not each.group_arn]
    new = sum(each.new_connections for each in own)
    active = sum(each.active_connections for each in own)
    carried = sum(each.processed_bytes for each in own)
    yield from series.datum("NewFlowCount", (new, 1))
    yield from series.datum("ActiveFlowCount", (active, 1))
    yield from series.datum("ProcessedBytes", (carried, 1), unit="Bytes")


def _of_hosts(
    figures: Sequence[TrafficFigures], hosts: Mapping[str, Hosts], series: _Series
) -> Iterator[Datum]:
    """How many hosts there are, of every group that has any."""
    for each in figures:
        known = hosts.get(each.group_arn, Hosts())
        if known.registered:
            named = series.of_group(each.group_arn)
            yield named.always("HealthyHostCount", (known.healthy, 1))
            yield named.always("UnHealthyHostCount", (known.unhealthy, 1))
