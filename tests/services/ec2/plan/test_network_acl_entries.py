"""What requests say of entries of network ACLs, and what ACLs then are."""

from typing import Any

import pytest
from msgspec.structs import replace

from homeport.kernel.errors import AwsError
from homeport.link.vpc import AclEntry as Told
from homeport.link.vpc import Allow, SubnetAcl
from homeport.services.ec2.plan import network_acls as plan
from homeport.services.ec2.plan.limits import ACL_ENTRIES_MAX
from homeport.services.ec2.plan.vpc_policy import subnet_acls
from homeport.services.ec2.records import AclEntry, NetworkAcl, Subnet

MAIN = NetworkAcl(acl_id="acl-1", account="0" * 12, region="us-east-1", vpc_id="vpc-1")
OTHER = replace(MAIN, acl_id="acl-2", is_default=False, entries=())


def subnet(name: str, acl_id: str = "", vpc_id: str = "vpc-1") -> Subnet:
    return Subnet(
        subnet_id=f"subnet-{name}",
        account="0" * 12,
        region="us-east-1",
        vpc_id=vpc_id,
        vpc_cidr="10.0.0.0/16",
        cidr=f"10.0.{name}.0/24",
        zone="us-east-1a",
        zone_id="use1-az1",
        is_default=False,
        first_address=0,
        last_address=0,
        acl_id=acl_id,
    )


def asked(**changes: Any) -> AclEntry:
    request = {
        "RuleNumber": 100,
        "Protocol": "-1",
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "0.0.0.0/0",
    } | changes
    return plan.entry_of({key: value for key, value in request.items() if value is not None})


def refusal(**changes: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refused:
        asked(**changes)
    return refused.value.code, refused.value.message


HTTP = {"From": 80, "To": 81}
PING = {"Type": 8, "Code": -1}


@pytest.mark.parametrize(
    ("changes", "protocol", "ports"),
    [
        ({}, "-1", (None, None)),
        ({"PortRange": HTTP}, "-1", (None, None)),
        ({"Protocol": "6", "PortRange": HTTP}, "6", (80, 81)),
        ({"Protocol": "tcp", "PortRange": HTTP}, "6", (80, 81)),
        ({"Protocol": "UDP", "PortRange": {"From": 0, "To": 65535}}, "17", (0, 65535)),
        ({"Protocol": "1", "IcmpTypeCode": PING, "PortRange": HTTP}, "1", (8, -1)),
        ({"Protocol": "icmp", "IcmpTypeCode": {"Type": -1, "Code": -1}}, "1", (-1, -1)),
        ({"Protocol": "047", "PortRange": HTTP}, "47", (None, None)),
        ({"Protocol": "58"}, "58", (None, None)),
        (
            {
                "Protocol": "58",
                "CidrBlock": None,
                "Ipv6CidrBlock": "::/0",
                "IcmpTypeCode": {"Type": 128, "Code": 0},
            },
            "58",
            (128, 0),
        ),
    ],
)
def test_protocols_are_kept_as_numbers_with_what_they_have(
    changes: dict[str, Any], protocol: str, ports: tuple[int | None, int | None]
) -> None:
    entry = asked(**changes)
    assert (entry.protocol, entry.from_port, entry.to_port) == (protocol, *ports)


def test_ranges_lose_their_host_bits() -> None:
    assert asked(CidrBlock="100.68.0.18/18").cidr == "100.68.0.0/18"
    ipv6 = asked(CidrBlock=None, Ipv6CidrBlock="2001:db8::1/32")
    assert (ipv6.cidr, ipv6.cidr_ipv6) == (None, "2001:db8::/32")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"RuleNumber": 0}, "InvalidParameterValue", "Value (0) for parameter ruleNumber"),
        ({"RuleNumber": 32767}, "InvalidParameterValue", "Value (32767) for parameter ruleNumber"),
        (
            {"RuleAction": "maybe"},
            "InvalidParameterValue",
            "Value (maybe) for parameter ruleAction",
        ),
        ({"Protocol": "256"}, "InvalidParameterValue", "Value (256) for parameter protocol"),
        ({"Protocol": "tcpp"}, "InvalidParameterValue", "Value (tcpp) for parameter protocol"),
        ({"CidrBlock": None}, "MissingParameter", "cidrBlock or ipv6CidrBlock"),
        ({"Ipv6CidrBlock": "::/0"}, "InvalidParameterCombination", "cannot be used together"),
        ({"CidrBlock": "10.0.0.0"}, "InvalidParameterValue", "Value (10.0.0.0) for parameter cidr"),
        ({"CidrBlock": "::/0"}, "InvalidParameterValue", "Value (::/0) for parameter cidrBlock"),
        ({"Protocol": "6"}, "MissingParameter", "portRange"),
        ({"Protocol": "17", "PortRange": {"From": 9}}, "InvalidParameterValue", "both from and to"),
        (
            {"Protocol": "6", "PortRange": {"From": 9, "To": 8}},
            "InvalidParameterValue",
            "port range (9:8)",
        ),
        ({"Protocol": "1"}, "MissingParameter", "icmpTypeCode"),
    ],
)
def test_what_is_no_entry_is_refused(changes: dict[str, Any], code: str, words: str) -> None:
    found, text = refusal(**changes)
    assert found == code
    assert words in text


