"""Firings of schedules as the engine that invokes targets is told of them."""

from homeport.contracts.firings import Target as FiringTarget
from homeport.contracts.firings import Wanted
from homeport.services.scheduler.records.schedules import Schedule, Target, Upcoming


def target(record: Target) -> FiringTarget:
    """What is to be invoked."""
    return FiringTarget(arn=record.arn, role_arn=record.role_arn, parameters=record.parameters)


def wanted(
    schedule: Schedule,
    firing: Upcoming,
    *,
    payload: str,
    tags: tuple[tuple[str, str], ...],
    by_hand: str = "",
) -> Wanted:
    """A firing of the schedule; `by_hand` names one that somebody asked for."""
    return Wanted(
        account=schedule.account,
        region=schedule.region,
        source=schedule.arn,
        source_kind="schedule",
        group=schedule.group,
        name=schedule.name,
        token=by_hand or f"{schedule.edition}/{firing.calendar_at:.3f}",
        due_at=firing.due_at,
        scheduled_for=firing.calendar_at,
        target=target(schedule.target),
        payload=payload,
        max_age_s=float(schedule.target.max_age_s),
        max_retries=schedule.target.max_retries,
        dead_letter_arn=schedule.target.dead_letter_arn or "",
        tags=tags,
        by_hand=bool(by_hand),
        is_awaited=schedule.completion == "DELETE",
    )
