"""Schedules as the ledger sees them: homeport.contracts.job_sources."""

from collections.abc import Mapping

from homeport.contracts.firings import Firings
from homeport.contracts.job_sources import Job
from homeport.kernel.ids import Ids
from homeport.services.scheduler.plan import payloads
from homeport.services.scheduler.queries import groups, schedules
from homeport.services.scheduler.records.groups import Group
from homeport.services.scheduler.records.schedules import Schedule, Upcoming
from homeport.services.scheduler.render.firings import wanted
from homeport.store import ReadTx, Tx


class ScheduleJobs:
    """Fulfils `JobSources` for schedules."""

    def __init__(self, firings: Firings) -> None:
        """`firings`: who invokes what is fired by hand."""
        self._firings = firings

    def jobs(self, tx: ReadTx, account: str, region: str) -> tuple[Job, ...]:
        """All schedules, by group and name."""
        known = groups.groups_of(tx, account, region)
        return tuple(_job(each, known) for each in schedules.schedules_of(tx, account, region))

    def job(self, tx: ReadTx, arn: str) -> Job | None:
        """The schedule with this ARN."""
        schedule = schedules.find_schedule(tx, arn)
        return None if schedule is None else _job(schedule, _own_group(tx, schedule))

    def fire_now(self, tx: Tx, arn: str, *, now: float, ids: Ids) -> tuple[str, ...]:
        """Fire it once now, by hand; when it fires next stays as it is."""
        schedule = schedules.find_schedule(tx, arn)
        if schedule is None:
            raise KeyError(arn)
        asked = wanted(
            schedule,
            Upcoming(calendar_at=now, real_at=now, due_at=now),
            payload=payloads.payload(schedule, now),
            tags=_tags(schedule, _own_group(tx, schedule)),
            by_hand=f"by-hand/{ids.uuid()}",
        )
        return (self._firings.fire(tx, asked, now=now, ids=ids),)


def _own_group(tx: ReadTx, schedule: Schedule) -> Mapping[str, Group]:
    found = groups.find_group(tx, schedule.account, schedule.region, schedule.group)
    return {} if found is None else {found.name: found}


def _tags(schedule: Schedule, known: Mapping[str, Group]) -> tuple[tuple[str, str], ...]:
    group = known.get(schedule.group)
    return () if group is None else group.tags


def _job(schedule: Schedule, known: Mapping[str, Group]) -> Job:
    return Job(
        arn=schedule.arn,
        kind="schedule",
        group=schedule.group,
        name=schedule.name,
        state=schedule.state,
        expression=schedule.expression,
        zone=schedule.zone,
        next_at=None if schedule.upcoming is None else schedule.upcoming.due_at,
        target_arns=(schedule.target.arn,),
        tags=_tags(schedule, known),
    )
