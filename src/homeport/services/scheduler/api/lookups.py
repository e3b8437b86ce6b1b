"""What a request names: schedules, groups, the place where a page begins."""

from homeport.kernel import paging
from homeport.runtime import Call
from homeport.services.scheduler.errors import ResourceNotFoundException, ValidationException
from homeport.services.scheduler.queries import groups, schedules
from homeport.services.scheduler.records.groups import Group
from homeport.services.scheduler.records.schedules import Schedule, schedule_arn
from homeport.store import ReadTx


def the_schedule(tx: ReadTx, call: Call, group: str, name: str) -> Schedule:
    """The caller's schedule of this name; raises when there is none."""
    arn = schedule_arn(call.account, call.region, group, name)
    found = schedules.find_schedule(tx, arn)
    if found is None:
        raise ResourceNotFoundException(f"Schedule {name} does not exist.")
    return found


def the_group(tx: ReadTx, call: Call, name: str) -> Group:
    """The caller's group of this name; raises when there is none."""
    found = groups.find_group(tx, call.account, call.region, name)
    if found is None:
        raise ResourceNotFoundException(f"Schedule group {name} does not exist.")
    return found


def begin_of(token: str | None) -> str:
    """The key behind which a page begins; raises for a token that is none of ours."""
    if token is None:
        return ""
    try:
        return paging.key_of(token)
    except paging.BadToken:
        raise ValidationException("Invalid NextToken.") from None
