"""Requests through a real Envoy: what rules do with them, and what targets see."""

import re
import socket
from collections import Counter
from contextlib import closing

from dataplane.conftest import Backends
from envoy_rig import Rig, free_ports, until
from homeport.contracts.routing_table import (
    AccessLog,
    FixedResponse,
    HostIs,
    Node,
    PathIs,
    Redirect,
    TargetStickiness,
)
from homeport.dataplane.envoy.resources import Doors
from routing_tables import (
    a_balancer,
    a_group,
    a_listener,
    a_rule,
    a_table,
    a_target,
    to,
)
from small_clients import Client, get


def nodes(address: str = "127.0.0.5") -> tuple[Node, ...]:
    return (Node(zone="us-east-1a", subnet_id="subnet-1", address=address),)


def test_weights_share_out_requests_and_change_without_a_new_listener(
    rig: Rig, backends: Backends
) -> None:
    [port] = free_ports(1)
    groups = [a_group(name, a_target(backends[name].port)) for name in ("blue", "green")]

    def table(blue: int, green: int) -> object:
        return a_table(a_balancer("web", a_listener(port, to(blue=blue, green=green))), *groups)

    before = rig.show(table(3, 1))  # type: ignore[arg-type]
    with closing(Client(port)) as client:
        names = Counter(client.get().name for _ in range(400))
        assert 50 < names["green"] < 150, names
        after = rig.show(table(0, 1))  # type: ignore[arg-type]
        assert {client.get().name for _ in range(30)} == {"green"}
    assert before.listeners == after.listeners
    assert before.clusters == after.clusters


