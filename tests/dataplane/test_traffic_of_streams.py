"""Connections and datagrams through a real Envoy: network load balancers."""

import socket
import ssl
from collections import Counter
from contextlib import ExitStack, closing

import msgspec

from envoy_rig import Rig, free_ports, until
from homeport.contracts.routing_table import AccessLog, Node, TargetStickiness
from homeport.dataplane.envoy.translate import clusters_of
from routing_tables import (
    CHECK,
    a_balancer,
    a_certificate,
    a_group,
    a_listener,
    a_table,
    a_target,
    group_arn,
    to,
)
from small_backends import Datagrams, Echo
from small_clients import line

MODERN = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def network(port: int, *names: str, **fields: object) -> object:
    listener = fields.pop("listener", None)
    weights = dict.fromkeys(names, 1)
    listener = listener or a_listener(port, to(**weights), protocol="TCP")  # type: ignore[arg-type]
    return a_balancer("net", listener, kind="network", **fields)  # type: ignore[arg-type]


def test_connections_go_to_a_weighted_group_and_stay(rig: Rig) -> None:
    [port] = free_ports(1)
    with ExitStack() as ends:
        one, two = (ends.enter_context(closing(Echo(name))) for name in ("one", "two"))
        groups = [a_group(each.name, a_target(each.port), protocol="TCP") for each in (one, two)]
        before = rig.show(a_table(network(port, "one"), *groups))  # type: ignore[arg-type]
        opened, name = line(port)
        ends.enter_context(opened)
        assert name == "one"
        after = rig.show(a_table(network(port, "two"), *groups))  # type: ignore[arg-type]
        assert before.listeners == after.listeners
        fresh, name = line(port)
        ends.enter_context(fresh)
        assert name == "two"
        opened.sendall(b"still there?")
        assert opened.recv(100) == b"still there?"
        rig.show(a_table(network(port, "one", "two"), *groups))  # type: ignore[arg-type]
        found = Counter()
        for _ in range(60):
            more, name = line(port)
            more.close()
            found[name] += 1
        assert min(found["one"], found["two"]) > 10, found


def test_connections_to_a_draining_or_removed_target_stay(rig: Rig) -> None:
    [port] = free_ports(1)
    with closing(Echo("one")) as one, closing(Echo("two")) as two:
        tcp = {"protocol": "TCP", "health": msgspec.structs.replace(CHECK, protocol="TCP")}
        balancer = network(port, "web")

        def show(*targets: object) -> None:
            group = a_group("web", *targets, **tcp)  # type: ignore[arg-type]
            rig.show(a_table(balancer, group))  # type: ignore[arg-type]

        show(a_target(one.port))
        opened, name = line(port)
        assert name == "one"
        table = a_table(balancer, a_group("web"))  # type: ignore[arg-type]
        [cluster] = clusters_of(table, group_arn("web"))
        for old in ([a_target(one.port, draining=True)], []):
            show(*old, a_target(two.port))
            until(lambda: rig.targets(cluster).get(two.port) == "healthy")
            for _ in range(5):
                fresh, name = line(port)
                fresh.close()
                assert name == "two"
            opened.sendall(b"hello")
            assert opened.recv(100) == b"hello"
        opened.close()


def test_proxy_protocol_tells_targets_the_client(rig: Rig) -> None:
    [port] = free_ports(1)
    with closing(Echo("one")) as one:
        group = a_group("web", a_target(one.port), protocol="TCP", proxy_protocol_v2=True)
        rig.show(a_table(network(port, "web"), group))  # type: ignore[arg-type]
        opened, _ = line(port, source="127.0.0.44")
        until(lambda: one.first)
        opened.close()
    assert one.first[0].startswith(b"\r\n\r\n\x00\r\nQUIT\n\x21\x11")
    assert one.first[0][16:20] == bytes([127, 0, 0, 44])


def test_clients_by_address_come_back_to_their_target(rig: Rig) -> None:
    [port] = free_ports(1)
    with ExitStack() as ends:
        every = [ends.enter_context(closing(Echo(str(number)))) for number in range(4)]
        sticky = TargetStickiness(kind="source_ip", duration_s=0)
        group = a_group(
            "web", *(a_target(each.port) for each in every), protocol="TCP", stickiness=sticky
        )
        rig.show(a_table(network(port, "web"), group))  # type: ignore[arg-type]
        found: dict[str, set[str]] = {}
        for number in [*range(1, 25)] * 3:
            source = f"127.0.1.{number}"
            opened, name = line(port, source=source)
            opened.close()
            found.setdefault(source, set()).add(name)
    assert all(len(names) == 1 for names in found.values())
    assert len(set.union(*found.values())) > 1


