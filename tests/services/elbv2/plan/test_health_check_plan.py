"""How targets are checked: defaults by protocol, and what a check may be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan.health_checks import changed_health_check, new_health_check
from homeport.services.elbv2.records.target_groups import HealthCheck


def check(protocol: str, version: str = "", **request: Any) -> HealthCheck:
    return new_health_check(request, protocol, version, "ip")


@pytest.mark.parametrize(
    ("protocol", "version", "checked_with", "shown", "timeout_s", "path", "codes"),
    [
        ("HTTP", "HTTP1", None, "HTTP", 6, "/", "200"),
        ("HTTP", "HTTP1", "HTTPS", "HTTPS", 6, "/", "200"),
        ("HTTPS", "HTTP1", None, "HTTP", 10, "/", "200"),
        ("HTTP", "HTTP2", None, "HTTP", 6, "/", "200"),
        ("HTTP", "GRPC", None, "HTTP", 6, "/AWS.ALB/healthcheck", "12"),
        ("HTTPS", "GRPC", "HTTPS", "HTTPS", 10, "/AWS.ALB/healthcheck", "12"),
        ("TCP", "", None, "TCP", 10, "", ""),
        ("TLS", "", None, "TCP", 10, "", ""),
        ("UDP", "", None, "TCP", 10, "", ""),
        ("TCP_UDP", "", None, "TCP", 10, "", ""),
        ("TCP", "", "HTTP", "HTTP", 6, "/", "200-399"),
        ("UDP", "", "HTTPS", "HTTPS", 10, "/", "200-399"),
    ],
)
def test_defaults_by_protocol(
    protocol: str,
    version: str,
    checked_with: str | None,
    shown: str,
    timeout_s: int,
    *,
    path: str,
    codes: str,
) -> None:
    request = {} if checked_with is None else {"HealthCheckProtocol": checked_with}
    made = check(protocol, version, **request)
    assert (made.protocol, made.timeout_s, made.path) == (shown, timeout_s, path)
    assert (made.http_codes or made.grpc_codes) == codes
    assert bool(made.grpc_codes) == (version == "GRPC")
    assert (made.enabled, made.port, made.interval_s) == (True, "traffic-port", 30)
    assert (made.healthy_threshold, made.unhealthy_threshold) == (5, 2)


@pytest.mark.parametrize(
    ("protocol", "version", "request_", "code"),
    [
        ("HTTP", "HTTP1", {"HealthCheckProtocol": "TCP"}, "InvalidConfigurationRequest"),
        ("TCP", "", {"HealthCheckProtocol": "UDP"}, "ValidationError"),
        ("TCP", "", {"HealthCheckProtocol": "FTP"}, "ValidationError"),
        ("TCP", "", {"HealthCheckPath": "/"}, "InvalidConfigurationRequest"),
        ("TCP", "", {"Matcher": {"HttpCode": "200"}}, "InvalidConfigurationRequest"),
        ("HTTP", "GRPC", {"Matcher": {"HttpCode": "200"}}, "InvalidConfigurationRequest"),
        ("HTTP", "HTTP1", {"Matcher": {"GrpcCode": "0"}}, "InvalidConfigurationRequest"),
        ("HTTP", "HTTP1", {"Matcher": {"HttpCode": "500"}}, "ValidationError"),
        ("HTTP", "HTTP1", {"Matcher": {"HttpCode": "199"}}, "ValidationError"),
        ("HTTP", "HTTP1", {"Matcher": {"HttpCode": "299-200"}}, "ValidationError"),
        ("HTTP", "HTTP1", {"Matcher": {"HttpCode": "200;201"}}, "ValidationError"),
        ("HTTP", "GRPC", {"Matcher": {"GrpcCode": "100"}}, "ValidationError"),
        ("HTTP", "HTTP1", {"HealthCheckPath": "up"}, "ValidationError"),
        ("HTTP", "HTTP1", {"HealthCheckPort": "0"}, "ValidationError"),
        ("HTTP", "HTTP1", {"HealthCheckPort": "65536"}, "ValidationError"),
        ("HTTP", "HTTP1", {"HealthCheckPort": "http"}, "ValidationError"),
        ("HTTP", "HTTP1", {"HealthCheckEnabled": False}, "ValidationError"),
        (
            "HTTP",
            "HTTP1",
            {"HealthCheckIntervalSeconds": 6, "HealthCheckTimeoutSeconds": 6},
            "ValidationError",
        ),
    ],
)
def test_checks_that_cannot_be(
    protocol: str, version: str, request_: dict[str, Any], code: str
) -> None:
    with pytest.raises(AwsError) as refused:
        check(protocol, version, **request_)
    assert refused.value.code == code


@pytest.mark.parametrize("codes", ["200", "499", "200,202", "200-299", "200-299,301,400-499"])
def test_codes_that_an_application_load_balancer_takes(codes: str) -> None:
    assert check("HTTP", "HTTP1", Matcher={"HttpCode": codes}).http_codes == codes


def test_a_network_load_balancer_takes_server_errors_too() -> None:
    made = check("TCP", HealthCheckProtocol="HTTP", Matcher={"HttpCode": "200-599"})
    assert made.http_codes == "200-599"


def test_a_check_that_becomes_tcp_has_neither_path_nor_codes_and_gets_new_ones_after() -> None:
    before = check("TCP", HealthCheckProtocol="HTTP", HealthCheckPath="/up")
    by_tcp = changed_health_check(
        before, {"HealthCheckProtocol": "TCP"}, "TCP", "", target_type="ip"
    )
    assert (by_tcp.path, by_tcp.http_codes) == ("", "")
    again = changed_health_check(
        by_tcp, {"HealthCheckProtocol": "HTTP"}, "TCP", "", target_type="ip"
    )
    assert (again.path, again.http_codes) == ("/", "200-399")


@given(
    st.sampled_from(
        [("HTTP", "HTTP1"), ("HTTPS", "GRPC"), ("TCP", ""), ("UDP", ""), ("HTTP", "HTTP2")]
    ),
    st.integers(5, 300),
    st.integers(2, 120),
    st.integers(2, 10),
)
def test_asking_for_nothing_changes_nothing(
    kind: tuple[str, str], interval: int, timeout: int, threshold: int
) -> None:
    wanted = {
        "HealthCheckIntervalSeconds": interval,
        "HealthCheckTimeoutSeconds": timeout,
        "HealthyThresholdCount": threshold,
    }
    if interval <= timeout:
        with pytest.raises(AwsError, match="interval must be greater than the timeout"):
            check(*kind, **wanted)
        return
    made = check(*kind, **wanted)
    assert (made.interval_s, made.timeout_s, made.healthy_threshold) == (
        interval,
        timeout,
        threshold,
    )
    assert changed_health_check(made, {}, *kind, target_type="ip") == made
