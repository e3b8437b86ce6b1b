"""The attributes of target groups, over the operations."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
Group = Callable[..., str]

HEALTH = {
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
}
EVERY = {
    "stickiness.enabled": "false",
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    **HEALTH,
}
APPLICATION = {
    **EVERY,
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "slow_start.duration_seconds": "0",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.algorithm.anomaly_mitigation": "off",
}
TCP = {
    **EVERY,
    "stickiness.type": "source_ip",
    "deregistration_delay.connection_termination.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    "preserve_client_ip.enabled": "false",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}
UDP = {
    **EVERY,
    "stickiness.type": "source_ip",
    "deregistration_delay.connection_termination.enabled": "true",
    "proxy_protocol_v2.enabled": "false",
    "preserve_client_ip.enabled": "true",
}


def attributes(ask: Ask, arn: str) -> dict[str, str]:
    answer = ask("DescribeTargetGroupAttributes", TargetGroupArn=arn)
    return {each["Key"]: each["Value"] for each in answer["Attributes"]}


def pairs(wanted: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in wanted.items()]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("HTTP", APPLICATION),
        ("HTTPS", APPLICATION),
        ("TCP", TCP),
        ("TLS", TCP),
        ("UDP", UDP),
        ("TCP_UDP", UDP),
    ],
)
def test_each_protocol_has_its_attributes(
    protocol: str, expected: dict[str, str], ask: Ask, group: Group
) -> None:
    assert attributes(ask, group("web", Protocol=protocol)) == expected


def test_instances_see_who_connects_by_default(ask: Ask, group: Group) -> None:
    arn = group("web", Protocol="TCP", TargetType="instance")
    assert attributes(ask, arn)["preserve_client_ip.enabled"] == "true"


def test_what_is_set_is_answered_and_the_rest_stays(
    ask: Ask, group: Group, heard: list[tuple[str, str]]
) -> None:
    arn = group("web")
    heard.clear()
    wanted = {
        "deregistration_delay.timeout_seconds": "15",
        "stickiness.enabled": "true",
        "stickiness.type": "app_cookie",
        "stickiness.app_cookie.cookie_name": "session",
        "load_balancing.algorithm.type": "least_outstanding_requests",
    }
    answer = ask("ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=pairs(wanted))
    assert {each["Key"]: each["Value"] for each in answer["Attributes"]} == APPLICATION | wanted
    assert attributes(ask, arn) == APPLICATION | wanted
    assert ("target group", arn) in heard
    heard.clear()
    ask("ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=pairs(wanted))
    assert heard == []


@pytest.mark.parametrize(
    ("protocol", "wanted", "code", "text"),
    [
        (
            "HTTP",
            {"speed": "9"},
            "ValidationError",
            "Target group attribute key 'speed' is not recognized",
        ),
        (
            "HTTP",
            {"proxy_protocol_v2.enabled": "true"},
            "InvalidConfigurationRequest",
            "The provided target group attribute is not supported",
        ),
        (
            "HTTP",
            {"lambda.multi_value_headers.enabled": "true"},
            "InvalidConfigurationRequest",
            "The provided target group attribute is not supported",
        ),
        (
            "TCP",
            {"slow_start.duration_seconds": "30"},
            "InvalidConfigurationRequest",
            "The provided target group attribute is not supported",
        ),
        (
            "HTTP",
            {"deregistration_delay.timeout_seconds": "3601"},
            "ValidationError",
            (
                "'deregistration_delay.timeout_seconds' value '3601' must be between '0-3600' "
                "inclusive"
            ),
        ),
        (
            "HTTP",
            {"slow_start.duration_seconds": "29"},
            "ValidationError",
            "'slow_start.duration_seconds' value '29' must be between '30-900' inclusive",
        ),
        (
            "HTTP",
            {"stickiness.lb_cookie.duration_seconds": "0"},
            "ValidationError",
            (
                "'stickiness.lb_cookie.duration_seconds' value '0' must be between '1-604800' "
                "inclusive"
            ),
        ),
        (
            "TCP",
            {"stickiness.type": "lb_cookie"},
            "InvalidConfigurationRequest",
            "Stickiness type 'lb_cookie' is not supported for target groups with the TCP protocol",
        ),
        (
            "HTTP",
            {"stickiness.type": "source_ip"},
            "InvalidConfigurationRequest",
            "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol",
        ),
        (
            "TLS",
            {"stickiness.enabled": "true"},
            "InvalidConfigurationRequest",
            "You cannot enable stickiness on target groups with the TLS protocol",
        ),
        (
            "HTTP",
            {"stickiness.enabled": "true", "stickiness.type": "app_cookie"},
            "InvalidConfigurationRequest",
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        ),
        (
            "HTTP",
            {"stickiness.app_cookie.cookie_name": "AWSALBTG2"},
            "ValidationError",
            (
                "'stickiness.app_cookie.cookie_name' value 'AWSALBTG2' cannot begin with a prefix "
                "that is reserved for use by the load balancer: AWSALB, AWSALBAPP, AWSALBTG"
            ),
        ),
        (
            "HTTP",
            {"slow_start.duration_seconds": "30", "load_balancing.algorithm.type": "round_robin"}
            | {"load_balancing.algorithm.type": "least_outstanding_requests"},
            "InvalidConfigurationRequest",
            (
                "You cannot enable slow start on target groups with the load balancing algorithm "
                "'least_outstanding_requests'"
            ),
        ),
        (
            "UDP",
            {"preserve_client_ip.enabled": "false"},
            "InvalidConfigurationRequest",
            "You cannot disable client IP preservation on target groups with the UDP protocol",
        ),
        (
            "TCP",
            {"preserve_client_ip.enabled": "true"},
            "UnsupportedOperation",
            (
                "Homeport's network load balancers connect to targets from their own address: use "
                "proxy_protocol_v2.enabled to tell targets the client's."
            ),
        ),
        (
            "HTTP",
            {"load_balancing.algorithm.anomaly_mitigation": "on"},
            "UnsupportedOperation",
            "Homeport's load balancers do not look for anomalous targets.",
        ),
        (
            "TCP",
            {"target_health_state.unhealthy.connection_termination.enabled": "false"},
            "UnsupportedOperation",
            (
                "Homeport's network load balancers do not let the connections to unhealthy targets "
                "drain."
            ),
        ),
    ],
)
def test_values_that_a_group_cannot_have(
    protocol: str, wanted: dict[str, str], code: str, text: str, *, refusal: Refusal, group: Group
) -> None:
    arn = group("web", Protocol=protocol)
    refused = refusal("ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=pairs(wanted))
    assert refused == (code, text)


@pytest.mark.parametrize("protocol", ["HTTP", "TCP", "UDP"])
def test_every_default_can_be_set(protocol: str, ask: Ask, group: Group) -> None:
    arn = group("web", Protocol=protocol)
    defaults = attributes(ask, arn)
    ask("ModifyTargetGroupAttributes", TargetGroupArn=arn, Attributes=pairs(defaults))
    assert attributes(ask, arn) == defaults


def test_an_attribute_cannot_be_named_twice(refusal: Refusal, group: Group) -> None:
    twice = pairs({"stickiness.enabled": "true"}) * 2
    refused = refusal("ModifyTargetGroupAttributes", TargetGroupArn=group(), Attributes=twice)
    assert refused == (
        "ValidationError",
        "Target group attribute keys cannot be specified more than once",
    )
