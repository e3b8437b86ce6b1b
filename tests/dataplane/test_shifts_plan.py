"""When a listener's weights count as taken, from what Envoy tells."""

import pytest
from msgspec.structs import replace

from homeport.contracts.routing_table import RoutingTable
from homeport.dataplane.envoy.admin import ListenerState
from homeport.dataplane.envoy.resources import Doors, Resources
from homeport.dataplane.envoy.shifts import (
    Wanted,
    is_taken,
    missing,
    refusal,
    wanted_shifts,
)
from homeport.dataplane.envoy.translate import translate
from routing_tables import a_balancer, a_certificate, a_group, a_listener, a_table, a_target, to

HERE, DOOR = "10.0.0.1-80-tcp", "127.0.0.1-80-tcp"
WANTED = Wanted(
    listener_arn="listener",
    shift=7,
    places={HERE: frozenset({"routes"}), DOOR: frozenset({"door"})},
)
TOLD = {"routes": "new", "door": "new", "other": "new"}
BOTH = frozenset({HERE, DOOR})


def opened(*names: str, **members: object) -> ListenerState:
    return ListenerState(opened=frozenset(names), **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "taken", "is_so"),
    [
        (opened(HERE, DOOR), {("routes", "new"), ("door", "new")}, True),
        (opened(HERE, DOOR), {("routes", "new"), ("door", "old")}, False),
        (opened(HERE, DOOR), {("routes", "new")}, False),
        (opened(HERE, DOOR), {("routes", "new"), ("other", "new")}, False),
        (opened(HERE), {("routes", "new")}, True),
        (opened(HERE), {("door", "new")}, False),
        (opened(), {("routes", "new"), ("door", "new")}, False),
        (opened("another"), {("routes", "new"), ("door", "new")}, False),
        (
            opened(HERE, DOOR, warming=frozenset({HERE})),
            {("routes", "new"), ("door", "new")},
            False,
        ),
        (
            opened(HERE, DOOR, refused={DOOR: "no"}),
            {("routes", "new"), ("door", "new")},
            False,
        ),
        (opened(HERE, warming=frozenset({DOOR})), {("routes", "new")}, True),
    ],
)
def test_a_shift_is_taken_where_all_open_places_go_by_it(
    state: ListenerState, taken: set[tuple[str, str]], is_so: bool
) -> None:
    assert is_taken(WANTED, state, told=TOLD, taken=frozenset(taken)) is is_so


def test_what_is_missing_are_the_routes_of_open_places() -> None:
    taken = frozenset({("door", "old")})
    assert missing(WANTED, opened(HERE, DOOR), told=TOLD, taken=taken) == {"routes", "door"}
    assert missing(WANTED, opened(DOOR), told=TOLD, taken=taken) == {"door"}
    assert missing(WANTED, opened(), told=TOLD, taken=taken) == frozenset()


def test_the_reason_is_the_last_in_envoys_log_without_what_follows_it() -> None:
    start = "[2026-01-01][warning][config] [x.cc:1] Filesystem config update"
    assert refusal("") == ""
    assert refusal("[warning] all is well\n") == ""
    log = f"{start} rejected: first.\n{start} rejected: missing ): (\nmore\n"
    assert refusal(log) == "missing ): ("
    whole = '{"version_info": "2", "resources": ["-----BEGIN PRIVATE KEY"]}'
    assert refusal(f"{start} failure: in /x/y.json, Unable to parse (x): {whole}") == (
        "in /x/y.json, Unable to parse (x)"
    )
    assert len(refusal(f"{start} rejected: {'long ' * 1000}")) < 320


def made(table: RoutingTable) -> tuple[dict[str, Wanted], Resources]:
    resources = translate(table, Doors(), directory="/envoy")
    found = wanted_shifts(table, resources)
    return {each.listener_arn: each for each in found}, resources


def test_every_listener_waits_for_the_routes_of_its_own_rules_everywhere() -> None:
    certificate = a_certificate("example.com")
    tables = []
    for name, port in (("one", 1), ("two", 2)):
        plain = a_listener(80, to("web"), shift=port)
        secure = a_listener(443, to("web"), protocol="HTTPS", certificates=(certificate,), shift=9)
        node = a_balancer(name, plain, secure, scheme="internet-facing")
        address = f"10.0.0.{port}"
        nodes = tuple(replace(each, address=address) for each in node.nodes)
        tables.append(replace(node, nodes=nodes))
    net = a_balancer("net", a_listener(90, to("tcp"), protocol="TCP", shift=4), kind="network")
    net = replace(net, nodes=tuple(replace(each, address="10.0.0.3") for each in net.nodes))
    groups = a_group("web", a_target(1)), a_group("tcp", a_target(2), protocol="TCP")
    wanted, resources = made(a_table(*tables, net, *groups))
    named = set()
    for balancer in (*tables, net):
        for listener in balancer.listeners:
            found = wanted[listener.arn]
            assert found.shift == listener.shift
            routes = {name for own in found.places.values() for name in own}
            assert all(own for own in found.places.values())
            for name in routes:
                said = str(resources.routes[name])
                assert listener.arn in said or "stream" in name
            named |= routes
    assert named == resources.routes.keys()
    first, second = (
        set(wanted[each.listeners[1].arn].places["127.0.0.1-443-tcp"]) for each in tables
    )
    assert first.isdisjoint(second), "neither waits for the other's"


def test_a_listener_without_a_place_has_none_to_wait_for() -> None:
    lone = a_balancer("web", a_listener(80, to("web"), shift=3), nodes=())
    wanted, _ = made(a_table(lone, a_group("web")))
    (found,) = wanted.values()
    assert (found.shift, found.places) == (3, {})
