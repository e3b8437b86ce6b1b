"""End a task whose node is given up: nobody will report of it, or will be believed."""

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.reconcile.stopping import delete_interface
from homeport.services.ecs.reconcile.target_release import release_targets
from homeport.services.ecs.records.tasks import Task
from homeport.store import Tx


def give_up(tx: Tx, before: Task, tick: Tick, *, code: str, reason: str, by: str) -> None:
    """Make the task STOPPED now.  Its node, should it ever be heard of again, has to remove it.

    A task that was being stopped already keeps the reason that it has.
    """
    release_targets(tx, before, tick)
    delete_interface(tx, before, tick)
    stopped = lifecycle.stop(before, code=code, reason=reason, by=by, now=tick.now)
    after = replace(lifecycle.end(stopped, now=tick.now), released=before.generation == 0)
    record(tx, lifecycle.change(before, after), now=tick.now)
