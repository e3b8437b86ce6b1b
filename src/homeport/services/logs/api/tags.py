"""Tags of log groups, through the older operations by name and the newer ones by ARN."""

from collections.abc import Mapping, Sequence

import msgspec

from homeport.runtime import Call, operation
from homeport.services.logs.api.groups import CHANGED, find
from homeport.services.logs.errors import ResourceNotFoundException
from homeport.services.logs.plan import names, tags
from homeport.services.logs.queries import groups
from homeport.services.logs.records import LogGroup
from homeport.shapes import logs as shapes
from homeport.store import ReadTx, Tx


@operation("TagLogGroup")
def tag_log_group(
    tx: Tx, call: Call, request: shapes.TagLogGroupRequest
) -> shapes.TagLogGroupResponse:
    """Add tags to a group."""
    _add(tx, find(tx, call, request["logGroupName"]), request["tags"])
    return {}


@operation("UntagLogGroup")
def untag_log_group(
    tx: Tx, call: Call, request: shapes.UntagLogGroupRequest
) -> shapes.UntagLogGroupResponse:
    """Remove tags from a group; those it lacks are ignored."""
    _remove(tx, find(tx, call, request["logGroupName"]), request["tags"])
    return {}


@operation("ListTagsLogGroup")
def list_tags_log_group(
    tx: ReadTx, call: Call, request: shapes.ListTagsLogGroupRequest
) -> shapes.ListTagsLogGroupResponse:
    """The tags of a group."""
    return {"tags": find(tx, call, request["logGroupName"]).body.tags}


@operation("TagResource")
def tag_resource(
    tx: Tx, call: Call, request: shapes.TagResourceRequest
) -> shapes.TagResourceResponse:
    """Add tags to the group of an ARN."""
    _add(tx, _resource(tx, call, request["resourceArn"]), request["tags"])
    return {}


@operation("UntagResource")
def untag_resource(
    tx: Tx, call: Call, request: shapes.UntagResourceRequest
) -> shapes.UntagResourceResponse:
    """Remove tags from the group of an ARN; those it lacks are ignored."""
    _remove(tx, _resource(tx, call, request["resourceArn"]), request["tagKeys"])
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(
    tx: ReadTx, call: Call, request: shapes.ListTagsForResourceRequest
) -> shapes.ListTagsForResourceResponse:
    """The tags of the group of an ARN."""
    return {"tags": _resource(tx, call, request["resourceArn"]).body.tags}


def _resource(tx: ReadTx, call: Call, arn: str) -> LogGroup:
    name = names.name_in_arn(arn, account=call.account, region=call.region)
    group = None if name is None else groups.find_group(tx, call.account, call.region, name)
    if group is None:
        raise ResourceNotFoundException("The specified resource does not exist.")
    return group


def _add(tx: Tx, group: LogGroup, added: Mapping[str, str]) -> None:
    _save(tx, group, tags.merged(group.body.tags, added))


def _remove(tx: Tx, group: LogGroup, keys: Sequence[str]) -> None:
    _save(tx, group, {key: value for key, value in group.body.tags.items() if key not in keys})


def _save(tx: Tx, group: LogGroup, after: dict[str, str]) -> None:
    body = msgspec.structs.replace(group.body, tags=after)
    groups.save_group(tx, msgspec.structs.replace(group, body=body))
    tx.changed(CHANGED, group.arn)
