"""Recording a planned change of a task: the row, its generation, its line in the story."""

from msgspec.structs import replace

from homeport.services.ecs.queries import happenings
from homeport.services.ecs.queries.instances import next_generation
from homeport.services.ecs.queries.tasks import save_task
from homeport.services.ecs.records.task_changes import TaskChange
from homeport.services.ecs.records.tasks import Task
from homeport.store import Tx


def record(tx: Tx, change: TaskChange, *, now: float) -> Task:
    """Write the change and announce it; answers the task with the generation that it got."""
    after = change.after
    if change.news and after.instance_arn is not None:
        after = replace(after, generation=next_generation(tx, after.instance_arn))
    save_task(tx, change.before, after, now=now)
    happenings.tell(tx, after.arn, after.version, change.story, at=now)
    return after
