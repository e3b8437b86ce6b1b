"""How long a task may run, by the tag ``homeport:time-limit``.  Pure; nothing here stops a task."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from homeport.kernel.job_rules import TIME_LIMIT, BadJobRule, job_rules
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.tasks import Task

STOPPED_BY: Final = f"its time limit (tag {TIME_LIMIT})"


def time_limit(definition: Iterable[Tag], own: Iterable[Tag]) -> int | None:
    """Seconds of ECS time that a task may run: its own tag says it, or its definition's.

    A tag that is older than these rules and says nothing they know limits nothing.
    """
    said = {tag.key: tag.value for tag in (*definition, *own) if tag.key == TIME_LIMIT}
    try:
        return job_rules(said).time_limit_s
    except BadJobRule:
        return None


def timed(task: Task, span: Callable[[float], float]) -> Task:
    """The task with the moment at which its time is up: it has one once it runs."""
    if task.started_at is None or task.time_limit_s is None:
        return task if task.deadline is None else replace(task, deadline=None)
    deadline = task.started_at + span(float(task.time_limit_s))
    return task if task.deadline == deadline else replace(task, deadline=deadline)


def reason(limit_s: int) -> str:
    """What a task says that was stopped for its time limit."""
    seconds = "1 second" if limit_s == 1 else f"{limit_s} seconds"
    return (
        f"Task stopped because it ran longer than its time limit of {seconds} (tag {TIME_LIMIT})."
    )
