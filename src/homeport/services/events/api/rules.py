"""Rules: put, deleted, described, listed, enabled and disabled, and patterns tested."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.events.api import listing
from homeport.services.events.api.lookups import rule_at, the_bus, the_rule
from homeport.services.events.errors import LimitExceededException, ValidationException
from homeport.services.events.plan import envelopes, names, rule_requests, tags
from homeport.services.events.plan.patterns import matches
from homeport.services.events.queries import rules, targets
from homeport.services.events.records.rules import Rule, RuleState
from homeport.services.events.render import rules as render
from homeport.shapes import events as shapes
from homeport.store import ReadTx, Tx


@operation("PutRule")
def put_rule(tx: Tx, call: Call, request: shapes.PutRuleRequest) -> shapes.PutRuleResponse:
    """Add a rule, or replace what is said of it; its targets stay, and so do its tags."""
    place = the_bus(tx, call, request.get("EventBusName")).place
    rule_requests.check(request, place)
    before = rules.find_rule(tx, names.rule_arn(place, request["Name"]))
    second = call.clock.span(1.0)
    after = rule_requests.wanted(request, place, before, now=call.now, second=second)
    if before is None:
        if rules.count_of(tx, place) >= rule_requests.RULES_MAX:
            raise LimitExceededException
        after = replace(after, tags=tags.added((), request.get("Tags", []), to_rule=True))
    rules.save_rule(tx, before, after)
    return {"RuleArn": after.arn}


@operation("DeleteRule")
def delete_rule(tx: Tx, call: Call, request: shapes.DeleteRuleRequest) -> None:
    """Remove a rule without targets; one that is gone already is fine."""
    place = the_bus(tx, call, request.get("EventBusName")).place
    rule = rules.find_rule(tx, names.rule_arn(place, request["Name"]))
    if rule is None:
        return
    if targets.targets_of(tx, rule.arn):
        raise ValidationException("Rule can't be deleted since it has targets.")
    rules.delete_rule(tx, rule.arn)


@operation("DescribeRule")
def describe_rule(
    tx: ReadTx, call: Call, request: shapes.DescribeRuleRequest
) -> shapes.DescribeRuleResponse:
    """The rule of this name."""
    return render.described(the_rule(tx, call, request["Name"], request.get("EventBusName")))


@operation("ListRules")
def list_rules(
    tx: ReadTx, call: Call, request: shapes.ListRulesRequest
) -> shapes.ListRulesResponse:
    """The rules of a bus, by name."""
    place = the_bus(tx, call, request.get("EventBusName")).place
    limit = request.get("Limit")
    found = rules.rules_after(
        tx,
        place,
        after=listing.after(request.get("NextToken")),
        prefix=request.get("NamePrefix", ""),
        count=listing.fetched(limit),
    )
    shown, token = listing.page(found, limit, lambda rule: rule.name)
    response: shapes.ListRulesResponse = {"Rules": [render.listed(rule) for rule in shown]}
    if token is not None:
        response["NextToken"] = token
    return response


@operation("EnableRule")
def enable_rule(tx: Tx, call: Call, request: shapes.EnableRuleRequest) -> None:
    """Have the rule match events and fire again; its schedule begins anew."""
    place = the_bus(tx, call, request.get("EventBusName")).place
    _set_state(tx, call, rule_at(tx, place, request["Name"]), "ENABLED")


@operation("DisableRule")
def disable_rule(tx: Tx, call: Call, request: shapes.DisableRuleRequest) -> None:
    """Have the rule neither match events nor fire."""
    place = the_bus(tx, call, request.get("EventBusName")).place
    _set_state(tx, call, rule_at(tx, place, request["Name"]), "DISABLED")


@operation("TestEventPattern")
def test_event_pattern(
    tx: ReadTx, call: Call, request: shapes.TestEventPatternRequest
) -> shapes.TestEventPatternResponse:
    """Whether the pattern matches the event."""
    pattern = rule_requests.pattern(request["EventPattern"])
    return {"Result": matches(pattern, envelopes.to_test(request["Event"]))}


def _set_state(tx: Tx, call: Call, before: Rule, state: RuleState) -> None:
    after = replace(before, state=state)
    second = call.clock.span(1.0)
    timed = rule_requests.timed(after, before, now=call.now, second=second)
    rules.save_rule(tx, before, timed)
