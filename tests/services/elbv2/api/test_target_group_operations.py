"""Target groups: what may be created, how it is shown, when it may go."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
Group = Callable[..., str]

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/gone/0123456789abcdef"


def shown(ask: Ask, arn: str) -> Any:
    (found,) = ask("DescribeTargetGroups", TargetGroupArns=[arn])["TargetGroups"]
    return found


def listener(ask: Ask, balancer: Any, arn: str, port: int = 80) -> Any:
    made = ask(
        "CreateListener",
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    return made["Listeners"][0]


def test_a_new_group_has_the_defaults_of_an_application_load_balancer(
    ask: Ask, vpc_id: str
) -> None:
    (made,) = ask(
        "CreateTargetGroup", Name="web", Protocol="HTTP", Port=8080, VpcId=vpc_id, TargetType="ip"
    )["TargetGroups"]
    arn = made["TargetGroupArn"]
    home, _, digits = arn.rpartition("/")
    assert home == "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web"
    assert len(digits) == 16
    assert made == {
        "TargetGroupArn": arn,
        "TargetGroupName": "web",
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 8080,
        "VpcId": vpc_id,
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 6,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "HealthCheckPath": "/",
        "Matcher": {"HttpCode": "200"},
        "LoadBalancerArns": [],
        "TargetType": "ip",
        "IpAddressType": "ipv4",
    }
    assert shown(ask, arn) == made


def test_a_tcp_group_is_checked_by_connecting(ask: Ask, group: Group) -> None:
    made = shown(ask, group("web", Protocol="TCP"))
    assert made["HealthCheckProtocol"] == "TCP"
    assert made["HealthCheckTimeoutSeconds"] == 10
    assert not {"HealthCheckPath", "Matcher", "ProtocolVersion"} & made.keys()


def test_a_group_without_a_type_has_instances(ask: Ask, vpc_id: str) -> None:
    made = ask("CreateTargetGroup", Name="web", Protocol="HTTP", Port=80, VpcId=vpc_id)
    assert made["TargetGroups"][0]["TargetType"] == "instance"


def test_creating_the_same_group_again_answers_the_first(ask: Ask, group: Group) -> None:
    first = group("web")
    assert group("web") == first
    ask(
        "ModifyTargetGroupAttributes",
        TargetGroupArn=first,
        Attributes=[{"Key": "slow_start.duration_seconds", "Value": "30"}],
    )
    assert group("web") == first
    assert len(ask("DescribeTargetGroups")["TargetGroups"]) == 1


def test_another_group_of_the_same_name_is_refused(
    refusal: Refusal, group: Group, vpc_id: str
) -> None:
    group("web")
    refused = refusal(
        "CreateTargetGroup", Name="web", Protocol="HTTP", Port=81, VpcId=vpc_id, TargetType="ip"
    )
    assert refused == (
        "DuplicateTargetGroupName",
        "A target group with the same name 'web' exists, but with different settings",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a" * 33, f"Target group name '{'a' * 33}' cannot be longer than '32' characters"),
        (
            "my_group",
            (
                "Target group name 'my_group' can only contain characters that are alphanumeric "
                "characters or hyphens(-)"
            ),
        ),
        ("-web", "Target group name '-web' cannot begin or end with '-'"),
        ("web-", "Target group name 'web-' cannot begin or end with '-'"),
    ],
)
def test_names_that_no_group_can_have(name: str, text: str, refusal: Refusal, vpc_id: str) -> None:
    refused = refusal("CreateTargetGroup", Name=name, Protocol="HTTP", Port=80, VpcId=vpc_id)
    assert refused == ("ValidationError", text)


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"Protocol": None}, "ValidationError", "A protocol must be specified"),
        ({"Port": None}, "ValidationError", "A port must be specified"),
        ({"VpcId": None}, "ValidationError", "A VPC ID must be specified"),
        ({"VpcId": "vpc-0123"}, "ValidationError", "The VPC ID 'vpc-0123' is not found"),
        (
            {"TargetType": "task"},
            "ValidationError",
            (
                "1 validation error detected: Value 'task' at 'targetType' failed to satisfy "
                "constraint: Member must satisfy enum value set: [instance, ip, lambda, alb]"
            ),
        ),
        (
            {"TargetType": "lambda"},
            "UnsupportedOperation",
            "Homeport runs no Lambda functions: a target group has targets of type ip or instance.",
        ),
        (
            {"TargetType": "alb"},
            "UnsupportedOperation",
            (
                "Homeport does not route from a network load balancer to an application load "
                "balancer: a target group has targets of type ip or instance."
            ),
        ),
        ({"Protocol": "GENEVE"}, "UnsupportedOperation", "Homeport has no gateway load balancers."),
        (
            {"ProtocolVersion": "HTTP3"},
            "ValidationError",
            (
                "1 validation error detected: Value 'HTTP3' at 'protocolVersion' failed to satisfy "
                "constraint: Member must satisfy enum value set: [GRPC, HTTP1, HTTP2]"
            ),
        ),
        (
            {"Protocol": "TCP", "ProtocolVersion": "HTTP2"},
            "InvalidConfigurationRequest",
            "Protocol version is not supported for target groups with the TCP protocol",
        ),
        (
            {"HealthCheckEnabled": False},
            "ValidationError",
            "Health check enabled must be true for target groups with target type 'instance'",
        ),
        (
            {"HealthCheckIntervalSeconds": 5},
            "ValidationError",
            "Health check interval must be greater than the timeout.",
        ),
        (
            {"IpAddressType": "ipv6"},
            "UnsupportedOperation",
            "Homeport's VPCs have IPv4 addresses only.",
        ),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            "DuplicateTagKeys",
            "Tag key was specified more than once: a",
        ),
    ],
)
def test_groups_that_cannot_be(
    changes: dict[str, Any], code: str, text: str, refusal: Refusal, vpc_id: str
) -> None:
    wanted = {"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpc_id} | changes
    request = {key: value for key, value in wanted.items() if value is not None}
    assert refusal("CreateTargetGroup", **request) == (code, text)


def test_tags_given_at_creation_are_kept_and_go_with_the_group(ask: Ask, group: Group) -> None:
    arn = group("web", Tags=[{"Key": "team", "Value": "a"}])
    (described,) = ask("DescribeTags", ResourceArns=[arn])["TagDescriptions"]
    assert described == {"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "a"}]}
    ask("DeleteTargetGroup", TargetGroupArn=arn)
    again = group("web")
    assert ask("DescribeTags", ResourceArns=[again])["TagDescriptions"][0]["Tags"] == []


def test_changing_the_health_check_keeps_what_is_not_named(ask: Ask, group: Group) -> None:
    arn = group("web", HealthCheckPath="/up", HealthyThresholdCount=3)
    (changed,) = ask(
        "ModifyTargetGroup",
        TargetGroupArn=arn,
        HealthCheckIntervalSeconds=10,
        Matcher={"HttpCode": "200-299"},
    )["TargetGroups"]
    assert changed == shown(ask, arn)
    assert changed["HealthCheckPath"] == "/up"
    assert changed["HealthyThresholdCount"] == 3
    assert changed["HealthCheckIntervalSeconds"] == 10
    assert changed["Matcher"] == {"HttpCode": "200-299"}


def test_a_changed_health_check_is_announced_and_an_equal_one_is_not(
    ask: Ask, group: Group, heard: list[tuple[str, str]]
) -> None:
    arn = group("web")
    heard.clear()
    ask("ModifyTargetGroup", TargetGroupArn=arn, HealthCheckPath="/")
    assert heard == []
    ask("ModifyTargetGroup", TargetGroupArn=arn, HealthCheckPath="/up")
    assert ("target group", arn) in heard


def test_a_group_that_a_listener_forwards_to_shows_its_load_balancer_and_cannot_go(
    ask: Ask, refusal: Refusal, balancer: Callable[..., Any], group: Group
) -> None:
    arn, lone, web = group("web"), group("lone"), balancer("front")
    made = listener(ask, web, arn)
    assert shown(ask, arn)["LoadBalancerArns"] == [web["LoadBalancerArn"]]
    of_it = ask("DescribeTargetGroups", LoadBalancerArn=web["LoadBalancerArn"])["TargetGroups"]
    assert [each["TargetGroupArn"] for each in of_it] == [arn]
    assert refusal("DeleteTargetGroup", TargetGroupArn=arn) == (
        "ResourceInUse",
        f"Target group '{arn}' is currently in use by a listener or a rule",
    )
    ask("DeleteTargetGroup", TargetGroupArn=lone)
    ask("DeleteListener", ListenerArn=made["ListenerArn"])
    ask("DeleteTargetGroup", TargetGroupArn=arn)
    assert ask("DescribeTargetGroups")["TargetGroups"] == []


def test_deleting_a_group_that_is_gone_is_fine(ask: Ask, refusal: Refusal) -> None:
    assert ask("DeleteTargetGroup", TargetGroupArn=ARN) == {}
    assert refusal("DeleteTargetGroup", TargetGroupArn="web") == (
        "ValidationError",
        "'web' is not a valid target group ARN",
    )


def test_groups_are_found_by_name_and_by_pages(ask: Ask, group: Group) -> None:
    for name in ("c", "a", "b"):
        group(name)
    found = ask("DescribeTargetGroups", Names=["b", "a"])["TargetGroups"]
    assert [each["TargetGroupName"] for each in found] == ["a", "b"]
    first = ask("DescribeTargetGroups", PageSize=2)
    rest = ask("DescribeTargetGroups", PageSize=2, Marker=first["NextMarker"])
    names = [each["TargetGroupName"] for each in (*first["TargetGroups"], *rest["TargetGroups"])]
    assert names == ["a", "b", "c"]
    assert "NextMarker" not in rest


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({"Names": ["gone"]}, "TargetGroupNotFound", "One or more target groups not found"),
        ({"TargetGroupArns": [ARN]}, "TargetGroupNotFound", "One or more target groups not found"),
        (
            {"TargetGroupArns": ["web"]},
            "ValidationError",
            "'web' is not a valid target group ARN",
        ),
        (
            {"Names": ["a"], "TargetGroupArns": [ARN]},
            "ValidationError",
            (
                "Target group names, target group ARNs, and a load balancer ARN cannot be "
                "specified at the same time"
            ),
        ),
        ({"Marker": "?"}, "ValidationError", "The specified marker is not valid"),
    ],
)
def test_descriptions_that_are_refused(
    request_: dict[str, Any], code: str, text: str, refusal: Refusal
) -> None:
    assert refusal("DescribeTargetGroups", **request_) == (code, text)


def test_a_group_of_another_region_is_not_there(
    ask: Ask, call: Callable[..., Any], elb_peers: Any, group: Group
) -> None:
    arn = group("web")
    elsewhere = call(region="eu-west-1", peers=elb_peers)
    assert ask("DescribeTargetGroups", _call=elsewhere)["TargetGroups"] == []
    assert ask("DeleteTargetGroup", _call=elsewhere, TargetGroupArn=arn) == {}
    assert shown(ask, arn)["TargetGroupArn"] == arn