def test_entries_are_in_the_order_in_which_they_are_tried() -> None:
    acl = OTHER
    for number, is_egress in ((300, False), (100, False), (200, True), (200, False), (1, True)):
        acl = plan.with_entry(acl, asked(RuleNumber=number, Egress=is_egress))
    order = [(each.is_egress, each.number) for each in acl.entries]
    assert order == [(True, 1), (True, 200), (False, 100), (False, 200), (False, 300)]
    denied = plan.with_replaced(acl, asked(RuleNumber=200, RuleAction="deny"))
    assert [(each.is_egress, each.number) for each in denied.entries] == order
    assert [each.number for each in denied.entries if not each.allows] == [200]
    left = plan.without_entry(denied, 200, is_egress=False)
    assert all(each.allows for each in left.entries)


def test_a_number_is_there_once_in_each_direction() -> None:
    with pytest.raises(AwsError) as twice:
        plan.with_entry(MAIN, asked())
    assert twice.value.code == "NetworkAclEntryAlreadyExists"
    assert twice.value.message == "The network acl entry identified by 100 already exists."
    for change in (
        lambda: plan.with_replaced(MAIN, asked(RuleNumber=7)),
        lambda: plan.without_entry(MAIN, 7, is_egress=True),
    ):
        with pytest.raises(AwsError) as missing:
            change()
        assert missing.value.code == "InvalidNetworkAclEntry.NotFound"


def test_a_direction_has_a_limit() -> None:
    acl = OTHER
    for number in range(1, ACL_ENTRIES_MAX + 1):
        acl = plan.with_entry(acl, asked(RuleNumber=number))
    with pytest.raises(AwsError) as full:
        plan.with_entry(acl, asked(RuleNumber=ACL_ENTRIES_MAX + 1))
    assert full.value.code == "NetworkAclEntryLimitExceeded"
    plan.with_entry(acl, asked(RuleNumber=1, Egress=True))


def both(*entries: AclEntry) -> NetworkAcl:
    """An ACL that lets everything out, and says this of what comes in."""
    (out,) = (each for each in MAIN.entries if each.is_egress)
    return replace(MAIN, entries=(out, *entries))


WEB = asked(RuleNumber=50, Protocol="6", PortRange=HTTP)
ALL = asked()
IPV6 = asked(RuleNumber=101, CidrBlock=None, Ipv6CidrBlock="::/0")


@pytest.mark.parametrize(
    ("acl", "is_open"),
    [
        (MAIN, True),
        (OTHER, False),
        (both(), False),
        (both(ALL), True),
        (both(WEB, ALL, IPV6), True),
        (both(WEB), False),
        (both(IPV6), False),
        (both(replace(WEB, allows=False), ALL), False),
        (both(ALL, replace(WEB, number=200, allows=False)), True),
        (both(replace(IPV6, number=1, allows=False), ALL), True),
        (both(asked(CidrBlock="0.0.0.0/1"), asked(CidrBlock="128.0.0.0/1")), False),
        (both(asked(Protocol="47")), False),
        (replace(MAIN, entries=MAIN.entries[1:]), False),
    ],
)
def test_an_acl_is_open_when_everything_passes_both_ways(acl: NetworkAcl, is_open: bool) -> None:
    assert plan.is_open(acl) is is_open


def test_a_subnet_has_one_acl_its_vpcs_default_one_unless_it_names_another() -> None:
    foreign = replace(MAIN, acl_id="acl-9", vpc_id="vpc-9")
    table = {
        name: [each.acl_id for each in (MAIN, OTHER, foreign) if plan.has_subnet(each, found)]
        for name, found in (
            ("plain", subnet("1")),
            ("named", subnet("2", "acl-2")),
            ("far", subnet("3", vpc_id="vpc-9")),
        )
    }
    assert table == {"plain": ["acl-1"], "named": ["acl-2"], "far": ["acl-9"]}


def test_nodes_are_told_of_subnets_that_do_not_let_everything_through() -> None:
    denied = asked(RuleNumber=7, RuleAction="deny", CidrBlock="10.0.9.0/24")
    ping = asked(RuleNumber=8, Protocol="1", IcmpTypeCode=PING)
    strict = replace(OTHER, entries=(replace(ALL, is_egress=True), denied, ping, IPV6))
    subnets = [subnet("1"), subnet("2", "acl-2"), subnet("3", "acl-2")]
    told = subnet_acls((MAIN, strict), subnets)
    anywhere = Allow(protocol="-1", cidr="0.0.0.0/0")
    assert told == tuple(
        SubnetAcl(
            cidr=f"10.0.{name}.0/24",
            ingress=(
                Told(allows=False, about=Allow(protocol="-1", cidr="10.0.9.0/24")),
                Told(allows=True, about=Allow(protocol="1", from_port=8, cidr="0.0.0.0/0")),
            ),
            egress=(Told(allows=True, about=anywhere),),
        )
        for name in ("2", "3")
    )
