"""Listeners, rules, conditions and actions as the API shows them."""

from collections.abc import Sequence
from typing import assert_never

from homeport.services.elbv2.records.listeners import (
    Action,
    Condition,
    FixedResponse,
    Forward,
    HostHeader,
    HttpHeader,
    Listener,
    PathPattern,
    QueryString,
    Redirect,
    RequestMethod,
    Rule,
    SourceIp,
    field_of,
)
from homeport.shapes import elbv2 as shapes

DEFAULT: str = "default"
"""What the default rule has for a priority."""


def listener(record: Listener) -> shapes.Listener:
    """A listener; of its certificates only the default one."""
    shown: shapes.Listener = {
        "ListenerArn": record.arn,
        "LoadBalancerArn": record.load_balancer_arn,
        "Port": record.port,
        "Protocol": record.protocol,
        "DefaultActions": actions(record.default_actions),
    }
    if record.certificates:
        shown["Certificates"] = [{"CertificateArn": record.certificates[0]}]
    if record.ssl_policy:
        shown["SslPolicy"] = record.ssl_policy
    if record.alpn:
        shown["AlpnPolicy"] = list(record.alpn)
    if record.protocol == "HTTPS":
        shown["MutualAuthentication"] = {"Mode": "off"}
    return shown


def certificates(record: Listener) -> list[shapes.Certificate]:
    """A listener's certificates, the default one first: it may be in the list once more."""
    return [
        {"CertificateArn": arn, "IsDefault": place == 0}
        for place, arn in enumerate(record.certificates)
    ]


def rule(record: Rule) -> shapes.Rule:
    """A rule that has conditions."""
    return {
        "RuleArn": record.arn,
        "Priority": str(record.priority),
        "Conditions": [condition(each) for each in record.conditions],
        "Actions": actions(record.actions),
        "IsDefault": False,
        "Transforms": [],
    }


def default_rule(record: Listener) -> shapes.Rule:
    """The rule of a listener that is tried last."""
    return {
        "RuleArn": record.default_rule_arn,
        "Priority": DEFAULT,
        "Conditions": [],
        "Actions": actions(record.default_actions),
        "IsDefault": True,
        "Transforms": [],
    }


def actions(records: Sequence[Action]) -> list[shapes.Action]:
    """Actions, in the order in which they are performed."""
    return [_action(record) for record in records]


def _action(record: Action) -> shapes.Action:
    shown: shapes.Action
    match record:
        case Forward():
            shown = _forward(record)
        case Redirect():
            shown = {
                "Type": "redirect",
                "RedirectConfig": {
                    "Protocol": record.protocol,
                    "Host": record.host,
                    "Port": record.port,
                    "Path": record.path,
                    "Query": record.query,
                    "StatusCode": record.status_code,
                },
            }
        case FixedResponse():
            config: shapes.FixedResponseActionConfig = {"StatusCode": record.status_code}
            if record.content_type is not None:
                config["ContentType"] = record.content_type
            if record.body is not None:
                config["MessageBody"] = record.body
            shown = {"Type": "fixed-response", "FixedResponseConfig": config}
        case _:
            assert_never(record)
    if record.order is not None:
        shown["Order"] = record.order
    return shown


def _forward(record: Forward) -> shapes.Action:
    sticky: shapes.TargetGroupStickinessConfig = {"Enabled": record.is_sticky}
    if record.sticky_s is not None:
        sticky["DurationSeconds"] = record.sticky_s
    shown: shapes.Action = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": group.arn, "Weight": group.weight} for group in record.groups
            ],
            "TargetGroupStickinessConfig": sticky,
        },
    }
    if len(record.groups) == 1:
        shown["TargetGroupArn"] = record.groups[0].arn
    return shown


def condition(record: Condition) -> shapes.RuleCondition:
    """A condition; paths and hosts in both of their forms."""
    shown: shapes.RuleCondition = {"Field": field_of(record)}
    match record:
        case PathPattern(values=values):
            shown["Values"] = list(values)
            shown["PathPatternConfig"] = {"Values": list(values)}
        case HostHeader(values=values):
            shown["Values"] = list(values)
            shown["HostHeaderConfig"] = {"Values": list(values)}
        case HttpHeader():
            shown["HttpHeaderConfig"] = {
                "HttpHeaderName": record.name,
                "Values": list(record.values),
            }
        case RequestMethod(values=values):
            shown["HttpRequestMethodConfig"] = {"Values": list(values)}
        case QueryString():
            pairs: list[shapes.QueryStringKeyValuePair] = []
            for each in record.values:
                pair: shapes.QueryStringKeyValuePair = {"Value": each.value}
                if each.key is not None:
                    pair["Key"] = each.key
                pairs.append(pair)
            shown["QueryStringConfig"] = {"Values": pairs}
        case SourceIp(values=values):
            shown["SourceIpConfig"] = {"Values": list(values)}
        case _:
            assert_never(record)
    return shown
