"""Targets of rules: put, removed, listed, and rules by target."""

from homeport.runtime import Call, operation
from homeport.services.events.api import listing
from homeport.services.events.api.lookups import the_bus, the_rule
from homeport.services.events.errors import LimitExceededException, ValidationException
from homeport.services.events.plan import deliveries, target_requests
from homeport.services.events.queries import targets
from homeport.services.events.records.rules import Rule, Target
from homeport.services.events.render import rules as render
from homeport.shapes import events as shapes
from homeport.store import ReadTx, Tx


@operation("PutTargets")
def put_targets(tx: Tx, call: Call, request: shapes.PutTargetsRequest) -> shapes.PutTargetsResponse:
    """Add targets; those of the same ids are replaced.  All of them, or none."""
    rule = the_rule(tx, call, request["Rule"], request.get("EventBusName"))
    known = {target.id for target in targets.targets_of(tx, rule.arn)}
    for asked in request["Targets"]:
        target = target_requests.target(asked, region=call.region)
        _check_served(tx, call, rule, target)
        known.add(target.id)
        if len(known) > target_requests.TARGETS_MAX:
            raise LimitExceededException
        targets.save_target(tx, rule.arn, target)
    return {"FailedEntryCount": 0, "FailedEntries": []}


@operation("RemoveTargets")
def remove_targets(
    tx: Tx, call: Call, request: shapes.RemoveTargetsRequest
) -> shapes.RemoveTargetsResponse:
    """Remove targets; those that there are not are failures."""
    rule = the_rule(tx, call, request["Rule"], request.get("EventBusName"))
    failed: list[shapes.RemoveTargetsResultEntry] = []
    for target_id in dict.fromkeys(request["Ids"]):
        if targets.delete_target(tx, rule.arn, target_id):
            continue
        failed.append(
            {
                "TargetId": target_id,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": f"Rule '{rule.name}' does not have a target with the Id "
                f"'{target_id}'.",
            }
        )
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


@operation("ListTargetsByRule")
def list_targets_by_rule(
    tx: ReadTx, call: Call, request: shapes.ListTargetsByRuleRequest
) -> shapes.ListTargetsByRuleResponse:
    """The targets of a rule, by id."""
    rule = the_rule(tx, call, request["Rule"], request.get("EventBusName"))
    after = listing.after(request.get("NextToken"))
    found = [target for target in targets.targets_of(tx, rule.arn) if target.id > after]
    shown, token = listing.page(found, request.get("Limit"), lambda target: target.id)
    response: shapes.ListTargetsByRuleResponse = {
        "Targets": [render.target(target) for target in shown]
    }
    if token is not None:
        response["NextToken"] = token
    return response


@operation("ListRuleNamesByTarget")
def list_rule_names_by_target(
    tx: ReadTx, call: Call, request: shapes.ListRuleNamesByTargetRequest
) -> shapes.ListRuleNamesByTargetResponse:
    """The names of a bus's rules that have this target."""
    place = the_bus(tx, call, request.get("EventBusName")).place
    limit = request.get("Limit")
    after = listing.after(request.get("NextToken"))
    found = targets.rule_names_after(
        tx, place, request["TargetArn"], after=after, count=listing.fetched(limit)
    )
    shown, token = listing.page(found, limit, str)
    response: shapes.ListRuleNamesByTargetResponse = {"RuleNames": list(shown)}
    if token is not None:
        response["NextToken"] = token
    return response


def _check_served(tx: ReadTx, call: Call, rule: Rule, target: Target) -> None:
    """Refuse what Homeport could never invoke."""
    sample = deliveries.sample(rule, target, now=call.now)
    refusal = call.peers.firings.refusal(tx, deliveries.invoked(target), sample, region=call.region)
    if refusal is not None:
        raise ValidationException(refusal)
