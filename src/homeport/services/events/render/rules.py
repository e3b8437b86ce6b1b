"""Rules, their targets and tags as the API shows them."""

from collections.abc import Sequence

import msgspec

from homeport.services.events.records.rules import Rule, Target
from homeport.shapes import events as shapes


def listed(rule: Rule) -> shapes.Rule:
    """A rule of ListRules."""
    shown: shapes.Rule = {
        "Name": rule.name,
        "Arn": rule.arn,
        "State": rule.state,
        "EventBusName": rule.place.bus,
    }
    if rule.event_pattern is not None:
        shown["EventPattern"] = rule.event_pattern
    if rule.schedule_expression is not None:
        shown["ScheduleExpression"] = rule.schedule_expression
    if rule.description is not None:
        shown["Description"] = rule.description
    if rule.role_arn is not None:
        shown["RoleArn"] = rule.role_arn
    return shown


def described(rule: Rule) -> shapes.DescribeRuleResponse:
    """A rule of DescribeRule."""
    shown: shapes.DescribeRuleResponse = {"CreatedBy": rule.place.account}
    shown.update(listed(rule))  # type: ignore[typeddict-item]
    return shown


def target(of: Target) -> shapes.Target:
    """A target of ListTargetsByRule: what was put, and nothing else."""
    shown: shapes.Target = {"Id": of.id, "Arn": of.arn}
    if of.role_arn is not None:
        shown["RoleArn"] = of.role_arn
    if of.input is not None:
        shown["Input"] = of.input
    if of.input_path is not None:
        shown["InputPath"] = of.input_path
    if of.transformer is not None:
        shown["InputTransformer"] = {"InputTemplate": of.transformer.template}
        if of.transformer.paths is not None:
            shown["InputTransformer"]["InputPathsMap"] = of.transformer.paths
    shown.update(msgspec.json.decode(of.parameters))
    if of.dead_letter_arn is not None:
        shown["DeadLetterConfig"] = {"Arn": of.dead_letter_arn}
    retry: shapes.RetryPolicy = {}
    if of.retries_max is not None:
        retry["MaximumRetryAttempts"] = of.retries_max
    if of.max_age_s is not None:
        retry["MaximumEventAgeInSeconds"] = of.max_age_s
    if retry:
        shown["RetryPolicy"] = retry
    return shown


def tags(of: Sequence[tuple[str, str]]) -> list[shapes.Tag]:
    """The tags of ListTagsForResource."""
    return [{"Key": key, "Value": value} for key, value in of]
