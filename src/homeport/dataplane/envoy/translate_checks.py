"""Health checks of target groups, as ELB makes them.  Pure; what they see is read elsewhere."""

from typing import Final

from homeport.contracts.routing_table import TargetGroup
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_names import health_log_path
from homeport.dataplane.envoy.translate_terms import duration, extension, header

USER_AGENT: Final = "ELB-HealthChecker/2.0"
GRPC_HEALTH_PATH: Final = "/grpc.health.v1.Health/Check"
_EMPTY_MESSAGE: Final = "0000000000"
"""A gRPC message of no bytes, in hexadecimal digits."""


def health_check(group: TargetGroup, *, directory: str) -> Resource:
    """How Envoy checks the targets of a group.

    Every failure counts towards the threshold, and a new target is good after one success.
    """
    health = group.health
    interval = duration(health.interval_s)
    check: Resource = {
        "timeout": duration(health.timeout_s),
        "interval": interval,
        "no_traffic_interval": interval,
        "unhealthy_threshold": health.unhealthy_threshold,
        "healthy_threshold": health.healthy_threshold,
        "reuse_connection": False,
        "always_log_health_check_failures": True,
        "event_logger": [
            extension(
                "envoy.health_check.event_sinks.file",
                "health_check.event_sinks.file.v3.HealthCheckEventFileSink",
                event_log_path=health_log_path(directory),
            )
        ],
        **_kind(group),
    }
    if (health.protocol == "HTTPS") != (group.protocol in {"HTTPS", "TLS"}):
        check["transport_socket_match_criteria"] = {"check": True}
    return check


def _kind(group: TargetGroup) -> Resource:
    health = group.health
    if health.protocol not in {"HTTP", "HTTPS"}:
        return {"tcp_health_check": {}}
    if group.version == "GRPC":
        return _grpc(health.path, health.matcher)
    http: Resource = {
        "path": health.path or "/",
        "expected_statuses": _ranges(health.matcher or "200"),
        # Without this, one wrong code would make a target unhealthy, whatever the threshold.
        "retriable_statuses": [{"start": 100, "end": 600}],
        "request_headers_to_add": [header("user-agent", USER_AGENT)],
    }
    if group.version == "HTTP2":
        http["codec_client_type"] = "HTTP2"
    return {"http_health_check": http}


def _grpc(path: str, matcher: str) -> Resource:
    """A gRPC call.  Envoy sees its status only if it is the standard one, which says 0.

    Of any other call it sees that the target answers as gRPC servers do, with any status.
    """
    if path == GRPC_HEALTH_PATH and any(each["start"] == 0 for each in _ranges(matcher or "12")):
        return {"grpc_health_check": {}}
    return {
        "http_health_check": {
            "path": path or "/AWS.ALB/healthcheck",
            "method": "POST",
            "send": {"text": _EMPTY_MESSAGE},
            "codec_client_type": "HTTP2",
            "expected_statuses": [{"start": 200, "end": 201}],
            "retriable_statuses": [{"start": 100, "end": 600}],
            "request_headers_to_add": [
                header("user-agent", USER_AGENT),
                header("content-type", "application/grpc"),
                header("te", "trailers"),
            ],
        }
    }


def _ranges(matcher: str) -> list[Resource]:
    """Codes such as ``200,202`` or ``200-299`` as half-open ranges."""
    ranges = []
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        ranges.append({"start": int(low), "end": int(high or low) + 1})
    return ranges
