"""Registering and deregistering targets, and how they are described."""

from collections.abc import Callable
from typing import Any

import pytest

from ecs_asking import Asked
from homeport.contracts.routing_table import TargetSighting
from homeport.services.elbv2.queries.load_balancers import every_load_balancer
from homeport.store import Store

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
Group = Callable[..., str]

GONE = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/gone/0123456789abcdef"
UNUSED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}
REGISTERING = {
    "State": "initial",
    "Reason": "Elb.RegistrationInProgress",
    "Description": "Target registration is in progress",
}
DRAINING = {
    "State": "draining",
    "Reason": "Target.DeregistrationInProgress",
    "Description": "Target deregistration is in progress",
}


@pytest.fixture
def used(ask: Ask, balancer: Callable[..., Any], group: Group) -> str:
    """A target group that a listener forwards to."""
    arn = group("used")
    forward(ask, balancer("front")["LoadBalancerArn"], arn)
    return arn


def forward(ask: Ask, load_balancer: str, arn: str, protocol: str = "HTTP") -> str:
    made = ask(
        "CreateListener",
        LoadBalancerArn=load_balancer,
        Protocol=protocol,
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    return str(made["Listeners"][0]["ListenerArn"])


def health(ask: Ask, arn: str, **request: Any) -> list[Any]:
    answer = ask("DescribeTargetHealth", TargetGroupArn=arn, **request)
    return list(answer["TargetHealthDescriptions"])


def states(ask: Ask, arn: str) -> dict[tuple[str, int], Any]:
    return {
        (each["Target"]["Id"], each["Target"]["Port"]): each["TargetHealth"]
        for each in health(ask, arn)
    }


def test_a_target_has_the_groups_port_and_its_subnets_zone_unless_told_otherwise(
    ask: Ask, group: Group
) -> None:
    arn = group("web", HealthCheckPort="9000")
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10"}])
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10", "Port": 81}])
    found = health(ask, arn)
    assert [each["Target"] for each in found] == [
        {"Id": "172.31.0.10", "Port": 80, "AvailabilityZone": "us-east-1a"},
        {"Id": "172.31.0.10", "Port": 81, "AvailabilityZone": "us-east-1a"},
    ]
    assert {each["HealthCheckPort"] for each in found} == {"9000"}
    assert [each["TargetHealth"] for each in found] == [UNUSED, UNUSED]


def test_the_traffic_port_is_shown_as_the_targets_own(ask: Ask, group: Group) -> None:
    arn = group()
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10", "Port": 8080}])
    assert health(ask, arn)[0]["HealthCheckPort"] == "8080"


def test_a_target_outside_the_vpc_is_in_the_zones_it_says(ask: Ask, group: Group) -> None:
    arn = group()
    wanted = [
        {"Id": "10.9.9.9", "AvailabilityZone": "all"},
        {"Id": "100.64.0.1", "AvailabilityZone": "us-east-1b"},
    ]
    ask("RegisterTargets", TargetGroupArn=arn, Targets=wanted)
    zones = [each["Target"]["AvailabilityZone"] for each in health(ask, arn)]
    assert zones == ["all", "us-east-1b"]


@pytest.mark.parametrize(
    ("target", "code", "text"),
    [
        (
            {"Id": "172.31.0.10", "AvailabilityZone": "all"},
            "ValidationError",
            (
                "The IP address '172.31.0.10' is within the VPC, and cannot have its Availability "
                "Zone overridden to 'all' from 'us-east-1a'"
            ),
        ),
        (
            {"Id": "10.9.9.9"},
            "ValidationError",
            (
                "The Availability Zone is required for IP address '10.9.9.9' because it is not in "
                "the VPC"
            ),
        ),
        (
            {"Id": "10.9.9.9", "AvailabilityZone": "eu-west-1a"},
            "ValidationError",
            (
                "You must specify a valid Availability Zone or select 'all' for all enabled "
                "Availability zones, since the IP address '10.9.9.9' is outside the VPC"
            ),
        ),
        (
            {"Id": "8.8.8.8", "AvailabilityZone": "all"},
            "InvalidTarget",
            (
                "The IP address '8.8.8.8' is not within the VPC, nor within the RFC 1918 range "
                "(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) or the RFC 6598 range (100.64.0.0/10)"
            ),
        ),
        (
            {"Id": "i-0123456789abcdef0"},
            "ValidationError",
            "The IP address 'i-0123456789abcdef0' is not a valid IPv4 address",
        ),
        (
            {"Id": "172.31.0.10", "QuicServerId": "0x0123456789abcdef"},
            "ValidationError",
            (
                "A QUIC server ID can only be specified for target groups with the QUIC or "
                "TCP_QUIC protocol"
            ),
        ),
    ],
)
def test_addresses_that_cannot_be_registered(
    target: dict[str, Any], code: str, text: str, refusal: Refusal, group: Group
) -> None:
    arn = group()
    assert refusal("RegisterTargets", TargetGroupArn=arn, Targets=[target]) == (code, text)


def test_one_wrong_target_registers_none(ask: Ask, refusal: Refusal, group: Group) -> None:
    arn = group()
    wanted = [{"Id": "172.31.0.10"}, {"Id": "8.8.8.8", "AvailabilityZone": "all"}]
    assert refusal("RegisterTargets", TargetGroupArn=arn, Targets=wanted)[0] == "InvalidTarget"
    assert health(ask, arn) == []


def test_instances_are_container_instances_of_the_fleet(
    ask: Ask, refusal: Refusal, store: Store, call: Any, group: Group
) -> None:
    fleet = Asked(store, call)
    node = fleet.add_node(7)
    (shown,) = fleet("DescribeContainerInstances", containerInstances=[node])["containerInstances"]
    instance = shown["ec2InstanceId"]
    arn = group("hosts", TargetType="instance")
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": instance, "Port": 32768}])
    (found,) = health(ask, arn)
    assert found["Target"] == {"Id": instance, "Port": 32768}
    other = "i-0fedcba9876543210"
    assert refusal("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": other}]) == (
        "InvalidTarget",
        f"The following targets are not in a running state and cannot be registered: '{other}'",
    )
    assert refusal("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10"}]) == (
        "ValidationError",
        "Instance ID '172.31.0.10' is not valid",
    )


