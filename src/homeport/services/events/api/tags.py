"""Tags of event buses and rules."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.events.api.lookups import bus_at, rule_at
from homeport.services.events.plan import names
from homeport.services.events.plan import tags as plan
from homeport.services.events.plan.tags import Tags
from homeport.services.events.queries import buses, rules
from homeport.services.events.records.buses import Bus
from homeport.services.events.records.rules import Rule
from homeport.services.events.render.rules import tags as rendered
from homeport.shapes import events as shapes
from homeport.store import ReadTx, Tx


@operation("TagResource")
def tag_resource(
    tx: Tx, call: Call, request: shapes.TagResourceRequest
) -> shapes.TagResourceResponse:
    """Add tags; those of the same keys are replaced."""
    found = _the_tagged(tx, call, request["ResourceARN"])
    after = plan.added(found.tags, request["Tags"], to_rule=isinstance(found, Rule))
    _save(tx, found, after)
    return {}


@operation("UntagResource")
def untag_resource(
    tx: Tx, call: Call, request: shapes.UntagResourceRequest
) -> shapes.UntagResourceResponse:
    """Remove the tags of these keys, where there are any."""
    found = _the_tagged(tx, call, request["ResourceARN"])
    after = plan.removed(found.tags, request["TagKeys"], of_rule=isinstance(found, Rule))
    _save(tx, found, after)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(
    tx: ReadTx, call: Call, request: shapes.ListTagsForResourceRequest
) -> shapes.ListTagsForResourceResponse:
    """The tags, by key."""
    return {"Tags": rendered(_the_tagged(tx, call, request["ResourceARN"]).tags)}


def _the_tagged(tx: ReadTx, call: Call, arn: str) -> Bus | Rule:
    named = names.tagged(arn)
    if (named.place.account, named.place.region) != (call.account, call.region):
        raise names.no_such_bus(named.place.bus)
    bus = bus_at(tx, named.place)
    return rule_at(tx, bus.place, named.rule) if named.rule else bus


def _save(tx: Tx, found: Bus | Rule, tags: Tags) -> None:
    if isinstance(found, Rule):
        rules.save_rule(tx, found, replace(found, tags=tags))
    else:
        buses.save_bus(tx, replace(found, tags=tags))
