"""Tags of schedule groups: schedules themselves have none, as on AWS."""

from msgspec.structs import replace

from homeport.kernel import arn as arns
from homeport.runtime import Call, operation
from homeport.services.scheduler.api.lookups import the_group
from homeport.services.scheduler.errors import ResourceNotFoundException
from homeport.services.scheduler.plan import tags
from homeport.services.scheduler.queries import groups
from homeport.services.scheduler.records.groups import Group
from homeport.services.scheduler.render import groups as render
from homeport.shapes import scheduler as shapes
from homeport.store import ReadTx, Tx


@operation("TagResource")
def tag_resource(tx: Tx, call: Call, request: shapes.TagResourceInput) -> shapes.TagResourceOutput:
    """Put tags on a group."""
    group = _tagged(tx, call, request["ResourceArn"])
    added = [(each["Key"], each["Value"]) for each in request["Tags"]]
    groups.put_group(tx, replace(group, tags=tags.merged(group.tags, added)))
    return {}


@operation("UntagResource")
def untag_resource(
    tx: Tx, call: Call, request: shapes.UntagResourceInput
) -> shapes.UntagResourceOutput:
    """Take tags off a group; those it lacks are ignored."""
    group = _tagged(tx, call, request["ResourceArn"])
    groups.put_group(tx, replace(group, tags=tags.without(group.tags, request["TagKeys"])))
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(
    tx: ReadTx, call: Call, request: shapes.ListTagsForResourceInput
) -> shapes.ListTagsForResourceOutput:
    """The tags of a group."""
    return {"Tags": render.tags(_tagged(tx, call, request["ResourceArn"]))}


def _tagged(tx: ReadTx, call: Call, text: str) -> Group:
    parsed = arns.parse(text)
    if (parsed.account, parsed.region) != (call.account, call.region):
        raise ResourceNotFoundException(f"Schedule group {parsed.rest} does not exist.")
    return the_group(tx, call, parsed.rest)