def test_registering_what_is_registered_changes_nothing(
    ask: Ask, used: str, heard: list[tuple[str, str]]
) -> None:
    ask("RegisterTargets", TargetGroupArn=used, Targets=[{"Id": "172.31.0.10"}])
    assert ("target group", used) in heard
    heard.clear()
    ask("RegisterTargets", TargetGroupArn=used, Targets=[{"Id": "172.31.0.10", "Port": 80}] * 2)
    assert heard == []
    assert states(ask, used) == {("172.31.0.10", 80): REGISTERING}


def test_a_deregistered_target_drains_and_may_return(
    ask: Ask, used: str, store: Store, elb_peers: Any, heard: list[tuple[str, str]]
) -> None:
    target = {"Id": "172.31.0.10"}
    ask("RegisterTargets", TargetGroupArn=used, Targets=[target])
    sighting = TargetSighting(target_id="172.31.0.10", port=80, state="healthy")
    store.write(lambda tx: elb_peers.routing.saw_targets(tx, used, (sighting,), now=1.0))
    assert states(ask, used) == {("172.31.0.10", 80): {"State": "healthy"}}
    heard.clear()
    ask("DeregisterTargets", TargetGroupArn=used, Targets=[target])
    assert ("target group", used) in heard
    assert ("target health", used) in heard
    assert states(ask, used) == {("172.31.0.10", 80): DRAINING}
    ask("RegisterTargets", TargetGroupArn=used, Targets=[target])
    assert states(ask, used) == {("172.31.0.10", 80): {"State": "healthy"}}
    ask("DeregisterTargets", TargetGroupArn=used, Targets=[target])
    free = (("172.31.0.10", 80),)
    store.write(lambda tx: elb_peers.routing.saw_drained(tx, used, free, now=2.0))
    assert states(ask, used) == {("172.31.0.10", 80): DRAINING}
    ask("RegisterTargets", TargetGroupArn=used, Targets=[target])
    assert states(ask, used) == {("172.31.0.10", 80): REGISTERING}


def test_a_target_that_nobody_uses_is_gone_at_once(ask: Ask, group: Group) -> None:
    arn = group()
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10"}])
    ask("DeregisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10"}])
    assert health(ask, arn) == []


