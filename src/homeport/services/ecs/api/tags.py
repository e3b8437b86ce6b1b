"""Tag operations: tags of whatever resource an ARN names."""

from collections.abc import Sequence

from msgspec.structs import replace

from homeport.kernel.errors import AwsError
from homeport.kernel.job_rules import TIME_LIMIT
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import (
    ClusterNotFoundException,
    InvalidParameterException,
    ResourceNotFoundException,
)
from homeport.services.ecs.plan.taggable import Resource, resource_of
from homeport.services.ecs.plan.tags import check_keys, merged_tags
from homeport.services.ecs.plan.time_limits import time_limit, timed
from homeport.services.ecs.queries import tags as queries
from homeport.services.ecs.queries.taggable import exists
from homeport.services.ecs.queries.tasks import find_task, save_task
from homeport.services.ecs.records.capacity_providers import BUILT_IN
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.render.tags import tags as render_tags
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx


@operation("TagResource")
def tag_resource(
    tx: Tx, call: Call, request: shapes.TagResourceRequest
) -> shapes.TagResourceResponse:
    """Put tags on a resource; those whose key it has already get the new value."""
    resource = resource_of(request["resourceArn"], call.account)
    if not request["tags"]:
        raise InvalidParameterException("Tags can not be empty.")
    tags = [Tag(key=tag.get("key", ""), value=tag.get("value", "")) for tag in request["tags"]]
    _check_there(tx, call, resource)
    merged_tags(queries.tags_of(tx, resource.arn), tags)
    queries.put_tags(tx, resource.arn, tags)
    _limit_anew(tx, call, resource, [tag.key for tag in tags])
    return {}


@operation("UntagResource")
def untag_resource(
    tx: Tx, call: Call, request: shapes.UntagResourceRequest
) -> shapes.UntagResourceResponse:
    """Remove the tags with these keys; a key that the resource does not have is no error."""
    resource = resource_of(request["resourceArn"], call.account)
    if not request["tagKeys"]:
        raise InvalidParameterException("Tag keys can not be empty.")
    check_keys(request["tagKeys"])
    _check_there(tx, call, resource)
    queries.remove_tags(tx, resource.arn, request["tagKeys"])
    _limit_anew(tx, call, resource, request["tagKeys"])
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(
    tx: ReadTx, call: Call, request: shapes.ListTagsForResourceRequest
) -> shapes.ListTagsForResourceResponse:
    """The tags of a resource, in order of key."""
    resource = resource_of(request["resourceArn"], call.account)
    if resource.kind != "capacity-provider":
        _check_there(tx, call, resource, missing=InvalidParameterException)
    return {"tags": render_tags(queries.tags_of(tx, resource.arn))}


def _limit_anew(tx: Tx, call: Call, resource: Resource, keys: Sequence[str]) -> None:
    """A task whose tags speak of its time limit heeds them at once, wherever it is."""
    if TIME_LIMIT not in keys or resource.kind != "task":
        return
    before = find_task(tx, resource.arn)
    if before is None or before.desired_status == "STOPPED":
        return
    definition = queries.tags_of(tx, before.definition_arn)
    limit = time_limit(definition, queries.tags_of(tx, resource.arn))
    after = timed(replace(before, time_limit_s=limit), call.clock.span)
    save_task(tx, before, after, now=call.now)


def _check_there(
    tx: ReadTx,
    call: Call,
    resource: Resource,
    *,
    missing: type[AwsError] = ResourceNotFoundException,
) -> None:
    if resource.kind == "capacity-provider" and resource.arn.endswith(
        tuple(f"/{name}" for name in BUILT_IN)
    ):
        raise InvalidParameterException(
            "The FARGATE and FARGATE_SPOT capacity providers are reserved and cannot be tagged."
        )
    if resource.region == call.region and exists(
        tx, resource.kind, resource.arn, account=call.account, region=call.region
    ):
        return
    if resource.kind == "cluster":
        raise ClusterNotFoundException
    noun = resource.kind.replace("-", " ")
    raise missing(
        f"The specified {noun} was not found. Specify a valid ARN of a {noun} and try again."
    )
