"""Tags of everything that has an ARN, and what is the same for everybody."""

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from homeport.services.elbv2 import wiring

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
PATH = [{"Field": "path-pattern", "Values": ["/a"]}]


@pytest.fixture
def resources(ask: Ask, balancer: Ask, group: Ask) -> list[str]:
    """A load balancer, a listener, a rule, the default rule and a target group, tagged alike."""
    tags = [{"Key": "made", "Value": "here"}]
    web = balancer("web", Tags=tags)["LoadBalancerArn"]
    asked = {"Protocol": "HTTP", "Port": 80, "DefaultActions": FIXED, "Tags": tags}
    listener = ask("CreateListener", LoadBalancerArn=web, **asked)["Listeners"][0]["ListenerArn"]
    asked = {"Conditions": PATH, "Actions": FIXED, "Tags": tags}
    ask("CreateRule", ListenerArn=listener, Priority=1, **asked)
    rule, default = ask("DescribeRules", ListenerArn=listener)["Rules"]
    return [web, listener, rule["RuleArn"], group(Tags=tags), default["RuleArn"]]


def tags(ask: Ask, *arns: str) -> list[dict[str, str]]:
    answer = ask("DescribeTags", ResourceArns=list(arns))["TagDescriptions"]
    assert [each["ResourceArn"] for each in answer] == list(arns)
    return [{tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in answer]


def test_everything_is_tagged_when_it_is_made(ask: Ask, resources: list[str]) -> None:
    assert tags(ask, *resources) == [{"made": "here"}] * 4 + [{}]


def test_tags_are_added_replaced_and_removed(ask: Ask, resources: list[str]) -> None:
    new = [{"Key": "made", "Value": "there"}, {"Key": "empty"}]
    assert ask("AddTags", ResourceArns=resources, Tags=new) == {}
    assert tags(ask, *resources) == [{"made": "there", "empty": ""}] * 5
    assert ask("RemoveTags", ResourceArns=resources, TagKeys=["made", "never"]) == {}
    assert tags(ask, *resources) == [{"empty": ""}] * 5


def test_tags_go_with_what_they_are_on(ask: Ask, resources: list[str], refusal: Refusal) -> None:
    _, listener, rule, _, _ = resources
    ask("DeleteRule", RuleArn=rule)
    assert refusal("DescribeTags", ResourceArns=[rule]) == (
        "RuleNotFound",
        f"Rule '{rule}' not found",
    )
    ask("DeleteListener", ListenerArn=listener)
    assert refusal("AddTags", ResourceArns=[listener], Tags=[{"Key": "a"}])[0] == "ListenerNotFound"


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (
            "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/x/1",
            "LoadBalancer",
        ),
        ("arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/x/1", "TargetGroup"),
        ("arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/x/1", "TargetGroup"),
    ],
)
def test_only_what_exists_has_tags(refusal: Refusal, arn: str, code: str) -> None:
    assert refusal("DescribeTags", ResourceArns=[arn])[0] == f"{code}NotFound"


def test_twenty_resources_are_shown_at_once(refusal: Refusal) -> None:
    assert refusal("DescribeTags", ResourceArns=["a"] * 21)[1] == (
        "You can specify up to '20' resources in a single call"
    )
    assert refusal("DescribeTags", ResourceArns=["web"])[1] == "'web' is not a valid resource ARN"


def test_a_resource_has_fifty_tags(ask: Ask, resources: list[str], refusal: Refusal) -> None:
    web = resources[0]
    ask("AddTags", ResourceArns=[web], Tags=[{"Key": str(number)} for number in range(49)])
    assert refusal("AddTags", ResourceArns=[web], Tags=[{"Key": "more"}]) == (
        "TooManyTags",
        "You've reached the limit on the number of tags for this resource.",
    )


def test_policies_are_listed_with_their_ciphers(ask: Ask, refusal: Refusal) -> None:
    name = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    assert ask("DescribeSSLPolicies", Names=[name])["SslPolicies"] == [
        {
            "Name": name,
            "SslProtocols": ["TLSv1.3"],
            "Ciphers": [
                {"Name": "TLS_AES_128_GCM_SHA256", "Priority": 1},
                {"Name": "TLS_AES_256_GCM_SHA384", "Priority": 2},
                {"Name": "TLS_CHACHA20_POLY1305_SHA256", "Priority": 3},
            ],
            "SupportedLoadBalancerTypes": ["application", "network"],
        }
    ]
    assert refusal("DescribeSSLPolicies", Names=["Mine"]) == (
        "SSLPolicyNotFound",
        "SSL policy 'Mine' not found",
    )
    every = ask("DescribeSSLPolicies")["SslPolicies"]
    page = ask("DescribeSSLPolicies", PageSize=10)
    rest = ask("DescribeSSLPolicies", Marker=page["NextMarker"])
    assert [*page["SslPolicies"], *rest["SslPolicies"]] == every


def test_quotas_are_listed_in_pages(ask: Ask) -> None:
    every = ask("DescribeAccountLimits")["Limits"]
    assert {"Name": "rules-per-application-load-balancer", "Max": "100"} in every
    page = ask("DescribeAccountLimits", PageSize=4)
    rest = ask("DescribeAccountLimits", Marker=page["NextMarker"])
    assert [*page["Limits"], *rest["Limits"]] == every


def test_there_are_no_trust_stores(ask: Ask, refusal: Refusal) -> None:
    assert ask("DescribeTrustStores") == {"TrustStores": []}
    assert refusal("DescribeTrustStores", Names=["a"])[0] == "TrustStoreNotFound"


def test_every_operation_of_the_model_is_answered() -> None:
    (service,) = wiring.services()
    model = botocore.session.get_session().get_service_model("elbv2")
    answered = set(service.operations) | set(service.unsupported)
    assert answered == set(model.operation_names)
    assert not set(service.operations) & set(service.unsupported)
