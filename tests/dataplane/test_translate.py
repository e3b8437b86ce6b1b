"""The translation to Envoy's resources, without an Envoy: what stays the same, what is where."""

import json
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.contracts.routing_table import (
    FixedResponse,
    HostIs,
    LoadBalancer,
    Node,
    PathIs,
    QueryHas,
    RoutingTable,
    Rule,
    SourceIs,
    Target,
    TargetGroup,
)
from homeport.dataplane.envoy.resources import Doors, Place, Resources
from homeport.dataplane.envoy.translate import clusters_of, endpoints_of, translate
from homeport.dataplane.envoy.translate_checks import health_check
from homeport.dataplane.envoy.translate_conditions import match_of
from homeport.dataplane.envoy.translate_terms import duration
from homeport.dataplane.envoy.translate_tls import parameters
from routing_tables import (
    CHECK,
    a_balancer,
    a_group,
    a_listener,
    a_rule,
    a_table,
    a_target,
    group_arn,
    to,
)

OK = FixedResponse(status_code=200)


def resources(table: RoutingTable, doors: Doors | None = None) -> Resources:
    return translate(table, doors or Doors(), directory="/state")


def places_of(made: Resources, name: str) -> list[Place]:
    return [
        place for each in made.places if f"/{name}/" in each.listener_arn for place in each.places
    ]


def test_a_load_balancer_listens_at_each_of_its_addresses_and_at_the_door() -> None:
    nodes = tuple(
        Node(zone=zone, subnet_id="subnet", address=address)
        for zone, address in (("a", "10.0.0.5"), ("b", "10.0.1.5"))
    )
    balancers = [
        a_balancer(
            name, a_listener(80, OK), nodes=nodes if scheme == "internal" else (), scheme=scheme
        )
        for name, scheme in (("inside", "internal"), ("outside", "internet-facing"))
    ]
    made = resources(a_table(*balancers), Doors(host="127.0.0.1", ports={80: 8080}))
    assert places_of(made, "inside") == [
        Place(address="10.0.0.5", port=80),
        Place(address="10.0.1.5", port=80),
    ]
    assert places_of(made, "outside") == [Place(address="127.0.0.1", port=8080)]
    assert set(made.listeners) == {"10.0.0.5-80-tcp", "10.0.1.5-80-tcp", "127.0.0.1-8080-tcp"}
    assert all(each["freebind"] for each in made.listeners.values())


def test_a_port_that_cannot_be_shared_belongs_to_the_first_by_name() -> None:
    def outside(name: str, protocol: str) -> LoadBalancer:
        kind = "application" if protocol == "HTTP" else "network"
        listener = a_listener(80, to("web"), protocol=protocol)
        return a_balancer(name, listener, kind=kind, scheme="internet-facing", nodes=())

    table = a_table(outside("c", "HTTP"), outside("b", "TCP"), outside("d", "TCP_UDP"))
    made = resources(table)
    taken = (
        "Port 80 of 127.0.0.1 belongs to a listener of load balancer b: "
        "only HTTP and HTTPS listeners of different ones share a port."
    )
    problems = {each.listener_arn.split("/")[2]: each.problems for each in made.places}
    assert problems == {
        "b": (),
        "c": (taken,),
        "d": (taken,),
    }
    assert places_of(made, "d") == [Place(address="127.0.0.1", port=80, is_udp=True)]
    table = a_table(outside("a", "HTTP"), outside("b", "TCP"), outside("c", "HTTP"))
    made = resources(table)
    assert [each.listener_arn.split("/")[2] for each in made.places if each.problems] == ["b"]


def test_one_door_is_not_for_two_listeners_of_one_load_balancer() -> None:
    listeners = [a_listener(80, OK), a_listener(8080, OK)]
    balancer = a_balancer("web", *listeners, scheme="internet-facing", nodes=())
    made = resources(a_table(balancer), Doors(ports={80: 8080}))
    assert [bool(each.problems) for each in made.places] == [False, True]


def test_the_clusters_of_a_group_are_those_of_the_load_balancers_that_forward_to_it() -> None:
    rule = a_rule(to("api"), PathIs(values=("/api",)))
    table = a_table(
        a_balancer("one", a_listener(80, to("web"), rule), a_listener(81, to("web"))),
        a_balancer("two", a_listener(80, to("web"))),
        a_group("web", a_target(1)),
        a_group("api"),
    )
    made = resources(table)
    assert len(clusters_of(table, group_arn("web"))) == 2
    assert len(clusters_of(table, group_arn("api"))) == 1
    assert clusters_of(table, group_arn("other")) == ()
    every = [*clusters_of(table, group_arn("web")), *clusters_of(table, group_arn("api"))]
    assert set(every) == set(made.clusters) == set(made.endpoints) == set(made.groups)
    for name, arn in made.groups.items():
        group = next(each for each in table.target_groups if each.arn == arn)
        assert made.endpoints[name] == endpoints_of(group, name)


