"""The attributes of target groups: defaults, which protocol has which, what they may be.  Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homeport.services.elbv2.errors import (
    InvalidConfigurationRequest,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.records.target_groups import TargetGroup

ALB: Final = frozenset({"HTTP", "HTTPS"})
TCP: Final = frozenset({"TCP", "TLS"})
UDP: Final = frozenset({"UDP", "TCP_UDP"})
NLB: Final = TCP | UDP

DELAY: Final = "deregistration_delay.timeout_seconds"
TERMINATES: Final = "deregistration_delay.connection_termination.enabled"
STICKY: Final = "stickiness.enabled"
STICKINESS: Final = "stickiness.type"
LB_COOKIE_S: Final = "stickiness.lb_cookie.duration_seconds"
APP_COOKIE_S: Final = "stickiness.app_cookie.duration_seconds"
APP_COOKIE: Final = "stickiness.app_cookie.cookie_name"
CROSS_ZONE: Final = "load_balancing.cross_zone.enabled"
ALGORITHM: Final = "load_balancing.algorithm.type"
ANOMALIES: Final = "load_balancing.algorithm.anomaly_mitigation"
SLOW_START: Final = "slow_start.duration_seconds"
CLIENT_IP: Final = "preserve_client_ip.enabled"
PROXY_PROTOCOL: Final = "proxy_protocol_v2.enabled"
UNHEALTHY_CLOSES: Final = "target_health_state.unhealthy.connection_termination.enabled"
UNHEALTHY_DRAIN_S: Final = "target_health_state.unhealthy.draining_interval_seconds"

AS_LOAD_BALANCER: Final = "use_load_balancer_configuration"

_DNS_FAILOVER: Final = "target_group_health.dns_failover.minimum_healthy_targets"
_FAIL_OPEN: Final = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
_WEEK_S: Final = 604_800
_DAY_S: Final = 86_400
_COOKIE_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_RESERVED_COOKIES: Final = ("AWSALB", "AWSALBAPP", "AWSALBTG")

Default = str | Callable[[TargetGroup], str]
Check = Callable[[str, str], None]
"""Raises when the attribute (its key comes first) must not have the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute."""

    default: Default
    check: Check
    protocols: frozenset[str] = ALB | NLB
    unsupported: str = ""
    """Why it can have no other value than its default, and `also`."""
    also: str = ""


def attributes_of(group: TargetGroup) -> dict[str, str]:
    """Every attribute that a group of its protocol has, with its value."""
    return {
        key: group.attributes.get(key, _default(attribute, group))
        for key, attribute in ATTRIBUTES.items()
        if group.protocol in attribute.protocols
    }


def changed(group: TargetGroup, wanted: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The attributes that are set once `wanted` is too; raises what the service answers."""
    after = dict(group.attributes)
    for key, value in wanted:
        attribute = ATTRIBUTES.get(key)
        if attribute is None and key not in _OF_OTHER_KINDS:
            raise ValidationError(f"Target group attribute key '{key}' is not recognized")
        if attribute is None or group.protocol not in attribute.protocols:
            raise InvalidConfigurationRequest(
                "The provided target group attribute is not supported"
            )
        attribute.check(key, value)
        if attribute.unsupported and value not in (_default(attribute, group), attribute.also):
            raise UnsupportedOperation(attribute.unsupported)
        after[key] = value
    _check_together(group, after)
    return after


def delay_s(group: TargetGroup) -> int:
    """For how many seconds of AWS's time a deregistered target is shown as draining."""
    return int(attributes_of(group)[DELAY])


def _default(attribute: Attribute, group: TargetGroup) -> str:
    default = attribute.default
    return default if isinstance(default, str) else default(group)


def _check_together(group: TargetGroup, after: Mapping[str, str]) -> None:
    protocol = group.protocol
    kind = after.get(STICKINESS, _stickiness(group))
    kinds = ("lb_cookie", "app_cookie") if protocol in ALB else ("source_ip",)
    if kind not in kinds:
        raise InvalidConfigurationRequest(
            f"Stickiness type '{kind}' is not supported for target groups with the {protocol} "
            "protocol"
        )
    if after.get(STICKY) == "true":
        if protocol == "TLS":
            raise InvalidConfigurationRequest(
                "You cannot enable stickiness on target groups with the TLS protocol"
            )
        if kind == "app_cookie" and not after.get(APP_COOKIE):
            raise InvalidConfigurationRequest(
                "You must set an application cookie name to enable stickiness of type 'app_cookie'"
            )
    algorithm = after.get(ALGORITHM, "round_robin")
    if after.get(SLOW_START, "0") != "0" and algorithm != "round_robin":
        raise InvalidConfigurationRequest(
            "You cannot enable slow start on target groups with the load balancing algorithm "
            f"'{algorithm}'"
        )
    if protocol in UDP and after.get(CLIENT_IP) == "false":
        raise InvalidConfigurationRequest(
            f"You cannot disable client IP preservation on target groups with the {protocol} "
            "protocol"
        )


