"""Connections through a real Envoy: TLS, HTTP/2 and gRPC."""

import re
import socket
import ssl
import subprocess
from contextlib import closing

import msgspec
import pytest

from dataplane.conftest import Backends
from envoy_rig import Rig, free_ports
from homeport.contracts.routing_table import FixedResponse, PathIs
from homeport.dataplane.envoy.resources import Doors
from homeport.dataplane.envoy.translate import clusters_of
from routing_tables import (
    CHECK,
    a_balancer,
    a_certificate,
    a_group,
    a_listener,
    a_rule,
    a_table,
    a_target,
    group_arn,
    to,
)
from small_clients import Client, get

MODERN = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def der(chain: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert(chain)


def test_the_certificate_is_chosen_by_the_name_that_the_client_asks_for(rig: Rig) -> None:
    [port] = free_ports(1)
    first, second = a_certificate("example.com"), a_certificate("*.example.org", "example.org")
    listener = a_listener(
        port,
        FixedResponse(status_code=200, body="ok"),
        protocol="HTTPS",
        certificates=(first, second),
        ssl_policy=MODERN,
    )
    rig.show(a_table(a_balancer("web", listener)))
    for name, expected in (
        ("example.com", first),
        ("www.example.org", second),
        ("example.org", second),
        ("unknown.net", first),
    ):
        with closing(Client(port, tls_name=name)) as client:
            assert client.get().text == "ok"
            assert client.certificate == der(expected.chain)


def test_security_policies_say_which_versions_of_tls_there_are(rig: Rig) -> None:
    policies = {
        "ELBSecurityPolicy-TLS13-1-3-2021-06": {"TLSv1.3"},
        MODERN: {"TLSv1.2", "TLSv1.3"},
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": {"TLSv1.2", "TLSv1.3"},
        "ELBSecurityPolicy-2016-08": {"TLSv1.2"},
        "ELBSecurityPolicy-FS-1-2-Res-2020-10": {"TLSv1.2"},
        "ELBSecurityPolicy-TLS-1-2-2017-01": {"TLSv1.2"},
    }
    ports = free_ports(len(policies))
    certificate = a_certificate("example.com")
    listeners = [
        a_listener(
            port,
            FixedResponse(status_code=200),
            protocol="HTTPS",
            certificates=(certificate,),
            ssl_policy=policy,
        )
        for port, policy in zip(ports, policies, strict=True)
    ]
    rig.show(a_table(a_balancer("web", *listeners)))
    for port, versions in zip(ports, policies.values(), strict=True):
        assert {each for each in ("TLSv1.2", "TLSv1.3") if _shakes_hands(port, each)} == versions


def _shakes_hands(port: int, version: str) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    only = ssl.TLSVersion.TLSv1_2 if version == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = only
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="example.com") as wrapped:
                return wrapped.version() == version
        except ssl.SSLError:
            return False


