"""Tags of alarms: added, removed, listed."""

import msgspec
from msgspec.structs import replace

from homeport.kernel import arn
from homeport.runtime import Call, operation
from homeport.services.cloudwatch.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from homeport.services.cloudwatch.plan import alarm_requests
from homeport.services.cloudwatch.queries import alarms
from homeport.services.cloudwatch.records.alarms import Alarm
from homeport.services.cloudwatch.records.requests import TagRequest
from homeport.shapes import cloudwatch as shapes
from homeport.store import ReadTx, Tx


@operation("TagResource")
def tag_resource(
    tx: Tx, call: Call, request: shapes.TagResourceRequest
) -> shapes.TagResourceResponse:
    """Add tags to an alarm."""
    before = _find(tx, call, request["ResourceARN"])
    added = msgspec.convert(request["Tags"], tuple[TagRequest, ...])
    after = replace(before, tags=alarm_requests.tags(before.tags, added))
    alarms.save_alarm(tx, before, after)
    return {}


@operation("UntagResource")
def untag_resource(
    tx: Tx, call: Call, request: shapes.UntagResourceRequest
) -> shapes.UntagResourceResponse:
    """Remove tags from an alarm; those it lacks are ignored."""
    before = _find(tx, call, request["ResourceARN"])
    gone = set(request["TagKeys"])
    kept = {key: value for key, value in before.tags.items() if key not in gone}
    alarms.save_alarm(tx, before, replace(before, tags=kept))
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(
    tx: ReadTx, call: Call, request: shapes.ListTagsForResourceRequest
) -> shapes.ListTagsForResourceResponse:
    """The tags of an alarm."""
    found = _find(tx, call, request["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


def _find(tx: ReadTx, call: Call, resource: str) -> Alarm:
    try:
        parsed = arn.parse(resource)
    except arn.BadArn as error:
        raise InvalidParameterValueException(f"Invalid arn syntax: {resource}") from error
    found = alarms.find_alarm(tx, resource)
    if found is None or (found.account, found.region) != (call.account, call.region):
        kind = parsed.resource.partition(":")[0].partition("/")[0]
        raise ResourceNotFoundException(ResourceType=kind, ResourceId=resource)
    return found
