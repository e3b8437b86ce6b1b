"""What two looks at Envoy's counters say of what went through between them."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.contracts.routing_table import RoutingTable, TrafficFigures
from homeport.dataplane.envoy.figures import (
    Look,
    Meters,
    figures_of,
    gained,
    meters_of,
    together,
)
from homeport.dataplane.envoy.resources import Doors
from homeport.dataplane.envoy.translate import translate
from routing_tables import a_balancer, a_certificate, a_group, a_listener, a_table, a_target, to

WEB = Meters(
    load_balancer_arn="app",
    is_network=False,
    clusters={"one": "group-one", "two": "group-two"},
    doors=frozenset({"http.elb-1", "http.door-80"}),
)
NET = Meters(
    load_balancer_arn="net",
    is_network=True,
    clusters={"flow": "group-flow"},
    doors=frozenset({"tcp.elb-2", "udp.elb-2"}),
)

Growth = tuple[dict[str, int], dict[tuple[float, float], int]]

COUNTS = st.integers(0, 9)
GROWTH = st.builds(
    lambda first, second, level, fast, slow: (
        {"a.total": first, "b.total": second, "c_active": level},
        {(0.0, 0.0): fast, (10.0, 11.0): slow},
    ),
    *(COUNTS,) * 5,
)
GROWTHS = st.lists(GROWTH, min_size=1, max_size=5)


def counted(growths: list[Growth]) -> list[Look]:
    """How Envoy's counters look after each of these, from its start on."""
    looks, numbers, times = [], dict[str, int](), dict[tuple[float, float], int]()
    for more, buckets in growths:
        for name, value in more.items():
            numbers[name] = value if name.endswith("_active") else numbers.get(name, 0) + value
        for bucket, count in buckets.items():
            if count:
                times[bucket] = times.get(bucket, 0) + count
        looks.append(Look(numbers=dict(numbers), times={"one": dict(times)}))
    return looks


@given(GROWTHS)
def test_what_was_gained_adds_up_to_what_was_counted(growths: list[Growth]) -> None:
    looks = counted(growths)
    total, before = Look(), Look()
    for look in looks:
        total, before = together(total, gained(before, look)), look
    whole = {name: value for name, value in total.numbers.items() if value}
    assert whole == {name: value for name, value in looks[-1].numbers.items() if value}
    assert total.times.get("one", {}) == looks[-1].times["one"]


@given(GROWTHS, GROWTHS)
def test_an_envoy_that_began_anew_is_never_counted_negatively(
    first: list[Growth], second: list[Growth]
) -> None:
    before = counted(first)[-1]
    after = counted(second)[-1]
    seen = gained(before, after)
    assert all(value >= 0 for value in seen.numbers.values())
    assert all(count > 0 for buckets in seen.times.values() for count in buckets.values())
    for name, value in after.numbers.items():
        assert seen.numbers[name] <= value
        if value < before.numbers.get(name, 0):
            assert seen.numbers[name] == value


def test_what_is_there_at_the_moment_is_no_sum() -> None:
    first, second = Look(numbers={"x_active": 7}), Look(numbers={"x_active": 3})
    assert gained(first, second).of("x_active") == 3
    assert together(first, second).of("x_active") == 3
    assert together(first, Look()).of("x_active") == 0


def test_a_histogram_that_shrank_began_anew_as_a_whole() -> None:
    before = Look(times={"one": {(0.0, 1.0): 5, (1.0, 2.0): 1}})
    after = Look(times={"one": {(0.0, 1.0): 2, (1.0, 2.0): 4}})
    assert gained(before, after).times == {"one": {(0.0, 1.0): 2, (1.0, 2.0): 4}}


def of(figures: tuple[TrafficFigures, ...], group: str) -> TrafficFigures:
    (found,) = (each for each in figures if each.group_arn == group)
    return found


def test_answers_of_targets_and_of_the_load_balancer_are_told_apart() -> None:
    numbers = {
        "cluster.one.upstream_rq_2xx": 90,
        "cluster.one.upstream_rq_3xx": 2,
        "cluster.one.upstream_rq_4xx": 3,
        "cluster.one.upstream_rq_5xx": 12,
        "cluster.one.upstream_rq_1xx": 1,
        "own_answers.answers.door.elb-1.code.502.cluster.one": 4,
        "own_answers.answers.door.elb-1.code.503.cluster.one": 5,
        "own_answers.answers.door.elb-9.code.504.cluster.two": 6,
        "cluster.two.upstream_rq_5xx": 6,
        "own_answers.answers.door.door-80.code.400.cluster.": 7,
        "own_answers.answers.door.door-81.code.400.cluster.": 8,
        "own_answers.answers.door.elb-9.code.502.cluster.another": 9,
        "own_answers.answers.door.elb-1.code.504.cluster.retired": 1,
    }
    found = figures_of(Look(numbers=numbers), [WEB], began_at=60.0)
    one, two, whole = (of(found, group) for group in ("group-one", "group-two", ""))
    assert one.codes == (("2XX", 90), ("3XX", 2), ("4XX", 3), ("5XX", 3))
    assert one.requests == 103, "five never had a target; one became a WebSocket"
    assert (two.codes, two.requests) == ((), 6)
    assert dict(whole.codes) == {"4XX": 7, "5XX": 16, "502": 4, "503": 5, "504": 7}
    assert {each.began_at for each in found} == {60.0}
    assert {each.load_balancer_arn for each in found} == {"app"}