def _among(*allowed: str) -> Check:
    def check(key: str, value: str) -> None:
        if value not in allowed:
            raise ValidationError(f"'{key}' value '{value}' must be one of [{', '.join(allowed)}]")

    return check


def _between(low: int, high: int, *others: str) -> Check:
    def check(key: str, value: str) -> None:
        is_number = value.isascii() and value.isdigit() and len(value) <= 9
        if value not in others and not (is_number and low <= int(value) <= high):
            raise ValidationError(
                f"'{key}' value '{value}' must be between '{low}-{high}' inclusive"
            )

    return check


def _cookie_name(key: str, value: str) -> None:
    if value and not _COOKIE_NAME.fullmatch(value):
        raise ValidationError(f"'{key}' value '{value}' is not a valid cookie name")
    if value.startswith(_RESERVED_COOKIES):
        raise ValidationError(
            f"'{key}' value '{value}' cannot begin with a prefix that is reserved for use by the "
            "load balancer: AWSALB, AWSALBAPP, AWSALBTG"
        )


def _client_ip(group: TargetGroup) -> str:
    return "false" if group.target_type == "ip" and group.protocol in TCP else "true"


def _stickiness(group: TargetGroup) -> str:
    return "lb_cookie" if group.protocol in ALB else "source_ip"


def _terminates(group: TargetGroup) -> str:
    return "true" if group.protocol in UDP else "false"


_BOOLEAN: Final = _among("true", "false")
_TARGETS_MAX: Final = 1000
_ONE_ANSWER: Final = (
    "Homeport's load balancers have one DNS answer that does not depend on the health of targets."
)
_ALL_UNHEALTHY: Final = (
    "Homeport's load balancers send requests to unhealthy targets when no target is healthy, and "
    "not before."
)
_NO_ANOMALIES: Final = "Homeport's load balancers do not look for anomalous targets."
_NO_CLIENT_IP: Final = (
    "Homeport's network load balancers connect to targets from their own address: use "
    "proxy_protocol_v2.enabled to tell targets the client's."
)
_ALWAYS_CLOSED: Final = (
    "Homeport's network load balancers do not let the connections to unhealthy targets drain."
)

ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    STICKY: Attribute(default="false", check=_BOOLEAN),
    DELAY: Attribute(default="300", check=_between(0, 3600)),
    STICKINESS: Attribute(
        default=_stickiness, check=_among("lb_cookie", "app_cookie", "source_ip")
    ),
    LB_COOKIE_S: Attribute(default=str(_DAY_S), check=_between(1, _WEEK_S), protocols=ALB),
    APP_COOKIE_S: Attribute(default=str(_DAY_S), check=_between(1, _WEEK_S), protocols=ALB),
    APP_COOKIE: Attribute(default="", check=_cookie_name, protocols=ALB),
    SLOW_START: Attribute(default="0", check=_between(30, 900, "0"), protocols=ALB),
    ALGORITHM: Attribute(
        default="round_robin",
        check=_among("round_robin", "least_outstanding_requests", "weighted_random"),
        protocols=ALB,
    ),
    ANOMALIES: Attribute(
        default="off", check=_among("on", "off"), protocols=ALB, unsupported=_NO_ANOMALIES
    ),
    CROSS_ZONE: Attribute(
        default=AS_LOAD_BALANCER, check=_among("true", "false", AS_LOAD_BALANCER)
    ),
    f"{_FAIL_OPEN}.count": Attribute(
        default="1", check=_between(1, _TARGETS_MAX), unsupported=_ALL_UNHEALTHY
    ),
    f"{_FAIL_OPEN}.percentage": Attribute(
        default="off", check=_between(1, 100, "off"), unsupported=_ALL_UNHEALTHY
    ),
    f"{_DNS_FAILOVER}.count": Attribute(
        default="1", check=_between(1, _TARGETS_MAX, "off"), unsupported=_ONE_ANSWER
    ),
    f"{_DNS_FAILOVER}.percentage": Attribute(
        default="off", check=_between(1, 100, "off"), unsupported=_ONE_ANSWER
    ),
    TERMINATES: Attribute(default=_terminates, check=_BOOLEAN, protocols=NLB),
    PROXY_PROTOCOL: Attribute(default="false", check=_BOOLEAN, protocols=NLB),
    CLIENT_IP: Attribute(
        default=_client_ip, check=_BOOLEAN, protocols=NLB, unsupported=_NO_CLIENT_IP, also="false"
    ),
    UNHEALTHY_CLOSES: Attribute(
        default="true", check=_BOOLEAN, protocols=TCP, unsupported=_ALWAYS_CLOSED
    ),
    UNHEALTHY_DRAIN_S: Attribute(
        default="0", check=_between(0, 360_000), protocols=TCP, unsupported=_ALWAYS_CLOSED
    ),
}
_OF_OTHER_KINDS: Final = frozenset(
    {
        "lambda.multi_value_headers.enabled",
        "target_failover.on_deregistration",
        "target_failover.on_unhealthy",
    }
)
"""Attributes of target groups that Homeport does not have."""
