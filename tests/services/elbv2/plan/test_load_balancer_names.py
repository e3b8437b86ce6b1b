"""Names, ARNs, DNS names, zones of load balancers, tags, priorities, security policies."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan import (
    listeners,
    names,
    priorities,
    ssl_policies,
    tags,
    zones,
)
from homeport.services.elbv2.plan.limits import LIMITS
from homeport.services.elbv2.plan.zones import Place
from homeport.services.elbv2.records.listeners import Rule
from homeport.services.elbv2.records.tags import Tag

PREFIX = "arn:aws:elasticloadbalancing:us-east-1:000000000000"


def refusal(call: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        call(*arguments)
    return error.value.code, error.value.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a" * 33, "cannot be longer than '32' characters"),
        ("a_b", "can only contain characters that are alphanumeric characters and hyphens(-)"),
        ("-a", "cannot begin or end with '-'"),
        ("a-", "cannot begin or end with '-'"),
        ("internal-a", "cannot begin with 'internal-'"),
    ],
)
def test_a_name_that_elb_refuses(name: str, text: str) -> None:
    assert refusal(names.checked_name, name) == (
        "ValidationError",
        f"The load balancer name '{name}' {text}",
    )


def test_a_name_has_32_characters_at_most() -> None:
    assert names.checked_name("a" * 32) == "a" * 32


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=32))
def test_letters_and_digits_are_a_name(name: str) -> None:
    assert names.checked_name(name) == name


def test_arns_are_made_of_each_other() -> None:
    web = names.load_balancer_arn("000000000000", "us-east-1", "application", "web", "0" * 16)
    assert web == f"{PREFIX}:loadbalancer/app/web/{'0' * 16}"
    listener = names.listener_arn(web, "1" * 16)
    assert listener == f"{PREFIX}:listener/app/web/{'0' * 16}/{'1' * 16}"
    rule = names.rule_arn(listener, "2" * 16)
    assert rule == f"{PREFIX}:listener-rule/app/web/{'0' * 16}/{'1' * 16}/{'2' * 16}"
    assert names.listener_of_rule(rule) == listener
    assert [names.resource_of(arn) for arn in (web, listener, rule)] == [
        "load balancer",
        "listener",
        "rule",
    ]
    assert names.interface_description(web) == f"ELB app/web/{'0' * 16}"
    assert refusal(names.checked_arn, listener, "load balancer") == (
        "ValidationError",
        f"'{listener}' is not a valid load balancer ARN",
    )
    assert names.resource_of("arn:aws:ecs:us-east-1:000000000000:cluster/a") is None


def test_dns_names_say_what_is_internal() -> None:
    assert names.dns_name("web", "us-east-1", is_internal=False, digits="1234567890") == (
        "web-1234567890.us-east-1.elb.localhost"
    )
    assert names.dns_name("web", "eu-west-1", is_internal=True, digits="1234567890") == (
        "internal-web-1234567890.eu-west-1.elb.localhost"
    )


def place(number: int, zone: str, vpc: str = "vpc-1") -> Place:
    return Place(subnet_id=f"subnet-{number}", vpc_id=vpc, zone=zone)


TOO_FEW = "At least two subnets in two different Availability Zones must be specified"


def test_an_application_load_balancer_needs_two_zones_a_network_one_a_single() -> None:
    a, b, other = place(1, "a"), place(2, "b"), place(3, "b", "vpc-2")
    assert zones.checked_places("application", [b, a]) == (a, b)
    assert zones.checked_places("network", [a]) == (a,)
    assert refusal(zones.checked_places, "application", [a]) == ("ValidationError", TOO_FEW)
    assert refusal(zones.checked_places, "application", [a, other]) == (
        "InvalidConfigurationRequest",
        "All subnets must belong to the same VPC",
    )
    assert refusal(zones.checked_places, "network", [a], "vpc-9")[0] == (
        "InvalidConfigurationRequest"
    )
    assert refusal(zones.checked_places, "network", [a, place(4, "a")]) == (
        "InvalidConfigurationRequest",
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    )


def test_subnets_are_asked_for_in_one_of_two_forms() -> None:
    mappings = [{"SubnetId": "a"}, {"SubnetId": "b"}]
    assert zones.asked_subnets("application", {"SubnetMappings": mappings}) == ("a", "b")
    assert zones.asked_subnets("network", {"Subnets": ["a", "a"]}) == ("a",)
    assert refusal(zones.asked_subnets, "application", {"Subnets": ["a", "a"]})[1] == TOO_FEW
    assert refusal(zones.asked_subnets, "network", {})[1] == "At least one subnet must be specified"
    both = {"SubnetMappings": mappings, "Subnets": ["a"]}
    assert refusal(zones.asked_subnets, "network", both)[1] == (
        "Subnets and subnet mappings cannot be specified at the same time"
    )
    elastic = {"SubnetMappings": [{"SubnetId": "a", "AllocationId": "eipalloc-1"}]}
    assert refusal(zones.asked_subnets, "network", elastic) == (
        "UnsupportedOperation",
        "Homeport chooses the addresses of load balancers: leave out 'AllocationId'.",
    )


def test_addresses_are_ipv4() -> None:
    assert zones.checked_address_type("application", "ipv4") == "ipv4"
    assert refusal(zones.checked_address_type, "network", "dualstack") == (
        "InvalidSubnet",
        "You must specify subnets with an associated IPv6 CIDR block.",
    )
    assert refusal(zones.checked_address_type, "network", "dualstack-without-public-ipv4") == (
        "ValidationError",
        (
            "1 validation error detected: Value 'dualstack-without-public-ipv4' at 'ipAddressType' "
            "failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]"
        ),
    )


def rule(number: int, priority: int) -> Rule:
    return Rule(
        arn=f"r{number}",
        listener_arn="l",
        load_balancer_arn="b",
        priority=priority,
        conditions=(),
        actions=(),
    )


def test_rules_may_change_places_but_never_share_one() -> None:
    found = [rule(1, 10), rule(2, 20), rule(3, 30)]
    priorities.check_order(found, {"r1": 20, "r2": 10})
    priorities.check_order(found, {"r1": 40})
    assert refusal(priorities.check_order, found, {"r1": 30}) == (
        "PriorityInUse",
        "Priority '30' is currently in use",
    )
    assert refusal(priorities.check_order, found, {"r1": 5, "r3": 5}) == (
        "ValidationError",
        "Priority '5' was provided multiple times",
    )


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True),
    st.dictionaries(st.integers(0, 5), st.integers(1, 9), max_size=4),
)
def test_an_order_is_allowed_exactly_if_priorities_stay_unique(
    before: list[int], asked: dict[int, int]
) -> None:
    found = [rule(number, priority) for number, priority in enumerate(before)]
    moves = {f"r{number}": to for number, to in asked.items() if number < len(before)}
    after = [moves.get(each.arn, each.priority) for each in found]
    if len(set(after)) == len(after):
        priorities.check_order(found, moves)
    else:
        assert refusal(priorities.check_order, found, moves)[0] in (
            "PriorityInUse",
            "ValidationError",
        )


def test_tags_have_rules() -> None:
    assert tags.checked([{"Key": "a", "Value": "1"}, {"Key": "b"}]) == (
        Tag(key="a", value="1"),
        Tag(key="b", value=""),
    )
    assert refusal(tags.checked, [{"Key": "a"}, {"Key": "a"}]) == (
        "DuplicateTagKeys",
        "Tag key was specified more than once: a",
    )
    assert refusal(tags.checked, [{"Key": "AWS:a"}]) == (
        "ValidationError",
        "aws: prefixed tag key names are not allowed for external use.",
    )
    assert refusal(tags.checked, [{"Key": "a", "Value": "<"}])[0] == "ValidationError"
    fifty = [Tag(key=str(number), value="") for number in range(50)]
    assert tags.checked([{"Key": "1"}], fifty)
    assert refusal(tags.checked, [{"Key": "new"}], fifty)[0] == "TooManyTags"


def test_a_secure_listener_has_a_certificate_and_a_policy() -> None:
    one = [{"CertificateArn": "a"}]
    assert listeners.default_certificate("HTTPS", one) == "a"
    assert listeners.default_certificate("HTTPS", None, "before") == "before"
    assert listeners.default_certificate("HTTP", None, "before") == ""
    assert refusal(listeners.default_certificate, "TLS", None)[1] == (
        "A certificate must be specified for TLS listeners"
    )
    assert refusal(listeners.default_certificate, "HTTPS", one * 2)[1] == (
        "You must provide a list containing exactly one certificate if the listener protocol is "
        "HTTPS."
    )
    assert refusal(listeners.default_certificate, "HTTP", one)[1] == (
        "Certificates cannot be specified for HTTP listeners"
    )
    assert listeners.checked_policy("HTTPS", None) == "ELBSecurityPolicy-2016-08"
    assert listeners.checked_policy("HTTP", None, "before") == ""
    strict = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    assert listeners.checked_policy("HTTPS", None, strict) == strict
    assert refusal(listeners.checked_policy, "TLS", "Mine") == (
        "SSLPolicyNotFound",
        "SSL policy 'Mine' not found",
    )
    assert listeners.checked_alpn("TLS", ["HTTP2Preferred"]) == ("HTTP2Preferred",)
    assert listeners.checked_alpn("TLS", None, ("None",)) == ("None",)
    assert listeners.checked_alpn("TCP", None, ("None",)) == ()
    assert refusal(listeners.checked_alpn, "TLS", ["h2"])[0] == "ALPNPolicyNotFound"
    assert refusal(listeners.checked_alpn, "HTTPS", ["None"])[0] == "ValidationError"


@pytest.mark.parametrize(
    ("kind", "protocol", "text"),
    [
        ("application", "TCP", "Listener protocol 'TCP' must be one of 'HTTP, HTTPS'"),
        ("network", "HTTP", "Listener protocol 'HTTP' must be one of 'UDP, TCP, TLS, TCP_UDP'"),
        ("application", None, "A listener protocol must be specified"),
        ("network", "QUIC", "Homeport has no listeners with the protocol 'QUIC'."),
    ],
)
def test_protocols_are_those_of_the_kind(kind: Any, protocol: Any, text: str) -> None:
    assert refusal(listeners.checked_protocol, kind, protocol)[1] == text


def test_policies_are_those_that_aws_documents() -> None:
    of = ssl_policies.POLICIES
    assert of["ELBSecurityPolicy-2016-08"].protocols == ("TLSv1.2", "TLSv1.1", "TLSv1")
    assert len(of["ELBSecurityPolicy-2016-08"].ciphers) == 18
    assert of["ELBSecurityPolicy-TLS13-1-3-2021-06"].ciphers == (
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    )
    assert of["ELBSecurityPolicy-TLS13-1-2-Res-2021-06"].ciphers[3:] == (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
    )
    assert len(of["ELBSecurityPolicy-TLS13-1-2-2021-06"].ciphers) == 11
    assert len(of["ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06"].ciphers) == 15
    assert len(of["ELBSecurityPolicy-TLS-1-2-2017-01"].ciphers) == 12
    assert of["ELBSecurityPolicy-TLS-1-0-2015-04"].ciphers[-1] == "DES-CBC3-SHA"
    assert (
        of["ELBSecurityPolicy-FS-1-2-Res-2019-08"].ciphers
        == (of["ELBSecurityPolicy-TLS13-1-2-2021-06"].ciphers[3:])
    )


def test_no_limit_is_listed_twice() -> None:
    assert len({name for name, _ in LIMITS}) == len(LIMITS)