def test_clusters_connect_from_an_address_of_their_load_balancer() -> None:
    nodes = (Node(zone="a", subnet_id="subnet", address="10.0.0.5"),)
    made = resources(
        a_table(a_balancer("one", a_listener(80, to("web")), nodes=nodes), a_group("web"))
    )
    [cluster] = made.clusters.values()
    source = cluster["upstream_bind_config"]["source_address"]
    assert source == {"address": "10.0.0.5", "port_value": 0}


def test_clients_on_loopback_are_told_as_they_are() -> None:
    balancers = [
        a_balancer(
            name, a_listener(80, OK), nodes=(Node(zone="a", subnet_id="s", address=address),)
        )
        for name, address in (("one", "10.0.0.5"), ("two", "127.0.0.5"))
    ]
    made = resources(a_table(*balancers))
    leaves_it_to_routes = {
        name: listener["filter_chains"][0]["filters"][-1]["typed_config"]["skip_xff_append"]
        for name, listener in made.listeners.items()
    }
    assert leaves_it_to_routes == {"10.0.0.5-80-tcp": False, "127.0.0.5-80-tcp": True}


_targets = st.lists(
    st.builds(
        Target,
        target_id=st.just("i-1"),
        address=st.just("10.0.0.9"),
        port=st.integers(1, 65535),
        zone=st.sampled_from(["a", "b"]),
        draining=st.booleans(),
    ),
    max_size=5,
).map(tuple)
_actions = st.sampled_from(
    [to("web"), to("api"), to(web=1, api=3), to(sticky_s=60, web=1, api=0), OK]
)
_rules = st.lists(
    st.builds(
        lambda action, path: a_rule(action, PathIs(values=(path,))),
        _actions,
        st.sampled_from(["/a", "/b*"]),
    ),
    max_size=3,
).map(tuple)
_groups = st.tuples(_targets, _targets).map(
    lambda pair: (
        a_group("web", *pair[0], health=CHECK),
        a_group("api", *pair[1], health=CHECK),
    )
)


def _table(
    rules: tuple[Rule, ...], action: object, groups: tuple[TargetGroup, ...]
) -> RoutingTable:
    outside = {"scheme": "internet-facing"}
    forward = action if action is not OK else to("web")
    return a_table(
        a_balancer("web", a_listener(80, action, *rules), **outside),  # type: ignore[arg-type]
        a_balancer("net", a_listener(90, forward, protocol="TCP"), kind="network", **outside),  # type: ignore[arg-type]
        *groups,
    )


@settings(deadline=None)
@given(
    before=st.tuples(_rules, _actions, _groups),
    after=st.tuples(_rules, _actions, _groups),
)
def test_listeners_stay_as_they_are_when_rules_weights_and_targets_change(
    before: tuple[object, ...], after: tuple[object, ...]
) -> None:
    made = [resources(_table(*each)) for each in (before, after)]  # type: ignore[arg-type]
    assert _bytes(made[0].listeners) == _bytes(made[1].listeners)
    shared = made[0].clusters.keys() & made[1].clusters.keys()
    for name in shared:
        assert _bytes(made[0].clusters[name]) == _bytes(made[1].clusters[name])
    assert set(made[0].routes) == set(made[1].routes)


@settings(deadline=None)
@given(targets=_targets)
def test_targets_are_all_there_and_draining_ones_out_of_use(targets: tuple[Target, ...]) -> None:
    made = endpoints_of(a_group("web", *targets, health=CHECK), "web")
    found = [each for locality in made["endpoints"] for each in locality["lb_endpoints"]]
    assert [each["endpoint"]["address"]["socket_address"]["port_value"] for each in found] == [
        target.port for target in targets
    ]
    for each, target in zip(found, targets, strict=True):
        assert ("metadata" in each) is not target.draining
        assert (each.get("health_status") == "DRAINING") is target.draining


