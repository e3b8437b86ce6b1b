"""What the data plane is told of load balancers."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.contracts import routing_table as routing
from homeport.services.elbv2.queries import listeners, load_balancers, rules
from homeport.services.elbv2.render.routing import certificates_of, routing_of
from homeport.store import Store

Ask = Callable[..., Any]
FIXED = [
    {
        "Type": "fixed-response",
        "FixedResponseConfig": {
            "StatusCode": "404",
            "ContentType": "text/plain",
            "MessageBody": "none",
        },
    }
]


def told(blue: str, green: str) -> list[tuple[list[Any], dict[str, Any]]]:
    """Conditions and actions of every kind."""
    weighted = {
        "TargetGroups": [
            {"TargetGroupArn": blue, "Weight": 9},
            {"TargetGroupArn": green, "Weight": 0},
        ],
        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
    }
    return [
        (
            [
                {"Field": "path-pattern", "Values": ["/a/*"]},
                {"Field": "host-header", "Values": ["*.a.com"]},
            ],
            {"Type": "forward", "ForwardConfig": weighted},
        ),
        (
            [
                {
                    "Field": "http-header",
                    "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["1", "2"]},
                },
                {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
            ],
            {
                "Type": "redirect",
                "RedirectConfig": {"StatusCode": "HTTP_302", "Protocol": "HTTPS", "Port": "443"},
            },
        ),
        (
            [
                {
                    "Field": "query-string",
                    "QueryStringConfig": {"Values": [{"Key": "k", "Value": "v"}, {"Value": "w"}]},
                },
                {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
            ],
            {"Type": "forward", "TargetGroupArn": green},
        ),
    ]


@pytest.fixture
def routed(store: Store, issued: Any) -> Callable[[str], routing.LoadBalancer]:
    """`routed(arn)` is the load balancer as the data plane sees it, ten times as fast."""

    def run(arn: str) -> routing.LoadBalancer:
        def read(tx: Any) -> routing.LoadBalancer:
            record = load_balancers.find(tx, arn)
            assert record is not None
            found = listeners.listeners_of(tx, arn)
            by_listener = {each.arn: rules.rules_of(tx, each.arn) for each in found}
            return routing_of(record, found, by_listener, issued.issued, lambda s: s / 10)

        return store.read(read)

    return run


def listen(ask: Ask, arn: str, port: int, **request: Any) -> str:
    asked = {"Protocol": "HTTP", "DefaultActions": FIXED} | request
    made = ask("CreateListener", LoadBalancerArn=arn, Port=port, **asked)["Listeners"][0]
    return str(made["ListenerArn"])


def test_every_condition_and_action_is_told(
    ask: Ask, balancer: Ask, group: Ask, routed: Any
) -> None:
    blue, green = group("blue"), group("green")
    web = balancer("web")
    arn = web["LoadBalancerArn"]
    listener = listen(ask, arn, 80)
    for priority, (conditions, action) in enumerate(told(blue, green), 1):
        asked = {"Priority": priority, "Conditions": conditions, "Actions": [action]}
        ask("CreateRule", ListenerArn=listener, **asked)
    (seen,) = routed(arn).listeners
    assert [each.conditions for each in seen.rules] == [
        (routing.PathIs(values=("/a/*",)), routing.HostIs(values=("*.a.com",))),
        (
            routing.HeaderIs(name="X-A", values=("1", "2")),
            routing.MethodIs(values=("GET",)),
        ),
        (
            routing.QueryHas(values=(("k", "v"), (None, "w"))),
            routing.SourceIs(values=("10.0.0.0/8",)),
        ),
    ]
    assert [each.action for each in seen.rules] == [
        routing.Forward(
            groups=(
                routing.WeightedGroup(arn=blue, weight=9),
                routing.WeightedGroup(arn=green, weight=0),
            ),
            sticky_s=60,
        ),
        routing.Redirect(protocol="HTTPS", port="443", status_code=302),
        routing.Forward(groups=(routing.WeightedGroup(arn=green, weight=1),)),
    ]
    assert seen.default == routing.FixedResponse(
        status_code=404, content_type="text/plain", body="none"
    )
    assert (seen.arn, seen.port, seen.protocol) == (listener, 80, "HTTP")


def test_places_and_attributes_are_told(
    ask: Ask, balancer: Ask, subnets: tuple[str, ...], routed: Any
) -> None:
    web = balancer("web", Scheme="internal")
    arn = web["LoadBalancerArn"]
    before = routed(arn)
    assert (before.kind, before.scheme, before.dns_name) == (
        "application",
        "internal",
        web["DNSName"],
    )
    assert [(node.zone, node.subnet_id) for node in before.nodes] == [
        (f"us-east-1{letter}", subnet) for letter, subnet in zip("abc", subnets, strict=True)
    ]
    assert all(node.address.startswith("172.31.") for node in before.nodes)
    assert (before.idle_timeout_s, before.keep_alive_s) == (6.0, 360.0)
    assert (before.http2, before.cross_zone, before.access_log) == (True, True, None)
    chosen = {
        "idle_timeout.timeout_seconds": "10",
        "client_keep_alive.seconds": "100",
        "routing.http2.enabled": "false",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.preserve_host_header.enabled": "true",
        "routing.http.xff_header_processing.mode": "remove",
        "routing.http.xff_client_port.enabled": "true",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "true",
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "log-group:/web/access",
    }
    pairs = [{"Key": key, "Value": value} for key, value in chosen.items()]
    ask("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=pairs)
    after = routed(arn)
    assert after == routing.LoadBalancer(
        arn=arn,
        name="web",
        kind="application",
        scheme="internal",
        dns_name=web["DNSName"],
        region="us-east-1",
        vpc_id=web["VpcId"],
        nodes=before.nodes,
        listeners=(),
        idle_timeout_s=1.0,
        keep_alive_s=10.0,
        http2=False,
        drop_invalid_headers=True,
        preserve_host=True,
        forwarded_for="remove",
        forwards_client_port=True,
        forwards_tls_facts=True,
        cross_zone=True,
        access_log=routing.AccessLog(group="/web/access"),
    )
    bucket = [{"Key": "access_logs.s3.bucket", "Value": "my-logs"}]
    ask("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=bucket)
    assert routed(arn).access_log == routing.AccessLog(group="")


def test_network_listeners_tell_their_idle_timeout(
    ask: Ask, balancer: Ask, group: Ask, routed: Any
) -> None:
    arn = balancer("net", Type="network")["LoadBalancerArn"]
    to_tcp = [{"Type": "forward", "TargetGroupArn": group("tcp", Protocol="TCP")}]
    listener = listen(ask, arn, 80, Protocol="TCP", DefaultActions=to_tcp)
    assert routed(arn).listeners[0].idle_timeout_s == 35.0
    pairs = [{"Key": "tcp.idle_timeout.seconds", "Value": "6000"}]
    ask("ModifyListenerAttributes", ListenerArn=listener, Attributes=pairs)
    seen = routed(arn)
    assert seen.listeners[0].idle_timeout_s == 600.0
    assert (seen.kind, seen.cross_zone) == ("network", False)


def test_certificates_are_told_with_their_keys_the_default_one_first(
    ask: Ask, balancer: Ask, issued: Any, routed: Any, store: Store
) -> None:
    arn = balancer("web")["LoadBalancerArn"]
    default, more = issued.issue("default"), issued.issue("more")
    policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    certificates = [{"CertificateArn": default}]
    listener = listen(ask, arn, 443, Protocol="HTTPS", Certificates=certificates, SslPolicy=policy)
    for each in (more, default):
        asked = [{"CertificateArn": each}]
        ask("AddListenerCertificates", ListenerArn=listener, Certificates=asked)
    (seen,) = routed(arn).listeners
    assert [each.arn for each in seen.certificates] == [default, more]
    assert seen.certificates[0] == routing.Certificate(
        arn=default, names=("default.example.com",), chain="CHAIN", key="KEY"
    )
    assert seen.ssl_policy == policy
    found = store.read(lambda tx: listeners.listeners_of(tx, arn))
    assert certificates_of(found) == (default, more)
    issued.issued.pop(default)
    assert [each.arn for each in routed(arn).listeners[0].certificates] == [more]
    issued.issued.pop(more)
    assert routed(arn).listeners == ()
