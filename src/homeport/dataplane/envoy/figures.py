"""From two looks at Envoy's counters to what went through between them.  Pure.

What this needs of Envoy's statistics (whoever makes Envoy keep fewer of them leaves these):

- of each cluster (``cluster.NAME.``) the counters ``upstream_rq_{1,2,3,4,5}xx``,
  ``upstream_cx_total``, ``upstream_cx_connect_fail``, ``upstream_cx_rx_bytes_total``,
  ``upstream_cx_tx_bytes_total``, the gauge ``upstream_cx_active`` and the histogram
  ``upstream_rq_time`` (so the router keeps its dynamic statistics);
- of each connection manager (``http.NAME.``) ``downstream_cx_total``, ``downstream_cx_active``;
- of each TCP proxy (``tcp.NAME.``) ``downstream_cx_total``, ``downstream_cx_tx_bytes_total``,
  ``downstream_cx_rx_bytes_total``; of UDP (``udp.NAME.``) ``downstream_sess_total``,
  ``downstream_sess_active``, ``downstream_sess_rx_bytes``, ``downstream_sess_tx_bytes``;
- everything that begins with ``own_answers.``: see `translate_figures`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from homeport.contracts.routing_table import Forward, LoadBalancer, RoutingTable, TrafficFigures
from homeport.dataplane.envoy.resources import Place, Resources
from homeport.dataplane.envoy.translate_figures import OwnAnswers, door_of, own_answers_in
from homeport.dataplane.envoy.translate_names import cluster_name, listener_stats_name

NUMBERS: Final = r"^(cluster\.[^.]*\.upstream_|(http|tcp|udp)\.(elb|door)-|own_answers\.)"
TIMES: Final = r"^cluster\.[^.]*\.upstream_rq_time$"
SINGLE_CODES: Final = (500, 502, 503, 504)
"""Own answers that are counted by themselves too."""

Buckets = Mapping[tuple[float, float], int]
"""How many of a histogram's values were between two bounds, both in milliseconds."""


class Look(Struct, frozen=True, kw_only=True):
    """What Envoy's statistics say at one time, or what they have gained since another."""

    numbers: Mapping[str, int] = {}
    times: Mapping[str, Buckets] = {}
    """By cluster: how long its targets took."""

    def of(self, *names: str) -> int:
        """The sum of some numbers; 0 for what was never counted."""
        return sum(self.numbers.get(name, 0) for name in names)


class Meters(Struct, frozen=True, kw_only=True):
    """Where what goes through one load balancer is counted."""

    load_balancer_arn: str
    is_network: bool
    clusters: dict[str, str]
    """Cluster → ARN of the target group that it stands for."""
    doors: frozenset[str]
    """What counters of its clients' connections are called: ``http.elb-…``, ``udp.elb-…``."""


def meters_of(table: RoutingTable, resources: Resources) -> tuple[Meters, ...]:
    """The meters of every load balancer of the table.

    Connections at a door that several load balancers share are nobody's: which of them a client
    is for, each of its requests says anew.
    """
    places = {each.listener_arn: each.places for each in resources.places}
    shared: dict[Place, int] = {}
    for balancer in table.load_balancers:
        for listener in balancer.listeners:
            if listener.protocol == "HTTP":
                for place in _without_nodes(balancer, places.get(listener.arn, ())):
                    shared[place] = shared.get(place, 0) + 1
    sole = frozenset(place for place, count in shared.items() if count == 1)
    return tuple(
        Meters(
            load_balancer_arn=balancer.arn,
            is_network=balancer.kind == "network",
            clusters={
                name: arn
                for arn in _forwarded(balancer)
                if (name := cluster_name(balancer.arn, arn)) in resources.groups
            },
            doors=_doors(balancer, places, sole),
        )
        for balancer in table.load_balancers
    )


def gained(before: Look, after: Look) -> Look:
    """What was counted between two looks; what runs backwards began anew in between.

    What is there at this moment, such as open connections, is as it was at the second look.
    """
    return Look(
        numbers={
            name: value if _is_level(name) else _grown(before.numbers.get(name, 0), value)
            for name, value in after.numbers.items()
        },
        times={
            name: _grown_buckets(before.times.get(name, {}), buckets)
            for name, buckets in after.times.items()
        },
    )


def together(first: Look, second: Look) -> Look:
    """What was gained in two spans of time, the first before the second."""
    numbers = {name: value for name, value in first.numbers.items() if not _is_level(name)}
    for name, value in second.numbers.items():
        numbers[name] = value + numbers.get(name, 0)
    times = {name: dict(buckets) for name, buckets in first.times.items()}
    for name, buckets in second.times.items():
        sums = times.setdefault(name, {})
        for bucket, count in buckets.items():
            sums[bucket] = sums.get(bucket, 0) + count
    return Look(numbers=numbers, times=times)


