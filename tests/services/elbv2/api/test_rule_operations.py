"""Rules: their order, their limits, and the default one that nobody deletes."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.services.elbv2.queries import forwards
from homeport.store import Store

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
PATH = [{"Field": "path-pattern", "Values": ["/a"]}]


@pytest.fixture
def listener(ask: Ask, balancer: Ask) -> str:
    """An HTTP listener."""
    asked = {"Protocol": "HTTP", "Port": 80, "DefaultActions": FIXED}
    arn = balancer("web")["LoadBalancerArn"]
    made = ask("CreateListener", LoadBalancerArn=arn, **asked)["Listeners"][0]
    return str(made["ListenerArn"])


@pytest.fixture
def rule(ask: Ask, listener: str) -> Ask:
    """`rule(priority)` makes a rule of the listener."""

    def make(priority: int, **request: Any) -> Any:
        asked = {"Conditions": PATH, "Actions": FIXED} | request
        return ask("CreateRule", ListenerArn=listener, Priority=priority, **asked)["Rules"][0]

    return make


def test_a_new_rule_says_what_it_is_in_both_forms(rule: Ask, listener: str, group: Ask) -> None:
    blue = group()
    conditions = [
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.com", "b.com"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["1"]}},
        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "v"}]}},
    ]
    actions = [{"Type": "forward", "Order": 3, "TargetGroupArn": blue}]
    made = rule(10, Conditions=conditions, Actions=actions)
    prefix = listener.replace(":listener/", ":listener-rule/") + "/"
    assert made["RuleArn"].startswith(prefix)
    assert (made["Priority"], made["IsDefault"]) == ("10", False)
    assert made["Conditions"] == [
        conditions[0] | {"Values": ["a.com", "b.com"]},
        conditions[1],
        conditions[2],
    ]
    assert made["Actions"] == [
        actions[0]
        | {
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": blue, "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": False},
            }
        }
    ]


def test_rules_come_in_their_order_and_the_default_one_last(
    ask: Ask, rule: Ask, listener: str
) -> None:
    for priority in (30, 5, 2000):
        rule(priority)
    shown: list[Any] = []
    marker: dict[str, str] = {}
    while True:
        answer = ask("DescribeRules", ListenerArn=listener, PageSize=3, **marker)
        shown += answer["Rules"]
        if "NextMarker" not in answer:
            break
        marker = {"Marker": answer["NextMarker"]}
    assert [each["Priority"] for each in shown] == ["5", "30", "2000", "default"]
    last = shown[-1]
    assert (last["IsDefault"], last["Conditions"], last["Actions"]) == (True, [], FIXED)
    assert ask("DescribeRules", RuleArns=[last["RuleArn"]])["Rules"] == [last]


def test_a_page_goes_on_where_its_last_rule_was_though_it_is_gone(
    ask: Ask, rule: Ask, listener: str
) -> None:
    arns = [rule(priority)["RuleArn"] for priority in (1, 2, 3)]
    first = ask("DescribeRules", ListenerArn=listener, PageSize=2)
    ask("DeleteRule", RuleArn=arns[1])
    rest = ask("DescribeRules", ListenerArn=listener, Marker=first["NextMarker"])
    assert [each["Priority"] for each in rest["Rules"]] == ["3", "default"]


def test_a_priority_is_used_once(rule: Ask, listener: str, refusal: Refusal) -> None:
    rule(7)
    asked = {"ListenerArn": listener, "Priority": 7, "Conditions": PATH, "Actions": FIXED}
    assert refusal("CreateRule", **asked) == ("PriorityInUse", "Priority '7' is currently in use")


def test_rules_change_places(ask: Ask, rule: Ask, refusal: Refusal, listener: str) -> None:
    one, two = rule(1)["RuleArn"], rule(2)["RuleArn"]
    pairs = [{"RuleArn": one, "Priority": 2}, {"RuleArn": two, "Priority": 1}]
    answer = ask("SetRulePriorities", RulePriorities=pairs)
    assert [(each["RuleArn"], each["Priority"]) for each in answer["Rules"]] == [
        (one, "2"),
        (two, "1"),
    ]
    shown = ask("DescribeRules", ListenerArn=listener)["Rules"]
    assert [each["RuleArn"] for each in shown[:2]] == [two, one]
    assert refusal("SetRulePriorities", RulePriorities=[{"RuleArn": one, "Priority": 1}]) == (
        "PriorityInUse",
        "Priority '1' is currently in use",
    )
    same = [{"RuleArn": one, "Priority": 9}, {"RuleArn": two, "Priority": 9}]
    assert refusal("SetRulePriorities", RulePriorities=same) == (
        "ValidationError",
        "Priority '9' was provided multiple times",
    )
    unknown = [{"RuleArn": one + "0", "Priority": 9}]
    assert refusal("SetRulePriorities", RulePriorities=unknown) == (
        "RuleNotFound",
        f"Rule '{one}0' not found",
    )


def test_the_default_rule_is_the_listeners(ask: Ask, listener: str, refusal: Refusal) -> None:
    default = ask("DescribeRules", ListenerArn=listener)["Rules"][-1]["RuleArn"]
    assert refusal("DeleteRule", RuleArn=default) == (
        "OperationNotPermitted",
        f"Default rule '{default}' cannot be deleted",
    )
    assert refusal("ModifyRule", RuleArn=default, Actions=FIXED) == (
        "OperationNotPermitted",
        f"Default rule '{default}' cannot be modified",
    )
    pairs = [{"RuleArn": default, "Priority": 1}]
    assert refusal("SetRulePriorities", RulePriorities=pairs)[0] == "OperationNotPermitted"
    other = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    ask("ModifyListener", ListenerArn=listener, DefaultActions=other)
    (shown,) = ask("DescribeRules", RuleArns=[default])["Rules"]
    assert shown["Actions"] == other


def test_a_rule_is_changed_and_deleted(
    ask: Ask,
    rule: Ask,
    group: Ask,
    store: Store,
    refusal: Refusal,
    heard: list[tuple[str, str]],
) -> None:
    blue, green = group("blue"), group("green")
    arn = rule(1, Actions=[{"Type": "forward", "TargetGroupArn": blue}])["RuleArn"]
    heard.clear()
    hosts = [{"Field": "host-header", "Values": ["a.com"]}]
    (changed,) = ask("ModifyRule", RuleArn=arn, Conditions=hosts)["Rules"]
    assert changed["Conditions"][0]["HostHeaderConfig"] == {"Values": ["a.com"]}
    assert changed["Actions"][0]["TargetGroupArn"] == blue
    assert {kind for kind, _ in heard} == {"load balancer"}
    to_green = [{"Type": "forward", "TargetGroupArn": green}]
    (changed,) = ask("ModifyRule", RuleArn=arn, Actions=to_green)["Rules"]
    assert changed["Conditions"][0]["Values"] == ["a.com"]
    assert {("target group", blue), ("target group", green)} <= set(heard)
    assert store.read(forwards.groups_in_use) == {green}
    assert refusal("ModifyRule", RuleArn=arn) == (
        "ValidationError",
        "Either conditions or actions must be specified",
    )
    heard.clear()
    ask("DeleteRule", RuleArn=arn)
    assert ("target group", green) in heard
    assert refusal("DeleteRule", RuleArn=arn) == ("RuleNotFound", f"Rule '{arn}' not found")
    assert refusal("DescribeRules", RuleArns=[arn]) == (
        "RuleNotFound",
        "One or more rules not found",
    )


def test_a_hundred_rules_are_the_limit(rule: Ask, listener: str, refusal: Refusal) -> None:
    for priority in range(1, 101):
        rule(priority)
    asked = {"ListenerArn": listener, "Priority": 101, "Conditions": PATH, "Actions": FIXED}
    assert refusal("CreateRule", **asked) == (
        "TooManyRules",
        "You've reached the limit on the number of rules per load balancer.",
    )


def test_network_listeners_have_no_rules_but_the_default_one(
    ask: Ask, balancer: Ask, group: Ask, refusal: Refusal
) -> None:
    actions = [{"Type": "forward", "TargetGroupArn": group("tcp", Protocol="TCP")}]
    arn = balancer("net", Type="network")["LoadBalancerArn"]
    asked = {"Protocol": "TCP", "Port": 80, "DefaultActions": actions}
    listener = ask("CreateListener", LoadBalancerArn=arn, **asked)["Listeners"][0]["ListenerArn"]
    asked = {"ListenerArn": listener, "Priority": 1, "Conditions": PATH, "Actions": actions}
    assert refusal("CreateRule", **asked) == (
        "UnsupportedProtocol",
        "Rules are not supported on listeners with the protocol 'TCP'",
    )
    (default,) = ask("DescribeRules", ListenerArn=listener)["Rules"]
    assert default["RuleArn"].startswith(listener.replace(":listener/", ":listener-rule/"))


def test_transforms_are_refused_with_a_sentence(listener: str, refusal: Refusal) -> None:
    asked = {"ListenerArn": listener, "Priority": 1, "Conditions": PATH, "Actions": FIXED}
    assert refusal("CreateRule", **asked, Transforms=[{"Type": "url-rewrite"}]) == (
        "UnsupportedOperation",
        "Homeport's load balancers do not rewrite requests: leave out 'Transforms'.",
    )


def test_a_listener_keeps_its_protocol_while_a_rule_needs_it(
    ask: Ask, balancer: Ask, group: Ask, issued: Any, refusal: Refusal
) -> None:
    grpc = group("grpc", ProtocolVersion="GRPC")
    asked = {
        "LoadBalancerArn": balancer("web")["LoadBalancerArn"],
        "Protocol": "HTTPS",
        "Port": 443,
        "Certificates": [{"CertificateArn": issued.issue("a")}],
        "DefaultActions": FIXED,
    }
    listener = ask("CreateListener", **asked)["Listeners"][0]["ListenerArn"]
    to_grpc = [{"Type": "forward", "TargetGroupArn": grpc}]
    ask("CreateRule", ListenerArn=listener, Priority=1, Conditions=PATH, Actions=to_grpc)
    assert refusal("ModifyListener", ListenerArn=listener, Protocol="HTTP") == (
        "InvalidConfigurationRequest",
        (
            "Listener protocol 'HTTP' is not supported with a target group with the "
            "protocol-version 'GRPC'"
        ),
    )
