"""Log groups: create, describe, delete, and how long they keep their events."""

from typing import Final

import msgspec

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.logs import render
from homeport.services.logs.errors import (
    InvalidParameterException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)
from homeport.services.logs.plan import names, retention, tags
from homeport.services.logs.queries import groups
from homeport.services.logs.records import GroupBody, LogGroup
from homeport.shapes import logs as shapes
from homeport.store import ReadTx, Tx

CHANGED: Final = "log-group"
"""The kind that the change feed announces; the key is the group's ARN."""

PAGE: Final = 50
SCAN: Final = 1_000


def find(tx: ReadTx, call: Call, name: str) -> LogGroup:
    """The caller's group of this name; raises when there is none."""
    group = groups.find_group(tx, call.account, call.region, name)
    if group is None:
        raise ResourceNotFoundException
    return group


def find_by(tx: ReadTx, call: Call, name: str | None, identifier: str | None) -> LogGroup:
    """The caller's group by name or by identifier, of which exactly one must be given."""
    return find(
        tx, call, names.group_name(name, identifier, account=call.account, region=call.region)
    )


@operation("CreateLogGroup", partial="no KMS keys, class DELIVERY or deletion protection")
def create_log_group(
    tx: Tx, call: Call, request: shapes.CreateLogGroupRequest
) -> shapes.CreateLogGroupResponse:
    """Make an empty group."""
    name = request["logGroupName"]
    names.check_group_name(name)
    _refuse_unbuilt(request)
    if groups.find_group(tx, call.account, call.region, name) is not None:
        raise ResourceAlreadyExistsException
    group = LogGroup(
        id=0,
        account=call.account,
        region=call.region,
        name=name,
        created_ms=int(call.now * 1000),
        retention_days=None,
        body=GroupBody(
            log_group_class=request.get("logGroupClass", "STANDARD"),
            tags=tags.merged({}, request.get("tags", {})),
        ),
    )
    groups.insert_group(tx, group)
    tx.changed(CHANGED, group.arn)
    return {}


def _refuse_unbuilt(request: shapes.CreateLogGroupRequest) -> None:
    group_class = request.get("logGroupClass", "STANDARD")
    if group_class not in ("STANDARD", "INFREQUENT_ACCESS"):
        raise InvalidParameterException(f"Homeport has no log groups of class {group_class}.")
    if "kmsKeyId" in request:
        raise InvalidParameterException(
            "Homeport has no KMS yet: a log group cannot be encrypted with kmsKeyId."
        )
    if request.get("deletionProtectionEnabled", False):
        raise InvalidParameterException(
            "Homeport cannot protect log groups from deletion yet: leave out "
            "deletionProtectionEnabled."
        )


@operation("DeleteLogGroup")
def delete_log_group(
    tx: Tx, call: Call, request: shapes.DeleteLogGroupRequest
) -> shapes.DeleteLogGroupResponse:
    """Remove a group with its streams; its events are removed in the background."""
    group = find(tx, call, request["logGroupName"])
    for stream_id in groups.delete_group(tx, group):
        tx.changed("log-discard", str(stream_id))
    tx.changed(CHANGED, group.arn)
    return {}


@operation("DescribeLogGroups")
def describe_log_groups(
    tx: ReadTx, call: Call, request: shapes.DescribeLogGroupsRequest
) -> shapes.DescribeLogGroupsResponse:
    """A page of the groups, by name."""
    if "logGroupIdentifiers" in request:
        return _identified(tx, call, request["logGroupIdentifiers"])
    prefix, pattern = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
    if prefix is not None and pattern:
        raise InvalidParameterException(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    limit = request.get("limit", PAGE)
    after = _after(request.get("nextToken"))
    found = _matching(tx, call, request, after=after, count=limit + 1)
    shown, token = paging.page(found, lambda group: group.name, limit)
    response: shapes.DescribeLogGroupsResponse
    if pattern:
        response = {"logGroups": [render.matching_log_group(group) for group in shown]}
    else:
        response = {"logGroups": _rendered(tx, tuple(shown))}
    if token is not None:
        response["nextToken"] = token
    return response


def _after(token: str | None) -> str:
    if token is None:
        return ""
    try:
        name = paging.key_of(token)
    except paging.BadToken:
        name = ""
    if not names.is_group_name(name):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return name


def _matching(
    tx: ReadTx, call: Call, request: shapes.DescribeLogGroupsRequest, *, after: str, count: int
) -> list[LogGroup]:
    """Up to `count` groups that the request asks for."""
    found: list[LogGroup] = []
    while len(found) < count:
        batch = groups.groups_after(
            tx,
            call.account,
            call.region,
            after=after,
            prefix=request.get("logGroupNamePrefix", ""),
            count=SCAN,
        )
        found += [group for group in batch if _is_wanted(group, request)]
        if len(batch) < SCAN:
            break
        after = batch[-1].name
    return found[:count]


def _is_wanted(group: LogGroup, request: shapes.DescribeLogGroupsRequest) -> bool:
    group_class = request.get("logGroupClass", group.body.log_group_class)
    return (
        request.get("logGroupNamePattern", "") in group.name
        and group_class == group.body.log_group_class
    )


def _identified(tx: ReadTx, call: Call, identifiers: list[str]) -> shapes.DescribeLogGroupsResponse:
    wanted = {names.name_of(each, account=call.account, region=call.region) for each in identifiers}
    found = [groups.find_group(tx, call.account, call.region, name) for name in sorted(wanted)]
    return {"logGroups": _rendered(tx, tuple(group for group in found if group is not None))}


def _rendered(tx: ReadTx, shown: tuple[LogGroup, ...]) -> list[shapes.LogGroup]:
    stored = groups.stored_bytes(tx, [group.id for group in shown])
    return [render.log_group(group, stored.get(group.id, 0)) for group in shown]


@operation("PutRetentionPolicy")
def put_retention_policy(
    tx: Tx, call: Call, request: shapes.PutRetentionPolicyRequest
) -> shapes.PutRetentionPolicyResponse:
    """Let a group's events expire after so many days."""
    retention.check_days(request["retentionInDays"])
    _keep_for(tx, call, request["logGroupName"], request["retentionInDays"])
    return {}


@operation("DeleteRetentionPolicy")
def delete_retention_policy(
    tx: Tx, call: Call, request: shapes.DeleteRetentionPolicyRequest
) -> shapes.DeleteRetentionPolicyResponse:
    """Keep a group's events for ever."""
    _keep_for(tx, call, request["logGroupName"], None)
    return {}


def _keep_for(tx: Tx, call: Call, name: str, days: int | None) -> None:
    group = msgspec.structs.replace(find(tx, call, name), retention_days=days)
    groups.save_group(tx, group)
    tx.changed(CHANGED, group.arn)
