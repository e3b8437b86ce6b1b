"""Recording tasks that were just placed: rows, generations, stories, tags."""

from collections.abc import Sequence

from msgspec.structs import replace

from homeport.services.ecs.queries import happenings, instances, tasks
from homeport.services.ecs.queries.tags import put_tags_of_many
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.tasks import Task
from homeport.store import Tx


def record_new(
    tx: Tx, made: Sequence[Task], tags: tuple[Tag, ...], *, story: str, now: float
) -> tuple[Task, ...]:
    """Add the tasks; those that need no address are assigned to their node at once."""
    recorded = tuple(_assigned(tx, task) for task in made)
    tasks.insert_tasks(tx, recorded)
    happenings.tell_of_new(tx, [(task.arn, story) for task in recorded], at=now)
    if tags:
        put_tags_of_many(tx, {task.arn: tags for task in recorded})
    return recorded


def _assigned(tx: Tx, task: Task) -> Task:
    if task.interface is not None or task.instance_arn is None:
        return task
    return replace(task, generation=instances.next_generation(tx, task.instance_arn))
