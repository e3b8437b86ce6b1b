"""Envoy's own validation of a large table in which everything occurs."""

from itertools import product

import msgspec

from envoy_rig import Rig
from homeport.contracts.routing_table import (
    AccessLog,
    FixedResponse,
    HeaderIs,
    HostIs,
    MethodIs,
    Node,
    PathIs,
    QueryHas,
    Redirect,
    RoutingTable,
    Rule,
    SourceIs,
    TargetGroup,
    TargetStickiness,
)
from homeport.dataplane.envoy.resources import Doors
from homeport.dataplane.envoy.watch_limit import files_allowed
from routing_tables import (
    CHECK,
    UNCHECKED,
    a_balancer,
    a_certificate,
    a_group,
    a_listener,
    a_rule,
    a_table,
    a_target,
    to,
)

POLICIES = (
    "2016-08",
    "TLS13-1-2-2021-06",
    "TLS13-1-2-Res-2021-06",
    "TLS13-1-2-Ext1-2021-06",
    "TLS13-1-2-Ext2-2021-06",
    "TLS13-1-1-2021-06",
    "TLS13-1-0-2021-06",
    "TLS13-1-3-2021-06",
    "TLS-1-2-2017-01",
    "TLS-1-1-2017-01",
    "TLS-1-0-2015-04",
    "FS-1-2-Res-2020-10",
    "FS-1-2-Res-2019-08",
    "FS-1-1-2019-08",
    "TLS13-1-2-FIPS-2023-04",
    "TLS13-1-2-Ext0-FIPS-2023-04",
)


NODES = tuple(
    Node(zone=f"us-east-1{zone}", subnet_id="subnet", address=f"10.0.{number}.5")
    for number, zone in enumerate("abc")
)
CONDITIONS = (
    PathIs(values=("/a/*", "/b?", "/[x]+(y)")),
    HostIs(values=("example.com", "*.example.*")),
    HeaderIs(name="X-Any", values=("*", "a|b", "^$")),
    MethodIs(values=("GET", "M-SEARCH")),
    QueryHas(values=(("a", "*"), (None, r"\*x?"))),
    SourceIs(values=("10.0.0.0/8", "fd00::/8")),
)


def web_groups() -> list[TargetGroup]:
    stickiness = [None, TargetStickiness(kind="lb_cookie", duration_s=60)]
    stickiness.append(TargetStickiness(kind="app_cookie", duration_s=60, cookie_name="session"))
    algorithms = ("round_robin", "least_outstanding_requests", "weighted_random")
    return [
        a_group(
            f"web-{protocol}-{version}-{number}",
            a_target(number + 1),
            a_target(number + 2, draining=True, zone="us-east-1b"),
            protocol=protocol,
            version=version,
            algorithm=algorithms[number],
            stickiness=stickiness[number],
            slow_start_s=30.0 * (number % 2),
            cross_zone=number != 1,
            health=msgspec.structs.replace(CHECK, protocol=("HTTP", "HTTPS", "HTTP")[number]),
        )
        for protocol, version, number in product(
            ("HTTP", "HTTPS"), ("HTTP1", "HTTP2", "GRPC"), range(3)
        )
    ]


def net_groups() -> list[TargetGroup]:
    return [
        a_group(
            f"net-{protocol}",
            a_target(1),
            protocol=protocol,
            stickiness=TargetStickiness(kind="source_ip", duration_s=0),
            proxy_protocol_v2=protocol != "UDP",
            cross_zone=False,
            health=CHECK if protocol == "TLS" else UNCHECKED,
        )
        for protocol in ("TCP", "TLS", "UDP", "TCP_UDP")
    ]


def rules(groups: list[TargetGroup]) -> list[Rule]:
    actions = [to(group.name) for group in groups]
    actions += [to(sticky_s=60, **{group.name: place for place, group in enumerate(groups[:5])})]
    redirect = Redirect(status_code=301, host="a.#{host}", path="/x#{path}", query="#{query}&%")
    found = [a_rule(action, *CONDITIONS, name=f"r{n}") for n, action in enumerate(actions)]
    found += [a_rule(redirect, each) for each in CONDITIONS]
    return [*found, a_rule(FixedResponse(status_code=200, body="100%"), *CONDITIONS[:2])]


def everything() -> RoutingTable:
    web, net = web_groups(), net_groups()
    certificates = (a_certificate("example.com"), a_certificate("*.example.com", "b.test"))
    tls = {"certificates": certificates, "ssl_policy": "ELBSecurityPolicy-2016-08"}
    plain = a_listener(80, to("web-HTTP-HTTP1-0"), *rules(web))
    secure = [
        a_listener(
            5000 + number,
            to("web-HTTP-HTTP1-0"),
            *rules(web),
            protocol="HTTPS",
            **(tls | {"ssl_policy": f"ELBSecurityPolicy-{policy}"}),
        )
        for number, policy in enumerate(POLICIES)
    ]
    streams = [
        a_listener(6000 + number, to(f"net-{protocol}"), protocol=protocol)
        for number, protocol in enumerate(("TCP", "UDP", "TCP_UDP"))
    ]
    ended = a_listener(6100, to("net-TLS"), protocol="TLS", alpn=("HTTP2Optional",), **tls)
    outside = {"scheme": "internet-facing", "nodes": NODES, "access_log": AccessLog(group="")}
    other = outside | {
        "nodes": (),
        "preserve_host": True,
        "drop_invalid_headers": True,
        "forwarded_for": "remove",
        "forwards_tls_facts": True,
        "http2": False,
    }
    return a_table(
        a_balancer("one", plain, *secure, **outside),
        a_balancer("two", plain, secure[0], **other),
        a_balancer("net", *streams, ended, kind="network", **outside | {"nodes": NODES[:1]}),
        *web,
        *net,
    )


def test_envoy_finds_everything_valid(rig: Rig) -> None:
    rig.doors = Doors(host="127.0.0.9", ports={80: 8080})
    assert files_allowed(150) == 150  # Envoy watches each of its files by itself.
    assert rig.validate(everything()) == ""
