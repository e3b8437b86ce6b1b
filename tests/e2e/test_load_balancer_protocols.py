"""What load balancers speak: rules, hosts, WebSocket, HTTP/2, TLS, TCP and UDP, through Envoy."""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_websocket

from e2e_balancers import delete_balancers, health
from e2e_elb_parts import (
    PlainHttp2,
    ask,
    certificate,
    forward,
    listen,
    load_balancer,
    register,
    rule,
    say,
    servers,
    shared,
    target_group,
    until_answers,
    until_healthy,
    until_open,
)
from e2e_harness import Homeport, wait_until

SECONDS = 30
PLAIN = "http://shop.example.com:8502/"


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks and draining pass ten times as fast."""
    where = tmp_path_factory.mktemp("protocols") / "state"
    running = Homeport(where, options=("--time-scale", "10")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_balancers(homeport)


@pytest.fixture
def backends() -> Iterator[Callable[..., Any]]:
    """`backends(name)` is a target on every address of this machine."""
    with servers() as make:
        yield make


def curl(*words: str) -> str:
    """What curl shows; its complaint is in the error."""
    done = subprocess.run(["curl", "-sS", "-m", "10", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def page(*words: str) -> str:
    """What curl shows; empty when it has a complaint."""
    try:
        return curl(*words)
    except AssertionError:
        return ""


CONDITIONS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/img/*", "/a?c"]}},
        {"path": "/img/cat.png"},
        {"path": "/IMG/cat.png"},
    ),
    (
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["*.shop.example"]}},
        {"Host": "WWW.shop.example"},
        {"Host": "shop.example"},
    ),
    (
        {
            "Field": "http-header",
            "HttpHeaderConfig": {"HttpHeaderName": "X-Kind", "Values": ["beta*"]},
        },
        {"X_Kind": "BETA-2"},
        {"X_Kind": "alpha"},
    ),
    (
        {
            "Field": "query-string",
            "QueryStringConfig": {"Values": [{"Key": "version", "Value": "v?"}]},
        },
        {"path": "/?a=b&version=v2"},
        {"path": "/?version=v22"},
    ),
    (
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["PUT", "FLY"]}},
        {"method": "FLY"},
        {"method": "DELETE"},
    ),
    (
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.7/32"]}},
        {"source": "127.0.0.7"},
        {"source": "127.0.0.8"},
    ),
]


def test_each_kind_of_condition_chooses_requests(homeport: Homeport) -> None:
    balancer = load_balancer(homeport, "rules")
    listener = listen(homeport, balancer, 8501, say("default", 404))
    for at, (condition, _, _) in enumerate(CONDITIONS):
        rule(homeport, listener, at + 1, condition, say(condition["Field"]))
    last = CONDITIONS[-1]
    wait_until(lambda: ask(8501, **last[1]).text == last[0]["Field"], SECONDS)
    for condition, met, unmet in CONDITIONS:
        hit, miss = ask(8501, **met), ask(8501, **unmet)
        assert (hit.status, hit.text) == (200, condition["Field"])
        assert (miss.status, miss.text) == (404, "default"), condition


def test_http_is_redirected_to_https_and_the_target_sees_where_requests_come_from(
    homeport: Homeport, backends: Callable[..., Any], tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    arn = certificate(homeport, "shop.example.com", root)
    group = target_group(homeport, "seen", backends("seen").port)
    balancer = load_balancer(homeport, "redirect")
    config = {"Protocol": "HTTPS", "Port": "8503", "StatusCode": "HTTP_301"}
    listen(homeport, balancer, 8502, {"Type": "redirect", "RedirectConfig": config})
    secure = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": arn}]}
    listen(homeport, balancer, 8503, forward(group), **secure)
    plain = load_balancer(homeport, "plain")
    other = target_group(homeport, "other", backends("other").port)
    listen(homeport, plain, 8504, forward(other))
    until_healthy(homeport, group)
    until_healthy(homeport, other)
    for port in (8502, 8503, 8504):
        until_open(port)

    names = [f"shop.example.com:{port}:127.0.0.1" for port in (8502, 8503)]
    known = ["--cacert", str(root), *(word for each in names for word in ("--resolve", each))]
    shown = curl("-L", *known, "http://shop.example.com:8502/x?y=z")
    said = json.loads(shown)
    assert said["path"] == "/x?y=z"
    assert said["headers"]["host"] == "shop.example.com:8503"
    assert said["headers"]["x-forwarded-proto"] == "https"
    assert said["headers"]["x-forwarded-port"] == "8503"
    assert said["headers"]["x-forwarded-for"] == "127.0.0.1"
    moved = curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", *known, PLAIN)
    assert moved == "301 https://shop.example.com:8503/"

    seen = json.loads(ask(8504, source="127.0.0.9", X_Forwarded_For="10.1.2.3").text)["headers"]
    told = [each.strip() for each in seen["x-forwarded-for"].split(",")]
    assert told == ["10.1.2.3", "127.0.0.9"]
    assert seen["x-forwarded-proto"] == "http"
    assert seen["x-forwarded-port"] == "8504"
    assert seen["x-amzn-trace-id"].startswith("Root=1-")


def test_load_balancers_share_a_port_by_host_and_by_sni(homeport: Homeport, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    names = ("red", "blue")
    hosts = {}
    for name in names:
        balancer = load_balancer(homeport, name)
        hosts[name] = balancer.dns_name
        listen(homeport, balancer, 8505, say(name))
        arn = certificate(homeport, f"{name}.example.com", root)
        secure = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": arn}]}
        listen(homeport, balancer, 8506, say(f"{name} in secret"), **secure)
    for name in names:
        until_answers(8505, name, Host=hosts[name])
        place = f"{name}.example.com:8506"
        known = ("--cacert", str(root), "--resolve", f"{place}:127.0.0.1")
        wait_until(lambda: state(homeport, name) == "active", SECONDS)  # noqa: B023
        # It was active before this listener was added, as on AWS: that says nothing of it.
        secret = partial(page, *known, f"https://{place}/")
        wait_until(lambda: secret() == f"{name} in secret", SECONDS)  # noqa: B023


def state(homeport: Homeport, name: str) -> str:
    found = homeport.client("elbv2").describe_load_balancers(Names=[name])
    return str(found["LoadBalancers"][0]["State"]["Code"])


def test_a_websocket_passes_and_lives_on_when_rules_change(homeport: Homeport) -> None:
    def check(_: ServerConnection, request: Request) -> Response | None:
        return _.respond(HTTPStatus.OK, "") if request.path == "/health" else None

    def echo(client: ServerConnection) -> None:
        for message in client:
            client.send(message)

    with serve_websocket(echo, "0.0.0.0", 0, process_request=check) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        group = target_group(homeport, "socket", server.socket.getsockname()[1])
        listener = listen(homeport, load_balancer(homeport, "socket"), 8507, forward(group))
        until_healthy(homeport, group)
        until_open(8507)
        with connect("ws://127.0.0.1:8507/chat") as client:
            client.send("one")
            assert client.recv(timeout=10) == "one"
            path = {"Field": "path-pattern", "Values": ["/new"]}
            rule(homeport, listener, 1, path, say("new"))
            until_answers(8507, "new", "/new")
            client.send(b"two" * 100_000)
            assert client.recv(timeout=10) == b"two" * 100_000


def test_http2_targets_and_grpc_are_spoken_to_in_http2(homeport: Homeport, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    arn = certificate(homeport, "rpc.example.com", root)
    web, rpc = PlainHttp2(b"over h2"), PlainHttp2(b"\0\0\0\0\0", trailer=("grpc-status", "0"))
    two = target_group(homeport, "two", web.port, ProtocolVersion="HTTP2")
    calls = target_group(
        homeport, "calls", rpc.port, ProtocolVersion="GRPC", Matcher={"GrpcCode": "0"}
    )
    balancer = load_balancer(homeport, "http2")
    secure = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": arn}]}
    listener = listen(homeport, balancer, 8508, forward(two), **secure)
    rule(homeport, listener, 1, {"Field": "path-pattern", "Values": ["/x.Y/*"]}, forward(calls))
    until_healthy(homeport, two)
    until_healthy(homeport, calls)
    until_open(8508)
    place = "rpc.example.com:8508"
    known = ("--cacert", str(root), "--resolve", f"{place}:127.0.0.1", "--http2")
    assert curl(*known, "-w", " %{http_version}", f"https://{place}/") == "over h2 2"
    call = ("-H", "content-type: application/grpc", "-H", "te: trailers")
    answered = curl(*known, *call, "-D", "-", "--data-binary", "\n", f"https://{place}/x.Y/Z")
    assert "grpc-status: 0" in answered
    assert web.prefaces
    assert rpc.prefaces
    web.close()
    rpc.close()


def test_without_a_target_it_answers_503_and_with_only_sick_ones_it_asks_them(
    homeport: Homeport, backends: Callable[..., Any]
) -> None:
    group = target_group(homeport, "sick")
    listen(homeport, load_balancer(homeport, "sick"), 8509, forward(group))
    wait_until(lambda: ask(8509).status == 503, SECONDS)
    assert "503 Service Temporarily Unavailable" in ask(8509).text
    one, two = backends("one"), backends("two")
    one.health = two.health = 500
    register(homeport, group, one.port, two.port)
    wait_until(lambda: set(health(homeport, group).values()) == {"unhealthy"}, SECONDS)
    wait_until(lambda: names_of(8509, 20).keys() == {"one", "two"}, SECONDS)
    described = homeport.client("elbv2").describe_target_health(TargetGroupArn=group)
    for each in described["TargetHealthDescriptions"]:
        assert each["TargetHealth"]["Reason"] == "Target.ResponseCodeMismatch"
        assert each["TargetHealth"]["Description"].endswith("these codes: [500]")
    two.health = 200
    wait_until(lambda: "healthy" in health(homeport, group).values(), SECONDS)
    assert names_of(8509, 20).keys() == {"two"}


def names_of(port: int, count: int, **headers: str) -> Counter[str]:
    """Which targets answered so many requests."""
    replies = [ask(port, **headers) for _ in range(count)]
    return Counter(
        json.loads(each.text)["name"] if each.status == 200 else str(each.status)
        for each in replies
    )


def test_weights_share_requests_out_and_cookies_keep_clients(
    homeport: Homeport, backends: Callable[..., Any]
) -> None:
    old = target_group(homeport, "old", backends("old").port)
    new = target_group(homeport, "new", *(backends(name).port for name in ("new-1", "new-2")))
    listener = listen(homeport, load_balancer(homeport, "weights"), 8510, shared({old: 1, new: 0}))
    elb = homeport.client("elbv2")
    until_healthy(homeport, old)
    until_healthy(homeport, new, 2)
    until_open(8510)
    assert names_of(8510, 20).keys() == {"old"}
    sticky = {"stickiness.enabled": "true", "stickiness.type": "lb_cookie"}
    elb.modify_target_group_attributes(
        TargetGroupArn=new,
        Attributes=[{"Key": key, "Value": value} for key, value in sticky.items()],
    )
    both = shared({old: 100, new: 100}, sticky_s=600)
    elb.modify_listener(ListenerArn=listener, DefaultActions=[both])
    wait_until(lambda: len(names_of(8510, 40)) == 3, SECONDS)
    count = names_of(8510, 200)
    assert 60 < count["old"] < 140, count

    name, cookies = kept_by_cookies(8510)
    elb.modify_listener(
        ListenerArn=listener, DefaultActions=[shared({old: 999, new: 1}, sticky_s=600)]
    )
    wait_until(lambda: names_of(8510, 40)["old"] >= 39, SECONDS)
    assert names_of(8510, 30, Cookie=cookies) == {name: 30}


def kept_by_cookies(port: int) -> tuple[str, str]:
    """A target of the sticky group, and the cookies that bring a client back to it."""
    for _ in range(200):
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/")
            answer = connection.getresponse()
            name = str(json.loads(answer.read())["name"])
            pairs = [each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", [])]
        if any(pair.startswith("AWSALB=") for pair in pairs):
            return name, "; ".join(pairs)
    raise AssertionError("no target of the sticky group answered")


def test_a_target_whose_checks_have_just_begun_is_said_to_be_checked(
    homeport: Homeport, backends: Callable[..., Any]
) -> None:
    sick = backends("sick")
    sick.health = 500
    group = target_group(homeport, "new", sick.port, UnhealthyThresholdCount=10)
    listen(homeport, load_balancer(homeport, "new"), 8515, forward(group))
    seen: list[tuple[str, str]] = []

    def look() -> bool:
        found = homeport.client("elbv2").describe_target_health(TargetGroupArn=group)
        [one] = found["TargetHealthDescriptions"]
        seen.append((one["TargetHealth"]["State"], one["TargetHealth"]["Reason"]))
        return seen[-1][0] == "unhealthy"

    wait_until(look, SECONDS)
    assert list(dict.fromkeys(seen))[-2:] == [
        ("initial", "Elb.InitialHealthChecking"),
        ("unhealthy", "Target.ResponseCodeMismatch"),
    ]