def test_only_the_port_that_is_named_is_deregistered(ask: Ask, group: Group) -> None:
    arn = group()
    two = [{"Id": "172.31.0.10"}, {"Id": "172.31.0.10", "Port": 81}]
    ask("RegisterTargets", TargetGroupArn=arn, Targets=two)
    ask("DeregisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10", "Port": 81}])
    assert list(states(ask, arn)) == [("172.31.0.10", 80)]
    ask("DeregisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10", "Port": 82}])
    assert list(states(ask, arn)) == [("172.31.0.10", 80)]


def test_a_target_that_is_asked_for_and_not_there_is_unused(ask: Ask, group: Group) -> None:
    arn = group()
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.0.10"}])
    asked = [{"Id": "172.31.0.11"}, {"Id": "172.31.0.10"}]
    found = health(ask, arn, Targets=asked)
    assert found[0] == {
        "Target": {"Id": "172.31.0.11", "Port": 80},
        "HealthCheckPort": "80",
        "TargetHealth": {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    }
    assert found[1]["TargetHealth"] == UNUSED


def test_a_target_in_a_zone_that_is_not_enabled_is_not_used(
    ask: Ask, balancer: Callable[..., Any], group: Group, subnets: tuple[str, ...]
) -> None:
    network = balancer("net", Type="network", Subnets=[subnets[0]])
    tcp = group("tcp", Protocol="TCP")
    forward(ask, network["LoadBalancerArn"], tcp, "TCP")
    targets = [{"Id": "172.31.0.10"}, {"Id": "10.9.9.9", "AvailabilityZone": "all"}]
    ask("RegisterTargets", TargetGroupArn=tcp, Targets=targets)
    ask(
        "RegisterTargets",
        TargetGroupArn=tcp,
        Targets=[{"Id": "100.64.0.1", "AvailabilityZone": "us-east-1b"}],
    )
    found = {key[0]: each for key, each in states(ask, tcp).items()}
    assert found["172.31.0.10"] == REGISTERING
    assert found["10.9.9.9"] == REGISTERING
    assert found["100.64.0.1"] == {
        "State": "unused",
        "Reason": "Target.NotInUse",
        "Description": "Target is in an Availability Zone that is not enabled for the load "
        "balancer",
    }
    ask("SetSubnets", LoadBalancerArn=network["LoadBalancerArn"], Subnets=list(subnets))
    assert states(ask, tcp)["100.64.0.1", 80] == REGISTERING


def test_a_load_balancers_own_address_is_no_target(
    ask: Ask, store: Store, balancer: Callable[..., Any], group: Group
) -> None:
    arn, front = group(), balancer("front")
    forward(ask, front["LoadBalancerArn"], arn)
    (own, *_) = own_addresses(store)
    ask("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": own}])
    assert states(ask, arn)[own, 80] == {
        "State": "unused",
        "Reason": "Target.IpUnusable",
        "Description": "The IP address cannot be used as a target, as it is in use by a load "
        "balancer",
    }


def own_addresses(store: Store) -> list[str]:
    (found,) = store.read(every_load_balancer)
    return [zone.address for zone in found.zones]


def test_a_group_takes_a_thousand_targets_and_no_more(
    ask: Ask, refusal: Refusal, group: Group
) -> None:
    arn = group()
    wanted = [{"Id": f"172.31.{n // 250}.{n % 250 + 4}"} for n in range(1000)]
    ask("RegisterTargets", TargetGroupArn=arn, Targets=wanted)
    assert refusal("RegisterTargets", TargetGroupArn=arn, Targets=[{"Id": "172.31.9.9"}]) == (
        "TooManyTargets",
        "You've reached the limit on the number of targets.",
    )
    ask("RegisterTargets", TargetGroupArn=arn, Targets=wanted[:5])
    assert len(health(ask, arn)) == 1000


@pytest.mark.parametrize("name", ["RegisterTargets", "DeregisterTargets", "DescribeTargetHealth"])
def test_targets_of_a_group_that_is_not_there(name: str, refusal: Refusal) -> None:
    refused = refusal(name, TargetGroupArn=GONE, Targets=[{"Id": "172.31.0.10"}])
    assert refused == ("TargetGroupNotFound", "One or more target groups not found")