def test_http2_is_spoken_where_it_is_on(rig: Rig) -> None:
    ports = free_ports(2)
    certificate = a_certificate("example.com")
    balancers = [
        a_balancer(
            name,
            a_listener(
                port,
                FixedResponse(status_code=200),
                protocol="HTTPS",
                certificates=(certificate,),
                ssl_policy=MODERN,
            ),
            http2=name == "two",
        )
        for name, port in zip(("one", "two"), ports, strict=True)
    ]
    rig.show(a_table(*balancers))
    for port, version in zip(ports, ("1.1", "2"), strict=True):
        command = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_version}"]
        done = subprocess.run(
            [*command, f"https://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=20
        )
        assert done.stdout == version


def test_tls_facts_are_told_to_targets_when_asked(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    group = a_group("web", a_target(backends["web"].port))
    listener = a_listener(
        port,
        to("web"),
        protocol="HTTPS",
        certificates=(a_certificate("example.com"),),
        ssl_policy=MODERN,
    )
    rig.show(a_table(a_balancer("web", listener, forwards_tls_facts=True), group))
    with closing(Client(port, tls_name="example.com")) as client:
        seen = client.get().seen
    assert seen["x-amzn-tls-version"] == "TLSv1.3"
    assert re.fullmatch(r"TLS_[A-Z0-9_]+", seen["x-amzn-tls-cipher-suite"])
    assert seen["x-forwarded-proto"] == "https"


def test_https_load_balancers_share_a_door_by_sni_and_with_plain_http(rig: Rig) -> None:
    [port] = free_ports(1)
    rig.doors = Doors(host="127.0.0.9")

    def secure(name: str, *names: str) -> object:
        listener = a_listener(
            port,
            FixedResponse(status_code=200, body=name),
            protocol="HTTPS",
            certificates=(a_certificate(*names),),
            ssl_policy=MODERN,
        )
        return a_balancer(name, listener, scheme="internet-facing", nodes=())

    one, two = secure("one", "a.example.com"), secure("two", "*.example.com")
    plain = a_balancer(
        "plain",
        a_listener(port, FixedResponse(status_code=200, body="plain")),
        scheme="internet-facing",
        nodes=(),
    )
    rig.show(a_table(one, two, plain))  # type: ignore[arg-type]

    def asks(name: str) -> str:
        with closing(Client(port, address="127.0.0.9", tls_name=name)) as client:
            return client.get().text

    assert asks("a.example.com") == "one"
    assert asks("b.example.com") == "two"
    assert asks("two-123.us-east-1.elb.localhost") == "two"
    assert asks("unknown.net") == "one"
    assert get(port, address="127.0.0.9").text == "plain"


def test_http2_targets_are_spoken_to_and_checked_in_http2(rig: Rig, backends: Backends) -> None:
    # The target is a load balancer of its own: Envoy speaks HTTP/2 without TLS too.
    port, inner = free_ports(2)
    told = FixedResponse(status_code=200, body="inner")
    target = a_balancer("inner", a_listener(inner, told))
    deaf = a_target(backends["http1"].port)
    groups = [
        a_group("web", a_target(inner), version="HTTP2", health=CHECK),
        a_group("rpc", a_target(inner), version="GRPC", health=_grpc("/x.Y/Z")),
        a_group("bad", deaf, version="GRPC", health=_grpc("/x.Y/Z")),
    ]
    listener = a_listener(
        port,
        to("web"),
        a_rule(to("rpc"), PathIs(values=("/rpc",))),
        a_rule(to("bad"), PathIs(values=("/bad",))),
    )
    table = a_table(target, a_balancer("web", listener), *groups)
    rig.show(table)
    for name, healthy in (("web", 1), ("rpc", 1), ("bad", 0)):
        [cluster] = clusters_of(table, group_arn(name))
        rig.healthy(cluster, healthy)
        assert rig.stat(f"cluster.{cluster}.health_check.attempt")
    assert get(port).text == "inner"
    assert get(port, "/rpc").text == "inner"
    [cluster] = clusters_of(table, group_arn("web"))
    assert rig.stat(f"cluster.{cluster}.upstream_cx_http2_total") >= 1


def _grpc(path: str) -> object:
    return msgspec.structs.replace(CHECK, path=path, matcher="12")


def test_targets_with_tls_are_not_verified(rig: Rig) -> None:
    port, inner = free_ports(2)
    secure = a_listener(
        inner,
        FixedResponse(status_code=200, body="inner"),
        protocol="HTTPS",
        certificates=(a_certificate("someone.else"),),
        ssl_policy=MODERN,
    )
    health = msgspec.structs.replace(CHECK, protocol="HTTPS")
    groups = [
        a_group("one", a_target(inner), protocol="HTTPS", health=health),
        a_group("two", a_target(inner), protocol="HTTPS", version="HTTP2", health=health),
    ]
    listener = a_listener(port, to("one"), a_rule(to("two"), PathIs(values=("/two",))))
    table = a_table(a_balancer("inner", secure), a_balancer("web", listener), *groups)
    rig.show(table)
    for name in ("one", "two"):
        [cluster] = clusters_of(table, group_arn(name))
        rig.healthy(cluster, 1)
        assert get(port, f"/{name}").text == "inner"


@pytest.mark.parametrize("checked", ["TCP", "HTTP"])
def test_checks_may_be_plain_where_traffic_has_tls(
    rig: Rig, backends: Backends, checked: str
) -> None:
    port, inner = free_ports(2)
    health = msgspec.structs.replace(CHECK, protocol=checked, port=backends["plain"].port)
    certificate = a_certificate("example.com")
    secure = a_listener(
        inner,
        FixedResponse(status_code=200, body="inner"),
        protocol="HTTPS",
        certificates=(certificate,),
        ssl_policy=MODERN,
    )
    group = a_group("one", a_target(inner), protocol="HTTPS", health=health)
    listener = a_listener(port, to("one"))
    table = a_table(a_balancer("inner", secure), a_balancer("web", listener), group)
    rig.show(table)
    [cluster] = clusters_of(table, group_arn("one"))
    rig.healthy(cluster, 1)
    assert get(port).text == "inner"
