"""Which target groups and actions fit which listener."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan import actions, forwarding
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.records.target_groups import HealthCheck, TargetGroup

WEB = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/web/1"
BLUE = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/blue/2"
ALLOWED = {
    ("HTTP", "HTTP"),
    ("HTTP", "HTTPS"),
    ("HTTPS", "HTTP"),
    ("HTTPS", "HTTPS"),
    ("TCP", "TCP"),
    ("TCP", "TCP_UDP"),
    ("TLS", "TCP"),
    ("TLS", "TLS"),
    ("UDP", "UDP"),
    ("UDP", "TCP_UDP"),
    ("TCP_UDP", "TCP_UDP"),
}
PROTOCOLS = ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP")


def balancer(kind: Any = "application") -> LoadBalancer:
    return LoadBalancer(
        arn=WEB,
        account="000000000000",
        region="us-east-1",
        name="web",
        kind=kind,
        scheme="internal",
        dns_name="web-1.us-east-1.elb.localhost",
        vpc_id="vpc-1",
        ip_address_type="ipv4",
        zones=(),
        security_groups=(),
        created_at=0.0,
    )


def group(**changes: Any) -> TargetGroup:
    members: dict[str, Any] = {
        "arn": BLUE,
        "account": "000000000000",
        "region": "us-east-1",
        "name": "blue",
        "target_type": "ip",
        "protocol": "HTTP",
        "port": 80,
        "vpc_id": "vpc-1",
        "health": HealthCheck(
            protocol="HTTP", interval_s=30, timeout_s=5, healthy_threshold=5, unhealthy_threshold=2
        ),
        "created_at": 0.0,
    }
    return TargetGroup(**members | changes)


def refused(listener: str, kind: str = "application", *, others: Any = (), **changes: Any) -> Any:
    with pytest.raises(AwsError) as error:
        fits(listener, kind, others=others, **changes)
    return error.value.code, error.value.message


def fits(listener: str, kind: str = "application", *, others: Any = (), **changes: Any) -> None:
    forwarding.check_groups(
        balancer(kind),
        listener,
        actions.parse([{"Type": "forward", "TargetGroupArn": BLUE}]),
        groups={BLUE: group(**changes)},
        elsewhere={BLUE: others},
    )


@pytest.mark.parametrize("listener", PROTOCOLS)
@pytest.mark.parametrize("target", PROTOCOLS)
def test_a_listener_forwards_to_groups_of_its_own_protocols(listener: str, target: str) -> None:
    if (listener, target) in ALLOWED:
        fits(listener, protocol=target)
    else:
        assert refused(listener, protocol=target) == (
            "IncompatibleProtocols",
            (
                f"Target group '{BLUE}' with protocol '{target}' is not compatible with listener "
                f"protocol '{listener}'"
            ),
        )


@pytest.mark.parametrize("version", ["HTTP2", "GRPC"])
def test_the_second_http_needs_a_secure_listener(version: str) -> None:
    fits("HTTPS", version=version)
    fits("HTTP", version="HTTP1")
    assert refused("HTTP", version=version) == (
        "InvalidConfigurationRequest",
        (
            "Listener protocol 'HTTP' is not supported with a target group with the "
            f"protocol-version '{version}'"
        ),
    )


def test_a_group_serves_one_load_balancer_only() -> None:
    fits("HTTP", others=(WEB,))
    assert refused("HTTP", others=(WEB, WEB + "2")) == (
        "TargetGroupAssociationLimit",
        "The following target groups cannot be associated with more than one load balancer: "
        + BLUE,
    )


def test_a_group_must_exist_in_the_load_balancers_vpc() -> None:
    assert refused("HTTP", vpc_id="vpc-2") == (
        "InvalidConfigurationRequest",
        f"Target group '{BLUE}' is not in the VPC 'vpc-1' of the load balancer",
    )
    with pytest.raises(AwsError) as error:
        forwarding.check_groups(
            balancer(),
            "HTTP",
            actions.parse([{"Type": "forward", "TargetGroupArn": BLUE}]),
            groups={},
            elsewhere={BLUE: ()},
        )
    assert error.value.code == "TargetGroupNotFound"
    assert error.value.message == f"Target group '{BLUE}' not found"


FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
DOWNGRADE = {
    "Type": "redirect",
    "RedirectConfig": {"StatusCode": "HTTP_301", "Protocol": "HTTP", "Port": "80"},
}
STICKY = {
    "Type": "forward",
    "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": BLUE}],
        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 5},
    },
}
SIX = {
    "Type": "forward",
    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": f"{BLUE}{n}"} for n in range(6)]},
}
FIVE = {
    "Type": "forward",
    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": f"{BLUE}{n}"} for n in range(5)]},
}


@pytest.mark.parametrize(
    ("kind", "protocol", "action", "code", "text"),
    [
        (
            "network",
            "TCP",
            FIXED,
            "InvalidLoadBalancerAction",
            "Only actions of type 'forward' are supported on load balancers with type 'network'",
        ),
        (
            "network",
            "TCP",
            STICKY,
            "InvalidLoadBalancerAction",
            "Target group stickiness is not supported on load balancers with type 'network'",
        ),
        (
            "application",
            "HTTPS",
            DOWNGRADE,
            "InvalidLoadBalancerAction",
            "You can't redirect HTTPS to HTTP",
        ),
        (
            "application",
            "HTTP",
            SIX,
            "TooManyTargetGroups",
            "An action can only have '5' target groups",
        ),
    ],
)
def test_what_a_listener_cannot_do(
    kind: str, protocol: str, action: Any, code: str, text: str
) -> None:
    with pytest.raises(AwsError) as error:
        forwarding.check_actions(balancer(kind), protocol, actions.parse([action]))
    assert (error.value.code, error.value.message) == (code, text)


def test_a_listener_may_do_the_rest() -> None:
    forwarding.check_actions(balancer(), "HTTP", actions.parse([DOWNGRADE]))
    forwarding.check_actions(balancer(), "HTTPS", actions.parse([FIXED]))
    forwarding.check_actions(balancer(), "HTTPS", actions.parse([STICKY]))
    forwarding.check_actions(balancer(), "HTTPS", actions.parse([FIVE]))
    forwarding.check_actions(balancer("network"), "TCP", actions.parse([FIVE]))


def test_a_load_balancer_uses_a_hundred_groups_at_most() -> None:
    before = [f"{BLUE}{n}" for n in range(99)]
    asked = actions.parse([{"Type": "forward", "TargetGroupArn": BLUE}])
    forwarding.check_group_count(before, asked)
    forwarding.check_group_count([*before, BLUE], asked)
    with pytest.raises(AwsError) as error:
        forwarding.check_group_count([*before, "another"], asked)
    assert error.value.code == "TooManyUniqueTargetGroupsPerLoadBalancer"