def test_times_are_the_middles_of_buckets_in_seconds() -> None:
    look = Look(times={"one": {(10.0, 12.0): 3, (0.0, 0.0): 4, (1.0, 2.0): 0}})
    found = of(figures_of(look, [WEB], began_at=0.0), "group-one")
    assert found.response_times == ((0.0, 4), (0.011, 3))


def test_connections_and_bytes_of_an_application_load_balancer() -> None:
    numbers = {
        "cluster.one.upstream_cx_total": 5,
        "cluster.one.upstream_cx_active": 2,
        "cluster.one.upstream_cx_connect_fail": 1,
        "cluster.one.upstream_cx_rx_bytes_total": 100,
        "cluster.one.upstream_cx_tx_bytes_total": 10,
        "cluster.two.upstream_cx_rx_bytes_total": 1,
        "http.elb-1.downstream_cx_total": 20,
        "http.elb-1.downstream_cx_active": 8,
        "http.door-80.downstream_cx_total": 3,
        "http.door-81.downstream_cx_total": 99,
    }
    found = figures_of(Look(numbers=numbers), [WEB], began_at=0.0)
    one, whole = of(found, "group-one"), of(found, "")
    assert (one.new_connections, one.active_connections, one.connection_errors) == (5, 2, 1)
    assert one.processed_bytes == 110
    assert (whole.new_connections, whole.active_connections) == (23, 8)
    assert whole.processed_bytes == 111


def test_flows_and_bytes_of_a_network_load_balancer() -> None:
    numbers = {
        "cluster.flow.upstream_cx_active": 4,
        "cluster.flow.upstream_cx_rx_bytes_total": 1000,
        "tcp.elb-2.downstream_cx_total": 6,
        "tcp.elb-2.downstream_cx_rx_bytes_total": 30,
        "tcp.elb-2.downstream_cx_tx_bytes_total": 20,
        "udp.elb-2.downstream_sess_total": 2,
        "udp.elb-2.downstream_sess_active": 1,
        "udp.elb-2.downstream_sess_rx_bytes": 5,
        "udp.elb-2.downstream_sess_tx_bytes": 7,
    }
    whole = of(figures_of(Look(numbers=numbers), [NET], began_at=0.0), "")
    assert (whole.new_connections, whole.active_connections) == (8, 5)
    assert whole.processed_bytes == 62


def test_what_had_no_traffic_is_there_with_nothing() -> None:
    found = figures_of(Look(), [WEB, NET], began_at=1.0)
    assert [(each.load_balancer_arn, each.group_arn) for each in found] == [
        ("app", "group-one"),
        ("app", "group-two"),
        ("app", ""),
        ("net", "group-flow"),
        ("net", ""),
    ]
    assert all(
        replace(each, began_at=0.0, load_balancer_arn="", group_arn="")
        == TrafficFigures(load_balancer_arn="", group_arn="", began_at=0.0)
        for each in found
    )


def metered(table: RoutingTable) -> dict[str, Meters]:
    made = translate(table, Doors(), directory="/envoy")
    return {each.load_balancer_arn: each for each in meters_of(table, made)}


def test_a_door_of_several_load_balancers_is_nobodys() -> None:
    plain = [a_balancer(name, a_listener(80, to("web"))) for name in ("one", "two")]
    open_to_all = [replace(each, scheme="internet-facing", nodes=()) for each in plain]
    alone = metered(a_table(open_to_all[0], a_group("web", a_target(1))))
    assert [each.doors >= {"http.door-80"} for each in alone.values()] == [True]
    shared = metered(a_table(*open_to_all, a_group("web", a_target(1))))
    assert all("http.door-80" not in each.doors for each in shared.values())
    assert {len(each.clusters) for each in shared.values()} == {1}
    assert len({name for each in shared.values() for name in each.clusters}) == 2


def test_every_door_that_envoy_has_is_metered() -> None:
    certificate = a_certificate("example.com")
    app = a_balancer(
        "app",
        a_listener(80, to("web")),
        a_listener(443, to("web"), protocol="HTTPS", certificates=(certificate,)),
    )
    net = a_balancer(
        "net",
        a_listener(81, to("tcp"), protocol="TCP"),
        a_listener(82, to("both"), protocol="TCP_UDP"),
        a_listener(83, to("udp"), protocol="UDP"),
        kind="network",
    )
    groups = [
        a_group("web"),
        *(a_group(name, protocol=name.upper()) for name in ("tcp", "udp")),
        a_group("both", protocol="TCP_UDP"),
    ]
    table = a_table(app, net, *groups)
    made = translate(table, Doors(), directory="/envoy")
    said = str(made.listeners) + str(made.routes)
    for each in meters_of(table, made):
        for door in each.doors:
            assert f"'stat_prefix': '{door.partition('.')[2]}'" in said
    assert sorted(len(each.doors) for each in meters_of(table, made)) == [2, 4]
