"""Schedules: create, look up, replace, delete, list.  Nothing is fired here."""

from typing import Any, Final, cast

import msgspec

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.scheduler.api.answering import answered_before, remember
from homeport.services.scheduler.api.lookups import begin_of, the_group, the_schedule
from homeport.services.scheduler.errors import (
    ConflictException,
    ServiceQuotaExceededException,
    ValidationException,
)
from homeport.services.scheduler.plan import payloads
from homeport.services.scheduler.plan.enums import check_word
from homeport.services.scheduler.plan.requests import asked_schedule, timed
from homeport.services.scheduler.queries import schedules
from homeport.services.scheduler.records.groups import DEFAULT
from homeport.services.scheduler.records.requests import ScheduleRequest
from homeport.services.scheduler.records.schedules import Schedule
from homeport.services.scheduler.render import firings as render_firings
from homeport.services.scheduler.render import schedules as render
from homeport.shapes import scheduler as shapes
from homeport.store import ReadTx, Tx

SCHEDULES_MAX: Final = 1_000_000
"""AWS's quota for an account and region."""
PAGE_MAX: Final = 100
STATES: Final = ("ENABLED", "DISABLED")


@operation("CreateSchedule", partial="no KMS keys")
def create_schedule(
    tx: Tx, call: Call, request: shapes.CreateScheduleInput
) -> shapes.CreateScheduleOutput:
    """A new schedule; its timing begins now."""
    before = answered_before(tx, call, "CreateSchedule", request)
    if before is not None:
        return cast(shapes.CreateScheduleOutput, before)
    asked = _asked(tx, call, request, None)
    group = the_group(tx, call, asked.group)
    if schedules.find_schedule(tx, asked.arn) is not None:
        raise ConflictException(f"Schedule {asked.name} already exists.")
    if group.is_deleting:
        raise ConflictException(f"Schedule group {group.name} is being deleted.")
    if schedules.count_of(tx, call.account, call.region) >= SCHEDULES_MAX:
        raise ServiceQuotaExceededException(
            f"The account has the most schedules that it can have ({SCHEDULES_MAX})."
        )
    made = timed(asked, None, edition=call.ids.hex(8), now=call.now, second=call.clock.span(1.0))
    schedules.insert_schedule(tx, made)
    answer: shapes.CreateScheduleOutput = {"ScheduleArn": made.arn}
    remember(tx, call, "CreateSchedule", request, answer)
    return answer


@operation("GetSchedule")
def get_schedule(
    tx: ReadTx, call: Call, request: shapes.GetScheduleInput
) -> shapes.GetScheduleOutput:
    """All of a schedule."""
    group = request.get("GroupName", DEFAULT)
    return render.schedule(the_schedule(tx, call, group, request["Name"]))


@operation("UpdateSchedule", partial="no KMS keys")
def update_schedule(
    tx: Tx, call: Call, request: shapes.UpdateScheduleInput
) -> shapes.UpdateScheduleOutput:
    """Put another schedule in the place of one: what the request leaves out has its default."""
    answered = answered_before(tx, call, "UpdateSchedule", request)
    if answered is not None:
        return cast(shapes.UpdateScheduleOutput, answered)
    before = the_schedule(tx, call, request.get("GroupName", DEFAULT), request["Name"])
    if the_group(tx, call, before.group).is_deleting:
        raise ConflictException(f"Schedule group {before.group} is being deleted.")
    asked = _asked(tx, call, request, before)
    after = timed(asked, before, edition=call.ids.hex(8), now=call.now, second=call.clock.span(1.0))
    schedules.save_schedule(tx, after)
    answer: shapes.UpdateScheduleOutput = {"ScheduleArn": after.arn}
    remember(tx, call, "UpdateSchedule", request, answer)
    return answer


@operation("DeleteSchedule")
def delete_schedule(
    tx: Tx, call: Call, request: shapes.DeleteScheduleInput
) -> shapes.DeleteScheduleOutput:
    """Remove a schedule.  What has fallen due is still delivered."""
    if answered_before(tx, call, "DeleteSchedule", request) is not None:
        return {}
    group = request.get("GroupName", DEFAULT)
    schedules.delete_schedule(tx, the_schedule(tx, call, group, request["Name"]).arn)
    remember(tx, call, "DeleteSchedule", request, {})
    return {}


@operation("ListSchedules")
def list_schedules(
    tx: ReadTx, call: Call, request: shapes.ListSchedulesInput
) -> shapes.ListSchedulesOutput:
    """A page of the schedules, by group and name."""
    state, group = request.get("State"), request.get("GroupName")
    check_word(state, STATES, "state")
    if group is not None:
        the_group(tx, call, group)
    begin = begin_of(request.get("NextToken"))
    most = request.get("MaxResults", PAGE_MAX)
    after_group, _, after_name = begin.partition("/")
    found = schedules.page_of(
        tx,
        call.account,
        call.region,
        group=group,
        prefix=request.get("NamePrefix", ""),
        states=STATES if state is None else (state,),
        after=(after_group, after_name),
        most=most + 1,
    )
    shown, token = paging.page(found, lambda each: f"{each.group}/{each.name}", most)
    answer: shapes.ListSchedulesOutput = {"Schedules": [render.summary(each) for each in shown]}
    if token is not None:
        answer["NextToken"] = token
    return answer


def _asked(tx: ReadTx, call: Call, request: Any, before: Schedule | None) -> Schedule:
    """The schedule that a request describes; raises when it, or its target, cannot be."""
    asked = asked_schedule(
        msgspec.convert(request, ScheduleRequest),
        account=call.account,
        region=call.region,
        now=call.now,
        before=before,
    )
    sample = payloads.payload(asked, call.now)
    target = render_firings.target(asked.target)
    why = call.peers.firings.refusal(tx, target, sample, region=call.region)
    if why is not None:
        raise ValidationException(why)
    return asked
