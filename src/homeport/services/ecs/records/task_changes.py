"""A task before and after something was decided or observed, and what follows from it."""

from msgspec import Struct

from homeport.services.ecs.records.tasks import Task


class TaskChange(Struct, frozen=True, kw_only=True):
    """A change that is planned and has still to be recorded."""

    before: Task
    after: Task
    news: bool
    """The task's node has to be told: the task gets a new generation."""
    story: tuple[str, ...]
    """What the control plane has to tell about it."""
