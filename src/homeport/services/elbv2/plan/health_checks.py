"""How targets are checked: defaults by protocol, and what may be set.  Pure.

The defaults are those of the service's model: for application load balancers by the group's
protocol, for network load balancers by the protocol of the check.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from homeport.services.elbv2.errors import InvalidConfigurationRequest, ValidationError
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.records.target_groups import HealthCheck

PROTOCOLS: Final = (
    "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC",
)  # fmt: skip
APPLICATION: Final = frozenset({"HTTP", "HTTPS"})
"""Protocols of the target groups of application load balancers."""
TRAFFIC_PORT: Final = "traffic-port"
INTERVAL_S: Final = 30
HEALTHY_THRESHOLD: Final = 5
UNHEALTHY_THRESHOLD: Final = 2

_TIMEOUT_S: Final = {"HTTP": 6, "HTTPS": 10, "TCP": 10}
_PATH: Final = "/"
_GRPC_PATH: Final = "/AWS.ALB/healthcheck"
_GRPC_CODES: Final = "12"
_CODES: Final = re.compile(r"\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*")
_NEVER: Final = frozenset(PROTOCOLS) - {"HTTP", "HTTPS", "TCP"}


def new_health_check(
    request: Mapping[str, Any], protocol: str, version: str, target_type: str
) -> HealthCheck:
    """The check of a new target group of this protocol: what the request says, else defaults."""
    default = "HTTP" if protocol in APPLICATION else "TCP"
    checked_with = _protocol(request.get("HealthCheckProtocol", default), protocol)
    timed_by = protocol if protocol in APPLICATION else checked_with
    before = HealthCheck(
        protocol=checked_with,
        interval_s=INTERVAL_S,
        timeout_s=_TIMEOUT_S[timed_by],
        healthy_threshold=HEALTHY_THRESHOLD,
        unhealthy_threshold=UNHEALTHY_THRESHOLD,
    )
    return changed_health_check(before, request, protocol, version, target_type=target_type)


def changed_health_check(
    before: HealthCheck,
    request: Mapping[str, Any],
    protocol: str,
    version: str,
    *,
    target_type: str,
) -> HealthCheck:
    """The check as ModifyTargetGroup leaves it: what the request does not say stays."""
    if not request.get("HealthCheckEnabled", True):
        raise ValidationError(
            f"Health check enabled must be true for target groups with target type '{target_type}'"
        )
    checked_with = _protocol(request.get("HealthCheckProtocol", before.protocol), protocol)
    http_codes, grpc_codes = _matcher(before, request, checked_with, protocol, version=version)
    after = HealthCheck(
        protocol=checked_with,
        port=_port(request.get("HealthCheckPort", before.port)),
        path=_path(before, request, checked_with, version),
        interval_s=request.get("HealthCheckIntervalSeconds", before.interval_s),
        timeout_s=request.get("HealthCheckTimeoutSeconds", before.timeout_s),
        healthy_threshold=request.get("HealthyThresholdCount", before.healthy_threshold),
        unhealthy_threshold=request.get("UnhealthyThresholdCount", before.unhealthy_threshold),
        http_codes=http_codes,
        grpc_codes=grpc_codes,
    )
    if after.interval_s <= after.timeout_s:
        raise ValidationError("Health check interval must be greater than the timeout.")
    return after


def _protocol(wanted: str, protocol: str) -> str:
    one_of(wanted, "healthCheckProtocol", PROTOCOLS)
    if wanted in _NEVER:
        raise ValidationError(f"Health check protocol '{wanted}' is not supported")
    if wanted == "TCP" and protocol in APPLICATION:
        raise InvalidConfigurationRequest(
            f"Health check protocol 'TCP' is not supported for target groups with the {protocol} "
            "protocol"
        )
    return wanted


def _port(wanted: str) -> str:
    is_number = wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= 65535
    if wanted != TRAFFIC_PORT and not is_number:
        raise ValidationError(
            f"Health check port '{wanted}' must be '{TRAFFIC_PORT}' or between '1-65535' inclusive"
        )
    return wanted


def _path(before: HealthCheck, request: Mapping[str, Any], checked_with: str, version: str) -> str:
    path: str | None = request.get("HealthCheckPath")
    if checked_with == "TCP":
        if path is not None:
            raise InvalidConfigurationRequest(
                "Health check paths are not supported for TCP health checks"
            )
        return ""
    if path is None:
        return before.path or (_GRPC_PATH if version == "GRPC" else _PATH)
    if not path.startswith("/"):
        raise ValidationError(f"Health check path '{path}' must begin with '/'")
    return path


def _matcher(
    before: HealthCheck,
    request: Mapping[str, Any],
    checked_with: str,
    protocol: str,
    *,
    version: str,
) -> tuple[str, str]:
    """The HTTP codes and the gRPC codes that count as healthy; at most one of them is there."""
    wanted: Mapping[str, str] = request.get("Matcher", {})
    http, grpc = wanted.get("HttpCode"), wanted.get("GrpcCode")
    if checked_with == "TCP":
        if wanted:
            raise InvalidConfigurationRequest(
                "Health check matchers are not supported for TCP health checks"
            )
        return "", ""
    if version == "GRPC":
        if http is not None:
            raise _wrong_matcher("HTTP", version)
        return "", _codes(grpc or before.grpc_codes or _GRPC_CODES, "gRPC", 0, 99)
    if grpc is not None:
        raise _wrong_matcher("gRPC", version or protocol)
    if protocol in APPLICATION:
        return _codes(http or before.http_codes or "200", "HTTP", 200, 499), ""
    return _codes(http or before.http_codes or "200-399", "HTTP", 200, 599), ""


def _wrong_matcher(kind: str, version: str) -> InvalidConfigurationRequest:
    return InvalidConfigurationRequest(
        f"Health check matcher {kind} codes are not supported for target groups with the "
        f"{version} protocol"
    )


def _codes(text: str, kind: str, low: int, high: int) -> str:
    problem = ValidationError(
        f"Health check matcher {kind} code '{text}' must be within '{low}-{high}' inclusive"
    )
    if not _CODES.fullmatch(text):
        raise problem
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not low <= int(first) <= int(last or first) <= high:
            raise problem
    return text
