"""What CloudWatch is given of what went through load balancers."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from homeport.contracts.metrics import Datum
from homeport.contracts.routing_table import TrafficFigures
from homeport.services.elbv2.plan.metrics import Hosts, data_of, hosts_of
from homeport.services.elbv2.records.target_groups import Health

PREFIX = "arn:aws:elasticloadbalancing:us-east-1:000000000000"
APP = f"{PREFIX}:loadbalancer/app/web/0123456789abcdef"
NET = f"{PREFIX}:loadbalancer/net/flow/0123456789abcdef"
BLUE, GREEN = (f"{PREFIX}:targetgroup/{name}/0123456789abcdef" for name in ("blue", "green"))
OWNER = ("000000000000", "us-east-1")
LB = ("LoadBalancer", "app/web/0123456789abcdef")
TG = ("TargetGroup", "targetgroup/blue/0123456789abcdef")


def figures(
    group: str = BLUE, *, of: str = APP, at: float = 60.0, **members: object
) -> TrafficFigures:
    return TrafficFigures(load_balancer_arn=of, group_arn=group, began_at=at, **members)  # type: ignore[arg-type]


def shown(
    told: Sequence[TrafficFigures], hosts: dict[str, Hosts] | None = None
) -> dict[tuple[str, tuple[tuple[str, str], ...]], Datum]:
    (data,) = data_of(told, hosts or {}).values()
    found = {(each.name, each.dimensions): each for each in data}
    assert len(found) == len(data), "each is told once"
    return found


def test_targets_are_shown_by_load_balancer_and_by_group() -> None:
    told = [
        figures(requests=8, codes=(("2XX", 6), ("5XX", 2)), response_times=((0.1, 6), (0.2, 2))),
        figures(GREEN, requests=1, codes=(("2XX", 1),), response_times=((0.1, 1),)),
        figures(""),
    ]
    found = shown(told, {BLUE: Hosts(healthy=2, unhealthy=1, registered=4)})
    assert found["RequestCount", (LB,)].values == ((9, 1),)
    assert found["RequestCount", (LB, TG)].values == ((8, 1),)
    assert found["HTTPCode_Target_2XX_Count", (LB,)].values == ((7, 1),)
    assert found["HTTPCode_Target_5XX_Count", (LB, TG)].values == ((2, 1),)
    assert found["TargetResponseTime", (LB,)].values == ((0.1, 7), (0.2, 2))
    assert found["TargetResponseTime", (LB, TG)].values == ((0.1, 6), (0.2, 2))
    assert found["TargetResponseTime", (LB,)].unit == "Seconds"
    assert found["RequestCountPerTarget", (TG,)].values == ((4, 1),)
    assert found["RequestCountPerTarget", (LB, TG)].values == ((4, 1),)
    assert found["HealthyHostCount", (LB, TG)].values == ((2, 1),)
    assert found["UnHealthyHostCount", (LB, TG)].values == ((1, 1),)
    assert {each.namespace for each in found.values()} == {"AWS/ApplicationELB"}
    assert {each.at for each in found.values()} == {60.0}
    assert not any(name.startswith("HTTPCode_Target_4XX") for name, _ in found)


def test_what_the_load_balancer_answers_itself_and_its_connections() -> None:
    own = figures(
        "",
        codes=(("4XX", 1), ("5XX", 5), ("502", 2), ("503", 3)),
        new_connections=7,
        active_connections=4,
        processed_bytes=1000,
    )
    found = shown([own, figures(new_connections=2, active_connections=1, connection_errors=3)])
    assert {
        name: each.values for (name, dimensions), each in found.items() if dimensions == (LB,)
    } == {
        "HTTPCode_ELB_4XX_Count": ((1, 1),),
        "HTTPCode_ELB_5XX_Count": ((5, 1),),
        "HTTPCode_ELB_502_Count": ((2, 1),),
        "HTTPCode_ELB_503_Count": ((3, 1),),
        "NewConnectionCount": ((9, 1),),
        "ActiveConnectionCount": ((5, 1),),
        "ProcessedBytes": ((1000, 1),),
        "TargetConnectionErrorCount": ((3, 1),),
    }
    assert found["ProcessedBytes", (LB,)].unit == "Bytes"


def test_flows_of_a_network_load_balancer() -> None:
    told = [
        figures("", of=NET, new_connections=3, active_connections=2, processed_bytes=10),
        figures(of=NET, new_connections=5, processed_bytes=99),
    ]
    found = shown(told, {BLUE: Hosts(healthy=1, registered=1)})
    lb = ("LoadBalancer", "net/flow/0123456789abcdef")
    assert {key: each.values for key, each in found.items()} == {
        ("NewFlowCount", (lb,)): ((3, 1),),
        ("ActiveFlowCount", (lb,)): ((2, 1),),
        ("ProcessedBytes", (lb,)): ((10, 1),),
        ("HealthyHostCount", (lb, TG)): ((1, 1),),
        ("UnHealthyHostCount", (lb, TG)): ((0, 1),),
    }
    assert {each.namespace for each in found.values()} == {"AWS/NetworkELB"}


def test_where_nothing_happened_hosts_alone_are_counted() -> None:
    told = [figures(), figures(GREEN), figures("")]
    found = shown(told, {BLUE: Hosts(unhealthy=1, registered=1)})
    assert set(found) == {("HealthyHostCount", (LB, TG)), ("UnHealthyHostCount", (LB, TG))}
    assert data_of([figures()], {}) == {OWNER: ()}
    assert data_of([], {}) == {}


def test_hosts_are_those_of_the_newest_figures_only() -> None:
    told = [figures(at=60.0, requests=1), figures(at=120.0, requests=1)]
    (data,) = data_of(told, {BLUE: Hosts(healthy=1, registered=1)}).values()
    assert [each.at for each in data if each.name == "HealthyHostCount"] == [120.0]
    assert [each.at for each in data if each.name == "RequestCount"] == [60.0, 60.0, 120.0, 120.0]


def test_metrics_go_to_the_account_and_region_of_the_load_balancer() -> None:
    other = APP.replace("us-east-1:000000000000", "eu-west-1:111111111111")
    found = data_of([figures(requests=1), figures(of=other, requests=1)], {})
    assert set(found) == {OWNER, ("111111111111", "eu-west-1")}


def test_hosts_that_drain_or_are_new_are_neither_healthy_nor_unhealthy() -> None:
    states = ("healthy", "healthy", "unhealthy", "initial", "draining", "unused")
    assert hosts_of(Health(state=each) for each in states) == Hosts(
        healthy=2, unhealthy=1, registered=5
    )


FIGURES = st.builds(
    figures,
    st.sampled_from([BLUE, GREEN]),
    requests=st.integers(0, 9),
    codes=st.lists(
        st.tuples(st.sampled_from(["2XX", "3XX", "4XX", "5XX"]), st.integers(1, 9)),
        unique_by=lambda each: each[0],
    ).map(tuple),
)


@given(st.lists(FIGURES, max_size=4, unique_by=lambda each: each.group_arn))
def test_groups_add_up_to_their_load_balancer(told: list[TrafficFigures]) -> None:
    for data in data_of(told, {}).values():
        for name in ("RequestCount", *(f"HTTPCode_Target_{each}XX_Count" for each in (2, 3, 4, 5))):
            sums = {
                dimensions: sum(
                    value
                    for each in data
                    if each.name == name and len(each.dimensions) == dimensions
                    for value, _ in each.values
                )
                for dimensions in (1, 2)
            }
            assert sums[1] == sums[2]
        assert all(value > 0 for each in data for value, _ in each.values)