def figures_of(
    look: Look, meters: Iterable[Meters], *, began_at: float
) -> tuple[TrafficFigures, ...]:
    """What went through each load balancer, to each of its target groups and altogether."""
    answers = own_answers_in(look.numbers)
    return tuple(
        each
        for meter in meters
        for each in (
            *(_of_group(look, meter, cluster, answers, began_at) for cluster in meter.clusters),
            _of_balancer(look, meter, answers, began_at),
        )
    )


def _of_group(
    look: Look, meter: Meters, cluster: str, answers: Iterable[OwnAnswers], began_at: float
) -> TrafficFigures:
    """Envoy counts its own answers for a cluster as the cluster's: they are taken away again."""
    own = [each for each in answers if each.cluster == cluster]
    at = f"cluster.{cluster}.upstream_"
    counted = {first: look.of(f"{at}rq_{first}xx") for first in range(1, 6)}
    codes = {
        first: max(0, count - sum(each.count for each in own if each.code // 100 == first))
        for first, count in counted.items()
    }
    without_target = sum(each.count for each in own if each.code == 503)
    return TrafficFigures(
        load_balancer_arn=meter.load_balancer_arn,
        group_arn=meter.clusters[cluster],
        began_at=began_at,
        requests=max(0, sum(counted.values()) - without_target),
        codes=tuple((f"{first}XX", codes[first]) for first in range(2, 6) if codes[first]),
        response_times=tuple(
            ((low + high) / 2000, count)
            for (low, high), count in sorted(look.times.get(cluster, {}).items())
            if count
        ),
        connection_errors=look.of(f"{at}cx_connect_fail"),
        new_connections=look.of(f"{at}cx_total"),
        active_connections=look.of(f"{at}cx_active"),
        processed_bytes=look.of(f"{at}cx_rx_bytes_total", f"{at}cx_tx_bytes_total"),
    )


def _of_balancer(
    look: Look, meter: Meters, answers: Iterable[OwnAnswers], began_at: float
) -> TrafficFigures:
    own = [
        each
        for each in answers
        if each.cluster in meter.clusters or f"http.{each.door}" in meter.doors
    ]
    codes: dict[str, int] = {}
    for each in own:
        for name in (f"{each.code // 100}XX", *(str(c) for c in SINGLE_CODES if c == each.code)):
            codes[name] = codes.get(name, 0) + each.count
    at = sorted(meter.doors)
    streams = [f"{door}.downstream_cx_" for door in at if not door.startswith("udp.")]
    talks = [f"{door}.downstream_sess_" for door in at if door.startswith("udp.")]
    to_targets = [f"cluster.{name}.upstream_cx_" for name in meter.clusters]
    if meter.is_network:
        active = look.of(*(f"{each}active" for each in (*to_targets, *talks)))
        carried = look.of(
            *(f"{each}{way}_bytes_total" for each in streams for way in ("rx", "tx")),
            *(f"{each}{way}_bytes" for each in talks for way in ("rx", "tx")),
        )
    else:
        active = look.of(*(f"{each}active" for each in streams))
        carried = look.of(
            *(f"{each}{way}_bytes_total" for each in to_targets for way in ("rx", "tx"))
        )
    return TrafficFigures(
        load_balancer_arn=meter.load_balancer_arn,
        group_arn="",
        began_at=began_at,
        codes=tuple(sorted(codes.items())),
        new_connections=look.of(*(f"{each}total" for each in (*streams, *talks))),
        active_connections=active,
        processed_bytes=carried,
    )


def _doors(
    balancer: LoadBalancer, places: Mapping[str, Iterable[Place]], sole: frozenset[Place]
) -> frozenset[str]:
    kinds = {
        "HTTP": ("http",),
        "HTTPS": ("http",),
        "UDP": ("udp",),
        "TCP_UDP": ("tcp", "udp"),
    }
    found = {
        f"{kind}.{listener_stats_name(listener)}"
        for listener in balancer.listeners
        for kind in kinds.get(listener.protocol, ("tcp",))
    }
    found |= {
        f"http.{door_of(place)}"
        for listener in balancer.listeners
        for place in _without_nodes(balancer, places.get(listener.arn, ()))
        if listener.protocol == "HTTP" and place in sole
    }
    return frozenset(found)


def _without_nodes(balancer: LoadBalancer, places: Iterable[Place]) -> list[Place]:
    """Doors alone, without the load balancer's own addresses."""
    own = {node.address for node in balancer.nodes}
    return [place for place in places if place.address not in own]


def _forwarded(balancer: LoadBalancer) -> dict[str, None]:
    actions = (
        action
        for listener in balancer.listeners
        for action in (*(rule.action for rule in listener.rules), listener.default)
    )
    return {
        group.arn: None
        for action in actions
        if isinstance(action, Forward)
        for group in action.groups
    }


def _is_level(name: str) -> bool:
    return name.endswith("_active")


def _grown(before: int, after: int) -> int:
    return after - before if after >= before else after


def _grown_buckets(before: Buckets, after: Buckets) -> Buckets:
    if any(after.get(bucket, 0) < count for bucket, count in before.items()):
        before = {}
    grown = {bucket: count - before.get(bucket, 0) for bucket, count in after.items()}
    return {bucket: count for bucket, count in grown.items() if count}
