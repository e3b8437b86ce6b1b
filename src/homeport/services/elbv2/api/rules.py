"""Rules of application load balancers: made, shown, changed, put in order, deleted."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api import forwarding
from homeport.services.elbv2.api.listing import page
from homeport.services.elbv2.api.lookups import (
    find_rule,
    load_balancer_of,
    the_listener,
    the_rule,
)
from homeport.services.elbv2.errors import (
    OperationNotPermitted,
    PriorityInUse,
    RuleNotFound,
    TooManyRules,
    UnsupportedOperation,
    UnsupportedProtocol,
    ValidationError,
)
from homeport.services.elbv2.plan import conditions, names, priorities, tags
from homeport.services.elbv2.plan.limits import RULES
from homeport.services.elbv2.queries import forwards, listeners, rules
from homeport.services.elbv2.queries.tags import put_tags, remove_all_tags
from homeport.services.elbv2.queries.target_groups import announce
from homeport.services.elbv2.records.listeners import Listener, Rule
from homeport.services.elbv2.render import listeners as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx

_PARTIAL = "Regular expressions, transforms and authentication are refused."


@operation("CreateRule", partial=_PARTIAL)
def create_rule(tx: Tx, call: Call, request: shapes.CreateRuleInput) -> shapes.CreateRuleOutput:
    """Make a rule of a listener of an application load balancer."""
    listener = the_listener(tx, call, request["ListenerArn"])
    load_balancer = load_balancer_of(tx, listener)
    if load_balancer.kind == "network":
        raise UnsupportedProtocol(
            f"Rules are not supported on listeners with the protocol '{listener.protocol}'"
        )
    _refuse_transforms(request.get("Transforms"))
    asked_conditions = conditions.parse(request["Conditions"])
    priority = request["Priority"]
    if any(each.priority == priority for each in rules.rules_of(tx, listener.arn)):
        raise PriorityInUse(f"Priority '{priority}' is currently in use")
    new_tags = tags.checked(request.get("Tags", []))
    if rules.count_of_load_balancer(tx, load_balancer.arn) >= RULES:
        raise TooManyRules
    new = Rule(
        arn=names.rule_arn(listener.arn, call.ids.hex(16)),
        listener_arn=listener.arn,
        load_balancer_arn=load_balancer.arn,
        priority=priority,
        conditions=asked_conditions,
        actions=forwarding.asked_actions(tx, load_balancer, listener.protocol, request["Actions"]),
    )
    rules.insert_rule(tx, new)
    listeners.count_shift(tx, listener.arn)
    put_tags(tx, new.arn, new_tags)
    forwarding.record(tx, new.arn, listener.arn, load_balancer.arn, new.actions)
    return {"Rules": [render.rule(new)]}


@operation("DescribeRules")
def describe_rules(
    tx: ReadTx, call: Call, request: shapes.DescribeRulesInput
) -> shapes.DescribeRulesOutput:
    """The rules of a listener in their order, the default one last, or those that are named."""
    arns, owner = request.get("RuleArns", []), request.get("ListenerArn")
    if arns and owner:
        raise ValidationError(
            "Listener rule ARNs and a listener ARN cannot be specified at the same time"
        )
    found: list[Rule | Listener] = []
    if owner:
        listener = the_listener(tx, call, owner)
        found = [*rules.rules_of(tx, listener.arn), listener]
    elif arns:
        for arn in sorted(set(arns)):
            rule = find_rule(tx, call, arn)
            if rule is None:
                raise RuleNotFound("One or more rules not found")
            found.append(rule)
    else:
        raise ValidationError("You must specify either listener rule ARNs or a listener ARN")
    shown, marker = page(found, request, _order if owner else lambda each: each.arn)
    answer: shapes.DescribeRulesOutput = {"Rules": [_shown(each) for each in shown]}
    if marker:
        answer["NextMarker"] = marker
    return answer


@operation("ModifyRule", partial=_PARTIAL)
def modify_rule(tx: Tx, call: Call, request: shapes.ModifyRuleInput) -> shapes.ModifyRuleOutput:
    """Replace the conditions or the actions of a rule."""
    before = _changeable(tx, call, request["RuleArn"], "modified")
    _refuse_transforms(request.get("Transforms"))
    if not {"Conditions", "Actions", "ResetTransforms"} & request.keys():
        raise ValidationError("Either conditions or actions must be specified")
    after = before
    if "Conditions" in request:
        after = replace(after, conditions=conditions.parse(request["Conditions"]))
    if "Actions" in request:
        listener = the_listener(tx, call, before.listener_arn)
        load_balancer = load_balancer_of(tx, listener)
        actions = forwarding.asked_actions(tx, load_balancer, listener.protocol, request["Actions"])
        after = replace(after, actions=actions)
        forwarding.record(tx, after.arn, listener.arn, load_balancer.arn, actions)
    rules.update_rule(tx, after)
    listeners.count_shift(tx, after.listener_arn)
    return {"Rules": [render.rule(after)]}


@operation("SetRulePriorities")
def set_rule_priorities(
    tx: Tx, call: Call, request: shapes.SetRulePrioritiesInput
) -> shapes.SetRulePrioritiesOutput:
    """Put rules in another order; those that are not named keep their priorities."""
    asked: dict[str, int] = {}
    changed: list[Rule] = []
    for pair in request["RulePriorities"]:
        if "RuleArn" not in pair or "Priority" not in pair:
            raise ValidationError("A rule ARN and a priority must be specified")
        if pair["RuleArn"] in asked:
            raise ValidationError(f"Rule '{pair['RuleArn']}' was provided multiple times")
        rule = _changeable(tx, call, pair["RuleArn"], "modified")
        asked[rule.arn] = pair["Priority"]
        changed.append(replace(rule, priority=pair["Priority"]))
    for listener_arn in sorted({rule.listener_arn for rule in changed}):
        priorities.check_order(rules.rules_of(tx, listener_arn), asked)
    for rule in changed:
        rules.update_rule(tx, rule)
    for listener_arn in sorted({rule.listener_arn for rule in changed}):
        listeners.count_shift(tx, listener_arn)
    return {"Rules": [render.rule(rule) for rule in changed]}


@operation("DeleteRule")
def delete_rule(tx: Tx, call: Call, request: shapes.DeleteRuleInput) -> shapes.DeleteRuleOutput:
    """Delete a rule; the default one stays."""
    gone = _changeable(tx, call, request["RuleArn"], "deleted")
    remove_all_tags(tx, [gone.arn])
    unused = forwards.forget_rule(tx, gone.arn)
    rules.delete_rule(tx, gone)
    listeners.count_shift(tx, gone.listener_arn)
    announce(tx, unused)
    return {}


def _order(rule: Rule | Listener) -> str:
    return "default" if isinstance(rule, Listener) else f"{rule.priority:05}"


def _shown(rule: Rule | Listener) -> shapes.Rule:
    return render.default_rule(rule) if isinstance(rule, Listener) else render.rule(rule)


def _changeable(tx: ReadTx, call: Call, arn: str, done: str) -> Rule:
    rule = the_rule(tx, call, arn)
    if isinstance(rule, Listener):
        raise OperationNotPermitted(f"Default rule '{arn}' cannot be {done}")
    return rule


def _refuse_transforms(asked: Sequence[Any] | None) -> None:
    if asked:
        raise UnsupportedOperation(
            "Homeport's load balancers do not rewrite requests: leave out 'Transforms'."
        )