def _bytes(value: object) -> str:
    return json.dumps(value)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (PathIs(values=("/img",)), {"path": "/img"}),
        (PathIs(values=("/img/*",)), {"prefix": "/img/"}),
        (PathIs(values=("*",)), {"safe_regex": {"regex": "(?s)(?:.*)"}}),
        (PathIs(values=("/a?", "/b.*")), {"safe_regex": {"regex": r"(?s)(?:/a.|/b\..*)"}}),
    ],
)
def test_paths_are_compared_plainly_where_they_can_be(
    condition: PathIs, expected: dict[str, object]
) -> None:
    assert match_of((condition,)) == expected


def test_conditions_are_all_to_hold() -> None:
    match = match_of(
        (
            HostIs(values=("*.example.com",)),
            PathIs(values=("/a",)),
            QueryHas(values=((None, "x"),)),
            SourceIs(values=("10.0.0.0/8", "192.168.0.1")),
        )
    )
    assert match["path"] == "/a"
    assert [each["name"] for each in match["headers"]] == [":authority", ":path"]
    assert match["headers"][0]["string_match"] == {"suffix": ".example.com", "ignore_case": True}
    [source] = match["filter_state"]
    assert source["address_match"]["ranges"] == [
        {"address_prefix": "10.0.0.0", "prefix_len": 8},
        {"address_prefix": "192.168.0.1", "prefix_len": 32},
    ]


@pytest.mark.parametrize(
    ("matcher", "ranges"),
    [
        ("200", [(200, 201)]),
        ("200,202", [(200, 201), (202, 203)]),
        ("200-299,404", [(200, 300), (404, 405)]),
        ("", [(200, 201)]),
    ],
)
def test_matchers_become_ranges_of_codes(matcher: str, ranges: list[tuple[int, int]]) -> None:
    group = a_group("web", health=msgspec.structs.replace(CHECK, matcher=matcher))
    check = health_check(group, directory="/state")["http_health_check"]
    assert [(each["start"], each["end"]) for each in check["expected_statuses"]] == ranges


def test_the_standard_grpc_check_is_made_where_its_answer_is_what_counts() -> None:
    for path, matcher, is_standard in (
        ("/grpc.health.v1.Health/Check", "0", True),
        ("/grpc.health.v1.Health/Check", "0-99", True),
        ("/grpc.health.v1.Health/Check", "12", False),
        ("/AWS.ALB/healthcheck", "12", False),
    ):
        health = msgspec.structs.replace(CHECK, path=path, matcher=matcher)
        check = health_check(a_group("web", version="GRPC", health=health), directory="/state")
        assert ("grpc_health_check" in check) is is_standard


@pytest.mark.parametrize(
    ("policy", "oldest", "newest"),
    [
        ("ELBSecurityPolicy-2016-08", "TLSv1_0", "TLSv1_2"),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", "TLSv1_2", "TLSv1_3"),
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "TLSv1_2", "TLSv1_3"),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", "TLSv1_3", "TLSv1_3"),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", "TLSv1_0", "TLSv1_3"),
        ("ELBSecurityPolicy-FS-1-1-2019-08", "TLSv1_1", "TLSv1_2"),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", "TLSv1_1", "TLSv1_2"),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", "TLSv1_2", "TLSv1_2"),
    ],
)
def test_security_policies_have_their_versions(policy: str, oldest: str, newest: str) -> None:
    found = parameters(policy)
    assert found["tls_minimum_protocol_version"] == oldest
    assert found["tls_maximum_protocol_version"] == newest


@pytest.mark.parametrize(
    ("seconds", "said"), [(60.0, "60s"), (0.25, "0.25s"), (1 / 3, "0.333333s"), (100.0, "100s")]
)
def test_durations_are_as_envoy_reads_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_five_hundred_groups_with_five_thousand_targets_are_quick() -> None:
    groups = [
        a_group(f"group{number}", *(a_target(port) for port in range(1, 11)), health=CHECK)
        for number in range(500)
    ]
    balancers = [
        a_balancer(
            f"web{number}",
            a_listener(
                80,
                to(f"group{number}"),
                *(
                    a_rule(to(f"group{number + 50 * place}"), PathIs(values=(f"/{place}/*",)))
                    for place in range(1, 10)
                ),
            ),
            scheme="internet-facing",
        )
        for number in range(50)
    ]
    table = a_table(*balancers, *groups)
    made = resources(table)
    assert len(made.clusters) == 500
    spent = min(_spent(lambda: resources(table)) for _ in range(5))
    assert spent < 0.3
    name = next(iter(made.groups))
    group = next(each for each in groups if each.arn == made.groups[name])
    assert min(_spent(lambda: endpoints_of(group, name)) for _ in range(5)) < 0.002


def _spent(work: object) -> float:
    begun = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - begun