def test_a_client_stays_with_its_group_whatever_the_weights(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    groups = [a_group(name, a_target(backends[name].port)) for name in ("blue", "green")]
    for blue, green in ((1, 0), (0, 1)):
        forward = to(sticky_s=600, blue=blue, green=green)
        rig.show(a_table(a_balancer("web", a_listener(port, forward)), *groups))
        answer = get(port)
        if blue:
            assert answer.name == "blue"
            assert "Max-Age=600" in answer.header("set-cookie")
            kept = answer.cookie("AWSALBTG")
        else:
            assert answer.name == "green"
    assert {get(port, Cookie=f"a=b; {kept}").name for _ in range(20)} == {"blue"}
    assert get(port, Cookie="AWSALBTG=unknown").name == "green"


def test_a_client_comes_back_to_its_target(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    targets = [a_target(backends[name].port) for name in ("one", "two")]
    sticky = TargetStickiness(kind="lb_cookie", duration_s=600)
    plain = a_group("plain", a_target(backends["three"].port))

    def group(*, draining: bool) -> object:
        gone = a_target(backends["one"].port, draining=draining)
        return a_group("web", gone, targets[1], stickiness=sticky)

    for forward in (to("web"), to(web=1, plain=0), to(web=1000, plain=1)):
        balancer = a_balancer("web", a_listener(port, forward))
        rig.show(a_table(balancer, group(draining=False), plain))  # type: ignore[arg-type]
        first = until(lambda: next((a for a in [get(port)] if a.name == "one"), None))
        kept = first.cookie("AWSALB")
        assert kept, forward
        names = Counter(get(port, Cookie=kept).name for _ in range(20))
        assert names["one"] >= 18, names
        assert names["two"] == 0
    balancer = a_balancer("web", a_listener(port, to("web")))
    rig.show(a_table(balancer, group(draining=True)))  # type: ignore[arg-type]
    assert {get(port, Cookie=kept).name for _ in range(10)} == {"two"}


def test_redirects_mix_what_the_request_had(rig: Rig) -> None:
    [port] = free_ports(1)
    cases = {
        "/secure": Redirect(status_code=301, protocol="HTTPS", port="443"),
        "/moved": Redirect(
            status_code=302,
            host="www.#{host}",
            path="/new/#{path}",
            query="from=#{path}&#{query}&100%25",
        ),
        "/plain": Redirect(status_code=302, host="example.com", port="80", path="/x", query=""),
        "/inside": Redirect(status_code=302, path="/a-#{path}-#{port}", query="#{query}"),
    }
    rules = [
        a_rule(action, PathIs(values=(f"{path}*",)), name=path) for path, action in cases.items()
    ]
    rig.show(a_table(a_balancer("web", a_listener(port, to("none"), *rules))))

    def location(path: str) -> str:
        answer = get(port, path, Host="Example.org:99")
        assert answer.header("server") == "awselb/2.0"
        return f"{answer.status} {answer.header('location')}"

    assert location("/secure/a?b=c&d") == "301 https://Example.org:443/secure/a?b=c&d"
    assert location("/secure") == "301 https://Example.org:443/secure"
    assert location("/moved%20/b?q") == (
        f"302 http://www.Example.org:{port}/new/moved%20/b?from=moved%20/b&q&100%25"
    )
    assert location("/plain/y?z") == "302 http://example.com:80/x"
    assert location("/inside/a?x") == f"302 http://Example.org:{port}/a-inside/a-{port}?x"


def test_fixed_responses_are_as_the_rule_says(rig: Rig) -> None:
    [port] = free_ports(1)
    body = '{"100%": "%REQ(HOST)%"}'
    action = FixedResponse(status_code=418, content_type="application/json", body=body)
    empty = a_rule(FixedResponse(status_code=503), PathIs(values=("/empty",)))
    rig.show(a_table(a_balancer("web", a_listener(port, action, empty))))
    answer = get(port)
    assert (answer.status, answer.text) == (418, body)
    assert answer.header("content-type") == "application/json"
    assert (get(port, "/empty").status, get(port, "/empty").text) == (503, "")


def test_targets_see_the_headers_of_elb(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    group = a_group("web", a_target(backends["web"].port))

    def seen(**fields: object) -> dict[str, str]:
        balancer = a_balancer("web", a_listener(port, to("web")), nodes=nodes(), **fields)
        rig.show(a_table(balancer, group))
        return get(
            port,
            address="127.0.0.5",
            Host="example.com",
            X_Forwarded_For="10.9.8.7",
            X_Forwarded_Proto="gopher",
            X_Envoy_Retry_On="5xx",
            odd_name="x",
        ).seen

    usual = seen()
    assert usual["x-forwarded-for"] == "10.9.8.7,127.0.0.1"
    assert usual["x-forwarded-proto"] == "http"
    assert usual["x-forwarded-port"] == str(port)
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", usual["x-amzn-trace-id"])
    assert usual["host"] == f"example.com:{port}"
    assert not [name for name in usual if name.startswith("x-envoy")]
    assert backends["web"].sources == {"127.0.0.5"}
    assert seen(forwarded_for="preserve")["x-forwarded-for"] == "10.9.8.7"
    assert "x-forwarded-for" not in seen(forwarded_for="remove")
    assert re.fullmatch(
        r"10\.9\.8\.7,127\.0\.0\.1:\d+", seen(forwards_client_port=True)["x-forwarded-for"]
    )
    assert seen(preserve_host=True)["host"] == "example.com"


def test_a_trace_that_is_there_is_left_alone(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    group = a_group("web", a_target(backends["web"].port))
    rig.show(a_table(a_balancer("web", a_listener(port, to("web"))), group))
    given = "Root=1-67891233-abcdef012345678912345678"
    assert get(port, X_Amzn_Trace_Id=given).seen["x-amzn-trace-id"] == given
    assert len({get(port).seen["x-amzn-trace-id"] for _ in range(20)}) == 20


def test_header_names_with_underscores_are_dropped_when_asked(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    group = a_group("web", a_target(backends["web"].port))
    for drops in (False, True):
        balancer = a_balancer("web", a_listener(port, to("web")), drop_invalid_headers=drops)
        rig.show(a_table(balancer, group))
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nodd_name: 1\r\nConnection: close\r\n\r\n")
        got = b""
        while more := client.recv(65536):
            got += more
        client.close()
        assert (b"odd_name" in got) is not drops


def test_websockets_pass(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    group = a_group("web", a_target(backends["web"].port))
    rig.show(a_table(a_balancer("web", a_listener(port, to("web"))), group))
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.sendall(
        b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    got = b""
    while b"\r\n\r\n" not in got:
        got += client.recv(1024)
    assert got.startswith(b"HTTP/1.1 101")
    # New rules, new targets: it stays open.
    more = a_group("web", a_target(backends["other"].port), a_target(backends["web"].port))
    rule = a_rule(FixedResponse(status_code=200), PathIs(values=("/x",)))
    rig.show(a_table(a_balancer("web", a_listener(port, to("web"), rule)), more))
    client.sendall(b"are you there?")
    assert client.recv(1024) == b"are you there?"
    client.close()


def test_load_balancers_share_a_door_by_host(rig: Rig) -> None:
    [port] = free_ports(1)
    rig.doors = Doors(host="127.0.0.9", ports={8000: port})

    def balancer(name: str, *hosts: str) -> object:
        special = FixedResponse(status_code=200, body=f"{name} by rule")
        rules = [a_rule(special, HostIs(values=hosts))] if hosts else []
        listener = a_listener(8000, FixedResponse(status_code=200, body=name), *rules)
        return a_balancer(name, listener, scheme="internet-facing", nodes=())

    balancers = [balancer("beta", "api.example.com", "*.beta.test"), balancer("alpha")]
    balancers.append(balancer("gamma", "api.example.com"))
    rig.show(a_table(*balancers))  # type: ignore[arg-type]

    def asks(host: str) -> str:
        return get(port, address="127.0.0.9", Host=host).text

    assert asks("alpha-123.us-east-1.elb.localhost") == "alpha"
    assert asks(f"BETA-123.us-east-1.elb.localhost:{port}") == "beta"
    assert asks("gamma-123.us-east-1.elb.localhost") == "gamma"
    assert asks("whoever.else") == "alpha"
    assert asks("api.example.com") == "beta by rule"
    assert asks("x.beta.test") == "beta by rule"


def test_each_load_balancer_at_a_door_has_its_own_access_log(rig: Rig, backends: Backends) -> None:
    [port] = free_ports(1)
    rig.doors = Doors(host="127.0.0.9")
    group = a_group("web", a_target(backends["web"].port))
    balancers = [
        a_balancer(
            name,
            a_listener(port, to("web"), a_rule(to("none"), PathIs(values=("/none",)))),
            scheme="internet-facing",
            nodes=(),
            access_log=AccessLog(group="") if is_logged else None,
        )
        for name, is_logged in (("one", True), ("two", True), ("three", False))
    ]
    rig.show(a_table(*balancers, group))
    for balancer in balancers:
        for path in ("/a?b", "/none"):
            get(port, path, address="127.0.0.9", Host=balancer.dns_name, User_Agent='say "hi"')
    logs = rig.directory / "access"
    until(lambda: sum(len(each.read_text().splitlines()) for each in logs.iterdir()) == 4)
    [first] = logs.glob("one-*")
    good, bad = first.read_text().splitlines()
    assert good.startswith("http 20")
    assert " app/one/0123456789abcdef 127.0.0.1:" in good
    assert f'"GET http://{balancers[0].dns_name}:{port}/a?b HTTP/1.1"' in good
    assert " 200 200 " in good
    assert f" {group.arn} " in good
    assert " -1 -1 -1 503 - " in bad
    seconds = [float(each) for each in good.split()[5:8]]
    assert all(0 <= each < 5 for each in seconds)
