"""Where load balancers are and who may reach them: subnets, groups, types of addresses."""

from collections.abc import Callable
from typing import Any

from homeport.services.elbv2.queries import load_balancers
from homeport.store import Store

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]


def test_it_moves_to_other_subnets_and_keeps_its_addresses_where_it_stays(
    ask: Ask,
    balancer: Ask,
    store: Store,
    subnets: tuple[str, ...],
    interfaces: Callable[[], list[Any]],
    heard: list[tuple[str, str]],
) -> None:
    arn = balancer("web", Subnets=list(subnets[:2]))["LoadBalancerArn"]
    before = store.read(lambda tx: load_balancers.find(tx, arn))
    heard.clear()
    answer = ask("SetSubnets", LoadBalancerArn=arn, Subnets=list(subnets[1:]))
    assert [each["SubnetId"] for each in answer["AvailabilityZones"]] == list(subnets[1:])
    assert answer["IpAddressType"] == "ipv4"
    assert ("load balancer", arn) in heard
    after = store.read(lambda tx: load_balancers.find(tx, arn))
    assert before is not None
    assert after is not None
    assert after.zones[0] == before.zones[1]
    assert {each["SubnetId"] for each in interfaces()} == set(subnets[1:])


def test_subnets_cannot_be_too_few_or_unknown(
    balancer: Ask, refusal: Refusal, subnets: tuple[str, ...]
) -> None:
    arn = balancer("web")["LoadBalancerArn"]
    assert refusal("SetSubnets", LoadBalancerArn=arn, Subnets=[subnets[0]])[1] == (
        "At least two subnets in two different Availability Zones must be specified"
    )
    unknown = [subnets[0], "subnet-0123"]
    assert refusal("SetSubnets", LoadBalancerArn=arn, Subnets=unknown)[0] == "SubnetNotFound"


def test_it_gets_other_security_groups(
    ask: Ask,
    balancer: Ask,
    refusal: Refusal,
    spare_group: str,
    interfaces: Callable[[], list[Any]],
) -> None:
    arn = balancer("web")["LoadBalancerArn"]
    answer = ask("SetSecurityGroups", LoadBalancerArn=arn, SecurityGroups=[spare_group])
    assert answer == {"SecurityGroupIds": [spare_group]}
    assert {group["GroupId"] for each in interfaces() for group in each["Groups"]} == {spare_group}
    (shown,) = ask("DescribeLoadBalancers")["LoadBalancers"]
    assert shown["SecurityGroups"] == [spare_group]
    assert refusal("SetSecurityGroups", LoadBalancerArn=arn, SecurityGroups=["sg-0"])[0] == (
        "InvalidSecurityGroup"
    )
    assert refusal("SetSecurityGroups", LoadBalancerArn=arn, SecurityGroups=[]) == (
        "ValidationError",
        "A security group must be specified",
    )


def test_a_network_load_balancer_without_groups_never_gets_any(
    ask: Ask, balancer: Ask, refusal: Refusal, spare_group: str
) -> None:
    arn = balancer("net", Type="network")["LoadBalancerArn"]
    code, _ = refusal("SetSecurityGroups", LoadBalancerArn=arn, SecurityGroups=[spare_group])
    assert code == "InvalidConfigurationRequest"
    closed = balancer("closed", Type="network", SecurityGroups=[spare_group])["LoadBalancerArn"]
    answer = ask(
        "SetSecurityGroups",
        LoadBalancerArn=closed,
        SecurityGroups=[spare_group],
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off",
    )
    assert answer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"


def test_addresses_stay_ipv4(ask: Ask, balancer: Ask, refusal: Refusal) -> None:
    arn = balancer("web")["LoadBalancerArn"]
    asked = {"LoadBalancerArn": arn, "IpAddressType": "ipv4"}
    assert ask("SetIpAddressType", **asked) == {"IpAddressType": "ipv4"}
    code, _ = refusal("SetIpAddressType", **(asked | {"IpAddressType": "dualstack"}))
    assert code == "InvalidSubnet"
