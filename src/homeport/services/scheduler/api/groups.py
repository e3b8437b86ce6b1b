"""Schedule groups: create, look up, delete, list."""

from typing import Final, cast

from msgspec.structs import replace

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.scheduler.api.answering import answered_before, remember
from homeport.services.scheduler.api.lookups import begin_of, the_group
from homeport.services.scheduler.errors import (
    ConflictException,
    ServiceQuotaExceededException,
    ValidationException,
)
from homeport.services.scheduler.plan import tags
from homeport.services.scheduler.queries import groups
from homeport.services.scheduler.records.groups import DEFAULT, Group
from homeport.services.scheduler.render import groups as render
from homeport.shapes import scheduler as shapes
from homeport.store import ReadTx, Tx

GROUPS_MAX: Final = 500
"""AWS's quota for an account and region, beside the default group."""
PAGE_MAX: Final = 100


@operation("CreateScheduleGroup")
def create_schedule_group(
    tx: Tx, call: Call, request: shapes.CreateScheduleGroupInput
) -> shapes.CreateScheduleGroupOutput:
    """A new group, without schedules."""
    before = answered_before(tx, call, "CreateScheduleGroup", request)
    if before is not None:
        return cast(shapes.CreateScheduleGroupOutput, before)
    name = request["Name"]
    kept = tags.merged((), [(each["Key"], each["Value"]) for each in request.get("Tags", ())])
    if groups.find_group(tx, call.account, call.region, name) is not None:
        raise ConflictException(f"Schedule group {name} already exists.")
    if groups.count_of(tx, call.account, call.region) >= GROUPS_MAX:
        raise ServiceQuotaExceededException(
            f"The account has the most schedule groups that it can have ({GROUPS_MAX})."
        )
    made = Group(
        account=call.account,
        region=call.region,
        name=name,
        tags=kept,
        created_at=call.now,
        modified_at=call.now,
    )
    groups.put_group(tx, made)
    answer: shapes.CreateScheduleGroupOutput = {"ScheduleGroupArn": made.arn}
    remember(tx, call, "CreateScheduleGroup", request, answer)
    return answer


@operation("GetScheduleGroup")
def get_schedule_group(
    tx: ReadTx, call: Call, request: shapes.GetScheduleGroupInput
) -> shapes.GetScheduleGroupOutput:
    """The group of this name."""
    return render.group(the_group(tx, call, request["Name"]))


@operation("DeleteScheduleGroup")
def delete_schedule_group(
    tx: Tx, call: Call, request: shapes.DeleteScheduleGroupInput
) -> shapes.DeleteScheduleGroupOutput:
    """Have a group removed, with all its schedules: it is DELETING until they are gone."""
    if answered_before(tx, call, "DeleteScheduleGroup", request) is not None:
        return {}
    name = request["Name"]
    if name == DEFAULT:
        raise ValidationException("The default schedule group cannot be deleted.")
    group = the_group(tx, call, name)
    if group.is_deleting:
        raise ConflictException(f"Schedule group {name} is being deleted.")
    groups.put_group(tx, replace(group, is_deleting=True, modified_at=call.now))
    remember(tx, call, "DeleteScheduleGroup", request, {})
    return {}


@operation("ListScheduleGroups")
def list_schedule_groups(
    tx: ReadTx, call: Call, request: shapes.ListScheduleGroupsInput
) -> shapes.ListScheduleGroupsOutput:
    """A page of the groups, by name."""
    most = request.get("MaxResults", PAGE_MAX)
    found = groups.page_of(
        tx,
        call.account,
        call.region,
        prefix=request.get("NamePrefix", ""),
        after=begin_of(request.get("NextToken")),
        most=most + 1,
    )
    shown, token = paging.page(found, lambda each: each.name, most)
    answer: shapes.ListScheduleGroupsOutput = {
        "ScheduleGroups": [render.group(each) for each in shown]
    }
    if token is not None:
        answer["NextToken"] = token
    return answer
