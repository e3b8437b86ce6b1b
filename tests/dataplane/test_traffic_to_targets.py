"""Requests through a real Envoy: which target gets them, by health and draining."""

import socket
from collections import Counter
from contextlib import ExitStack, closing

import msgspec

from dataplane.conftest import Backends
from envoy_rig import Rig, free_ports, until
from homeport.contracts.routing_table import Node, RoutingTable, TargetGroup
from homeport.dataplane.envoy.translate import clusters_of
from routing_tables import (
    CHECK,
    a_balancer,
    a_group,
    a_listener,
    a_table,
    a_target,
    group_arn,
    to,
)
from small_backends import Backend
from small_clients import Client, get


def web(port: int, *groups: TargetGroup, **fields: object) -> RoutingTable:
    return a_table(a_balancer("web", a_listener(port, to("web")), **fields), *groups)


def cluster(table: RoutingTable) -> str:
    [name] = clusters_of(table, group_arn("web"))
    return name


def names(port: int, count: int = 20) -> Counter[str]:
    return Counter(get(port).name for _ in range(count))


def test_only_healthy_targets_get_requests_until_none_is(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    both = [backends["one"], backends["two"]]
    group = a_group("web", *(a_target(each.port) for each in both), health=CHECK)
    table = web(port, group)
    rig.show(table)
    rig.healthy(cluster(table), 2)
    assert names(port).keys() == {"one", "two"}
    backends["one"].health = 500
    rig.healthy(cluster(table), 1)
    assert names(port).keys() == {"two"}
    backends["two"].health = 404
    rig.healthy(cluster(table), 0)
    assert names(port).keys() == {"one", "two"}
    backends["one"].health = 200
    rig.healthy(cluster(table), 1)
    assert names(port).keys() == {"one"}


def test_draining_targets_get_nothing_even_when_none_is_healthy(
    rig: Rig, backends: Backends
) -> None:
    [port] = free_ports(1)
    old, new = backends["old"], backends["new"]
    new.health = 500
    group = a_group("web", a_target(old.port, draining=True), a_target(new.port), health=CHECK)
    table = web(port, group)
    rig.show(table)
    until(lambda: new.checks)
    assert names(port).keys() == {"new"}
    alone = a_group("web", a_target(old.port, draining=True), health=CHECK)
    rig.show(web(port, alone))
    assert get(port).status == 503


def test_what_runs_on_a_draining_target_ends_well(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    old, new = backends["old"], backends["new"]
    rig.show(web(port, a_group("web", a_target(old.port), health=CHECK)))
    with closing(Client(port)) as waiting, closing(Client(port)) as patient:
        waiting.begin("/hold")
        assert old.held.wait(10)
        patient.begin("/hold")
        draining = a_target(old.port, draining=True)
        table = web(port, a_group("web", draining, a_target(new.port), health=CHECK))
        rig.show(table)
        until(lambda: rig.targets(cluster(table)).get(new.port) == "healthy")
        assert names(port).keys() == {"new"}
        # Gone altogether: what runs still ends.
        rig.show(web(port, a_group("web", a_target(new.port), health=CHECK)))
        old.release.set()
        assert waiting.end().name == "old"
        assert patient.end().name == "old"
        assert waiting.get().name == "new"


def test_the_target_with_the_fewest_outstanding_requests_gets_the_next(
    rig: Rig, backends: Backends
) -> None:
    [port] = free_ports(1)
    busy, idle = backends["busy"], backends["idle"]
    fewest = "least_outstanding_requests"
    rig.show(web(port, a_group("web", a_target(busy.port), algorithm=fewest)))
    with ExitStack() as waiting:
        for client in [waiting.enter_context(closing(Client(port))) for _ in range(5)]:
            client.begin("/hold")
        assert busy.held.wait(10)
        both = a_target(busy.port), a_target(idle.port)
        rig.show(web(port, a_group("web", *both, algorithm=fewest)))
        # Of five that it takes at random, all are the busy one in 1 of 32 cases.
        assert names(port, 64)["idle"] > 48
        busy.release.set()


def test_a_failure_counts_towards_the_threshold(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    patient = msgspec.structs.replace(CHECK, unhealthy_threshold=5, healthy_threshold=3)
    only = backends["one"]
    table = web(port, a_group("web", a_target(only.port), health=patient))
    rig.show(table)
    rig.healthy(cluster(table), 1)
    before = len(only.checks)
    only.health = 503
    rig.healthy(cluster(table), 0)
    assert len(only.checks) - before >= 5
    before = len(only.checks)
    only.health = 200
    rig.healthy(cluster(table), 1)
    assert len(only.checks) - before >= 3


def test_checks_ask_as_elb_asks(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    matcher = msgspec.structs.replace(CHECK, matcher="204,300-302")
    only = backends["one"]
    only.health = 302
    table = web(port, a_group("web", a_target(only.port), health=matcher))
    rig.show(table)
    rig.healthy(cluster(table), 1)
    assert only.checks[0]["host"] == f"127.0.0.1:{only.port}"
    assert only.checks[0]["user-agent"] == "ELB-HealthChecker/2.0"
    assert "x-forwarded-for" not in only.checks[0]
    only.health = 303
    rig.healthy(cluster(table), 0)
    log = rig.directory / "health.log"
    until(lambda: "eject_unhealthy_event" in log.read_text())
    assert '"http_status_code":303' in log.read_text().replace(" ", "")


def test_checks_go_to_another_port_where_the_group_says_so(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    served, checked = backends["served"], backends["checked"]
    elsewhere = msgspec.structs.replace(CHECK, port=checked.port)
    table = web(port, a_group("web", a_target(served.port), health=elsewhere))
    rig.show(table)
    rig.healthy(cluster(table), 1)
    assert checked.checks
    assert not served.checks
    assert get(port).name == "served"


def test_failures_get_the_codes_and_pages_of_elb(rig: Rig, backends: Backends) -> None:
    port, nobody = free_ports(2)
    rig.show(web(port, a_group("web")))
    none = get(port)
    assert (none.status, none.header("server")) == (503, "awselb/2.0")
    assert none.header("content-type") == "text/html"
    assert "<h1>503 Service Temporarily Unavailable</h1>" in none.text
    rig.show(web(port, a_group("web", a_target(nobody))))
    refused = get(port)
    assert refused.status == 502
    assert "<h1>502 Bad Gateway</h1>" in refused.text
    only = a_group("web", a_target(backends["one"].port))
    rig.show(web(port, only, idle_timeout_s=0.3))
    broken = get(port, "/break")
    assert (broken.status, broken.header("server")) == (502, "awselb/2.0")
    late = get(port, "/hold")
    assert (late.status, late.header("server")) == (504, "awselb/2.0")
    assert "<h1>504 Gateway Time-out</h1>" in late.text
    assert get(port).status == 200


def test_a_client_that_does_not_end_its_headers_is_told_so(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    group = a_group("web", a_target(backends["one"].port))
    rig.show(web(port, group, idle_timeout_s=0.3))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        got = b""
        while more := slow.recv(65536):
            got += more
    assert got.startswith(b"HTTP/1.1 408 ")
    assert b"server: awselb/2.0\r\n" in got
    assert b"<h1>408 Request Time-out</h1>" in got


def test_another_target_is_tried_when_one_refuses(rig: Rig, backends: Backends) -> None:
    port, nobody = free_ports(2)
    rig.show(web(port, a_group("web", a_target(nobody), a_target(backends["one"].port))))
    assert {get(port).status for _ in range(40)} == {200}


def test_zones_keep_to_themselves_without_cross_zone(rig: Rig) -> None:
    [port] = free_ports(1)
    zones = {"us-east-1a": "127.0.0.5", "us-east-1b": "127.0.0.6", "us-east-1c": "127.0.0.7"}
    nodes = tuple(
        Node(zone=zone, subnet_id="subnet", address=address) for zone, address in zones.items()
    )
    with closing(Backend("us-east-1a")) as one, closing(Backend("us-east-1b")) as two:
        targets = [a_target(each.port, zone=each.name) for each in (one, two)]
        for cross_zone in (True, False):
            group = a_group("web", *targets, cross_zone=cross_zone)
            rig.show(web(port, group, nodes=nodes))
            for zone in ("us-east-1a", "us-east-1b"):
                answers = [get(port, address=zones[zone]).name for _ in range(20)]
                assert set(answers) == ({zone} if not cross_zone else {one.name, two.name})
            there = get(port, address=zones["us-east-1c"]).status
            assert there == (200 if cross_zone else 503)


def test_targets_come_and_go_without_one_failure(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    every = [backends[name] for name in ("one", "two", "three")]
    tables = [
        web(port, a_group("web", *(a_target(each.port) for each in every if each is not left)))
        for left in every
    ]
    listeners = {str(rig.show(table).listeners) for table in tables}
    assert len(listeners) == 1
    with closing(Client(port)) as client:
        for turn in range(9):
            rig.show(tables[turn % 3])
            left = every[turn % 3].name
            assert left not in {client.get().name for _ in range(12)}
    assert rig.stat("listener_manager.listener_modified") == 0
