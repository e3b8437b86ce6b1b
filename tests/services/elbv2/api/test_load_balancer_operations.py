"""Load balancers: made once, shown, moved, protected, deleted with all that is theirs."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.contracts.peers import Peers
from homeport.runtime import Call
from homeport.services.elbv2.queries import forwards, listeners, load_balancers, rules
from homeport.services.elbv2.queries.tags import tags_of
from homeport.store import Store

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
PREFIX = "arn:aws:elasticloadbalancing:us-east-1:000000000000"
FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


def test_a_new_load_balancer_says_what_it_is(
    balancer: Ask, subnets: tuple[str, ...], vpc_id: str
) -> None:
    made = balancer("web")
    assert made["LoadBalancerArn"].startswith(f"{PREFIX}:loadbalancer/app/web/")
    name, _, rest = made["DNSName"].partition(".")
    assert rest == "us-east-1.elb.localhost"
    assert name.removeprefix("web-").isdigit()
    assert (made["Type"], made["Scheme"], made["IpAddressType"]) == (
        "application",
        "internet-facing",
        "ipv4",
    )
    assert made["State"] == {"Code": "provisioning"}
    assert made["CanonicalHostedZoneId"] == "Z35SXDOTRQ7X7K"
    assert made["VpcId"] == vpc_id
    assert made["CreatedTime"] == 1_700_000_000.0
    assert len(made["SecurityGroups"]) == 1
    assert made["AvailabilityZones"] == [
        {"ZoneName": f"us-east-1{letter}", "SubnetId": subnet, "LoadBalancerAddresses": []}
        for letter, subnet in zip("abc", subnets, strict=True)
    ]


def test_a_network_load_balancer_has_no_groups_unless_told(
    balancer: Ask, subnets: tuple[str, ...], spare_group: str
) -> None:
    open_one = balancer("open", Type="network", Subnets=[subnets[0]])
    digits = open_one["LoadBalancerArn"].rpartition("/")[2]
    assert open_one["LoadBalancerArn"] == f"{PREFIX}:loadbalancer/net/open/{digits}"
    assert open_one["DNSName"] == f"open-{digits}.us-east-1.elb.localhost"
    assert "SecurityGroups" not in open_one
    assert open_one["CanonicalHostedZoneId"] == "Z26RNL4JYFTOTI"
    closed = balancer("closed", Type="network", SecurityGroups=[spare_group])
    assert closed["SecurityGroups"] == [spare_group]
    assert closed["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "on"


def test_an_internal_one_says_so_in_its_name(ask: Ask, balancer: Ask) -> None:
    made = balancer("web", Scheme="internal")
    assert made["DNSName"].startswith("internal-web-")
    shown = ask("DescribeLoadBalancerAttributes", LoadBalancerArn=made["LoadBalancerArn"])
    assert {"Key": "ipv6.deny_all_igw_traffic", "Value": "true"} in shown["Attributes"]


def test_it_holds_an_interface_in_each_subnet(
    balancer: Ask, subnets: tuple[str, ...], interfaces: Callable[[], list[Any]]
) -> None:
    made = balancer("web")
    described = "ELB " + made["LoadBalancerArn"].partition(":loadbalancer/")[2]
    held = interfaces()
    assert {each["SubnetId"] for each in held} == set(subnets)
    assert {each["Description"] for each in held} == {described}
    assert {group["GroupId"] for each in held for group in each["Groups"]} == set(
        made["SecurityGroups"]
    )


def test_the_same_settings_are_the_same_load_balancer(
    balancer: Ask, refusal: Refusal, subnets: tuple[str, ...], interfaces: Callable[[], list[Any]]
) -> None:
    made = balancer("web")
    assert balancer("web", Subnets=list(reversed(subnets))) == made
    assert len(interfaces()) == 3
    text = "A load balancer with the same name 'web' exists, but with different settings"
    for other in (
        {"Scheme": "internal"},
        {"Type": "network"},
        {"Subnets": list(subnets[:2])},
    ):
        asked = {"Name": "web", "Subnets": list(subnets)} | other
        assert refusal("CreateLoadBalancer", **asked) == ("DuplicateLoadBalancerName", text)


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        (
            {"Name": "internal-web"},
            "ValidationError",
            "The load balancer name 'internal-web' cannot begin with 'internal-'",
        ),
        (
            {"Type": "gateway"},
            "UnsupportedOperation",
            "Homeport has no gateway load balancers: use application or network.",
        ),
        (
            {"Type": "classic"},
            "ValidationError",
            (
                "1 validation error detected: Value 'classic' at 'type' failed to satisfy "
                "constraint: Member must satisfy enum value set: [application, network, gateway]"
            ),
        ),
        (
            {"Scheme": "public"},
            "ValidationError",
            (
                "1 validation error detected: Value 'public' at 'scheme' failed to satisfy "
                "constraint: Member must satisfy enum value set: [internet-facing, internal]"
            ),
        ),
        (
            {"Subnets": ["subnet-0123", "subnet-4567"]},
            "SubnetNotFound",
            "The subnet ID 'subnet-0123' does not exist",
        ),
        (
            {"SecurityGroups": ["sg-0123"]},
            "InvalidSecurityGroup",
            "The security group 'sg-0123' does not exist",
        ),
        (
            {"IpAddressType": "dualstack"},
            "InvalidSubnet",
            "You must specify subnets with an associated IPv6 CIDR block.",
        ),
        (
            {"Tags": [{"Key": "a"}, {"Key": "a"}]},
            "DuplicateTagKeys",
            "Tag key was specified more than once: a",
        ),
        (
            {"CustomerOwnedIpv4Pool": "ipv4pool-coip-1"},
            "UnsupportedOperation",
            "Homeport has no pools of addresses: leave out 'CustomerOwnedIpv4Pool'.",
        ),
    ],
)
def test_what_cannot_be_made(
    refusal: Refusal, subnets: tuple[str, ...], changes: Any, code: str, text: str
) -> None:
    asked = {"Name": "web", "Subnets": list(subnets)} | changes
    assert refusal("CreateLoadBalancer", **asked) == (code, text)


def test_one_subnet_is_too_few(refusal: Refusal, subnets: tuple[str, ...]) -> None:
    assert refusal("CreateLoadBalancer", Name="web", Subnets=[subnets[0]]) == (
        "ValidationError",
        "At least two subnets in two different Availability Zones must be specified",
    )


def test_they_are_found_by_name_and_arn_in_pages(ask: Ask, balancer: Ask, refusal: Refusal) -> None:
    arns = [balancer(name)["LoadBalancerArn"] for name in ("c", "a", "b")]
    names: list[str] = []
    marker: dict[str, str] = {}
    while True:
        answer = ask("DescribeLoadBalancers", PageSize=1, **marker)
        names += [each["LoadBalancerName"] for each in answer["LoadBalancers"]]
        if "NextMarker" not in answer:
            break
        marker = {"Marker": answer["NextMarker"]}
    assert names == ["a", "b", "c"]
    found = ask("DescribeLoadBalancers", LoadBalancerArns=[arns[0]])["LoadBalancers"]
    assert [each["LoadBalancerName"] for each in found] == ["c"]
    found = ask("DescribeLoadBalancers", Names=["b", "a"])["LoadBalancers"]
    assert [each["LoadBalancerName"] for each in found] == ["a", "b"]
    assert refusal("DescribeLoadBalancers", Names=["a", "x", "y"]) == (
        "LoadBalancerNotFound",
        "Load balancers '[x, y]' not found",
    )
    gone = arns[0] + "0"
    assert refusal("DescribeLoadBalancers", LoadBalancerArns=[gone]) == (
        "LoadBalancerNotFound",
        "One or more load balancers not found",
    )
    assert refusal("DescribeLoadBalancers", LoadBalancerArns=["web"]) == (
        "ValidationError",
        "'web' is not a valid load balancer ARN",
    )
    assert refusal("DescribeLoadBalancers", LoadBalancerArns=arns, Names=["a"])[0] == (
        "ValidationError"
    )
    assert refusal("DescribeLoadBalancers", Marker="nonsense") == (
        "ValidationError",
        "The specified marker is not valid",
    )


def test_nobody_sees_those_of_another_region(
    ask: Ask, balancer: Ask, call: Callable[..., Call], elb_peers: Peers
) -> None:
    balancer("web")
    there = call(peers=elb_peers, region="eu-west-1")
    assert ask("DescribeLoadBalancers", _call=there)["LoadBalancers"] == []


def test_fifty_of_a_kind_are_the_limit(balancer: Ask, refusal: Refusal, subnets: Any) -> None:
    for number in range(50):
        balancer(f"web-{number}", Subnets=list(subnets[:2]))
    assert refusal("CreateLoadBalancer", Name="more", Subnets=list(subnets)) == (
        "TooManyLoadBalancers",
        (
            "You've reached the limit on the number of load balancers for your Amazon Web Services "
            "account."
        ),
    )
    balancer("another-kind", Type="network")


def test_deletion_takes_everything_that_is_its_own(
    ask: Ask,
    balancer: Ask,
    group: Callable[..., str],
    store: Store,
    interfaces: Callable[[], list[Any]],
    heard: list[tuple[str, str]],
) -> None:
    arn = balancer("web", Tags=[{"Key": "a", "Value": "1"}])["LoadBalancerArn"]
    blue, green = group("blue"), group("green")
    listener = ask(
        "CreateListener",
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": blue}],
        Tags=[{"Key": "b", "Value": "2"}],
    )["Listeners"][0]["ListenerArn"]
    rule = ask(
        "CreateRule",
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/g"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": green}],
        Tags=[{"Key": "c", "Value": "3"}],
    )["Rules"][0]["RuleArn"]
    heard.clear()
    assert ask("DeleteLoadBalancer", LoadBalancerArn=arn) == {}
    assert {("load balancer", arn), ("target group", blue), ("target group", green)} <= set(heard)
    assert interfaces() == []

    def left(tx: Any) -> list[Any]:
        return [
            load_balancers.every_load_balancer(tx),
            listeners.every_listener(tx),
            rules.every_rule(tx),
            forwards.groups_in_use(tx),
            *(tags_of(tx, each) for each in (arn, listener, rule)),
        ]

    assert not any(store.read(left))
    assert ask("DeleteLoadBalancer", LoadBalancerArn=arn) == {}


def test_a_protected_one_stays(ask: Ask, balancer: Ask, refusal: Refusal) -> None:
    arn = balancer("web")["LoadBalancerArn"]

    def protect(value: str) -> Any:
        pair = {"Key": "deletion_protection.enabled", "Value": value}
        return ask("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=[pair])

    assert {"Key": "deletion_protection.enabled", "Value": "true"} in protect("true")["Attributes"]
    assert refusal("DeleteLoadBalancer", LoadBalancerArn=arn) == (
        "OperationNotPermitted",
        f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
    )
    protect("false")
    ask("DeleteLoadBalancer", LoadBalancerArn=arn)
    assert refusal("DescribeLoadBalancerAttributes", LoadBalancerArn=arn) == (
        "LoadBalancerNotFound",
        f"Load balancer '{arn}' not found",
    )


def test_terraform_reads_attributes_and_reservations(ask: Ask, balancer: Ask) -> None:
    arn = balancer("web")["LoadBalancerArn"]
    asked = [
        {"Key": "idle_timeout.timeout_seconds", "Value": "120"},
        {"Key": "routing.http.xff_header_processing.mode", "Value": "preserve"},
        {"Key": "connection_logs.s3.enabled", "Value": "false"},
    ]
    ask("ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=asked)
    shown = ask("DescribeLoadBalancerAttributes", LoadBalancerArn=arn)["Attributes"]
    values = {each["Key"]: each["Value"] for each in shown}
    assert all(values[each["Key"]] == each["Value"] for each in asked)
    assert values["routing.http2.enabled"] == "true"
    reserved = ask("DescribeCapacityReservation", LoadBalancerArn=arn)
    assert reserved == {"DecreaseRequestsRemaining": 2, "CapacityReservationState": []}
    asked_reset = {"LoadBalancerArn": arn, "ResetCapacityReservation": True}
    assert ask("ModifyCapacityReservation", **asked_reset) == reserved
