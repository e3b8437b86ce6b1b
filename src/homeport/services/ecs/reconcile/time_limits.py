"""Ask tasks to stop that have run for as long as their tag ``homeport:time-limit`` allows.

One key for all: each pass takes those whose time is up, and comes back when the next one's is.
"""

from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.plan.time_limits import STOPPED_BY, reason, timed
from homeport.services.ecs.queries.tags import remove_all_tags
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.queries.task_deadlines import next_deadline, overdue_tasks
from homeport.services.ecs.queries.tasks import TIMED, save_task
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx, Tx

WATCHES: Final = ("time limit",)


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Have the tasks stopped whose time is up."""
    for task in overdue_tasks(tx, now=tick.now):
        _end(tx, task, tick)
    due = next_deadline(tx)
    return None if due is None else Again(after_s=max(0.0, due - tick.now))


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """There is one queue of deadlines."""
    return (TIMED,)


def _end(tx: Tx, task: Task, tick: Tick) -> None:
    """Stop a task as StopTask does.

    Time may have been set to pass slower since it started: then it has longer.
    """
    anew = timed(task, tick.span)
    if anew.deadline is None or anew.deadline > tick.now or task.time_limit_s is None:
        save_task(tx, task, anew, now=tick.now)
        return
    after = lifecycle.stop(
        task,
        code="UserInitiated",
        reason=reason(task.time_limit_s),
        by=STOPPED_BY,
        now=tick.now,
    )
    record(tx, lifecycle.change(task, after), now=tick.now)
    remove_all_tags(tx, task.arn)