def test_network_load_balancers_end_tls_and_log_it(rig: Rig) -> None:
    [port] = free_ports(1)
    certificate = a_certificate("example.com")
    listener = a_listener(
        port,
        to("web"),
        protocol="TLS",
        certificates=(certificate,),
        ssl_policy=MODERN,
        alpn=("HTTP2Preferred",),
    )
    balancer = network(port, listener=listener, access_log=AccessLog(group=""))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1", "h2"])
    with closing(Echo("one")) as one:
        group = a_group("web", a_target(one.port), protocol="TCP")
        rig.show(a_table(balancer, group))  # type: ignore[arg-type]
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        with context.wrap_socket(plain, server_hostname="example.com") as wrapped:
            assert wrapped.recv(100) == b"one\n"
            assert wrapped.selected_alpn_protocol() == "h2"
    [log] = until(lambda: list((rig.directory / "access").iterdir()))
    until(lambda: " TLSv1.3 " in log.read_text())
    assert log.read_text().startswith("tls 2.0 ")


def test_idle_connections_are_closed(rig: Rig) -> None:
    [port] = free_ports(1)
    listener = a_listener(port, to("web"), protocol="TCP", idle_timeout_s=0.2)
    with closing(Echo("one")) as one:
        group = a_group("web", a_target(one.port), protocol="TCP")
        rig.show(a_table(network(port, listener=listener), group))  # type: ignore[arg-type]
        opened, _ = line(port)
        assert opened.recv(100) == b""
        opened.close()


def test_a_network_load_balancer_without_targets_closes_connections(rig: Rig) -> None:
    port, other = free_ports(2)
    listeners = [
        a_listener(port, to("web"), protocol="TCP"),
        a_listener(other, to("unknown"), protocol="TCP"),
    ]
    balancer = a_balancer("net", *listeners, kind="network")
    rig.show(a_table(balancer, a_group("web", protocol="TCP")))
    for each in (port, other):
        opened, name = line(each)
        opened.close()
        assert name == ""


def test_zones_of_a_network_load_balancer_keep_to_themselves(rig: Rig) -> None:
    [port] = free_ports(1)
    nodes = tuple(
        Node(zone=zone, subnet_id="subnet", address=address)
        for zone, address in (("a", "127.0.0.5"), ("b", "127.0.0.6"))
    )
    with closing(Echo("a")) as one, closing(Echo("b")) as two:
        targets = [a_target(each.port, zone=each.name) for each in (one, two)]
        group = a_group("web", *targets, protocol="TCP", cross_zone=False)
        rig.show(a_table(network(port, "web", nodes=nodes), group))  # type: ignore[arg-type]
        for node in nodes:
            for _ in range(10):
                opened, name = line(port, address=node.address)
                opened.close()
                assert name == node.zone


def test_datagrams_are_answered(rig: Rig) -> None:
    [port] = free_ports(1)
    listener = a_listener(port, to("web"), protocol="TCP_UDP")
    with closing(Datagrams("one")) as one, closing(Echo("one")) as two:
        group = a_group("web", a_target(one.port), protocol="TCP_UDP")
        rig.show(a_table(network(port, listener=listener), group))  # type: ignore[arg-type]
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(10)
        client.sendto(b"hello", ("127.0.0.1", port))
        assert client.recv(100) == b"one:hello"
        client.close()
        assert two.port


def test_datagrams_are_shared_out_by_weight_and_each_client_stays(rig: Rig) -> None:
    [port] = free_ports(1)
    with ExitStack() as ends:
        every = [ends.enter_context(closing(Datagrams(name))) for name in ("one", "two", "three")]
        groups = [a_group(each.name, a_target(each.port), protocol="UDP") for each in every]
        shares = to(one=1, two=1, three=2)
        balancer = network(port, listener=a_listener(port, shares, protocol="UDP"))
        rig.show(a_table(balancer, *groups))  # type: ignore[arg-type]
        found: Counter[str] = Counter()
        for _ in range(1200):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(10)
                names = set()
                for _ in range(2):
                    asking.sendto(b"who?", ("127.0.0.1", port))
                    names.add(asking.recv(100).partition(b":")[0].decode())
                (name,) = names
                found[name] += 1
        for name, share in (("one", 0.25), ("two", 0.25), ("three", 0.5)):
            assert abs(found[name] / 1200 - share) < 0.07, found
