"""Bring tasks that should stop to their end, where it is the control plane's turn.

Sole remover of tasks' interfaces, and sole writer of the STOPPED of awsvpc tasks.  What containers
do is only ever observed (facade.report).
"""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.queries import tasks as queries
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.reconcile.target_release import release_targets
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx, Tx

WATCHES: Final = ("stopping",)


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Move the task with this ARN on, if it should stop and nobody else has to move first."""
    before = queries.find_task(tx, key)
    if before is None or before.desired_status != "STOPPED" or before.last_status == "STOPPED":
        return
    if _is_let_go(before):
        release_targets(tx, before, tick)
        delete_interface(tx, before, tick)
        after = replace(lifecycle.end(before, now=tick.now), released=True)
    else:
        after = lifecycle.deactivate(before)
    record(tx, lifecycle.change(before, after), now=tick.now)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every task that should stop and has not."""
    return tuple(queries.arns_being_stopped(tx))


def delete_interface(tx: Tx, task: Task, tick: Tick) -> None:
    """Free the address of a task, if it has one."""
    interface = task.interface
    if interface is not None and interface.interface_id is not None:
        tick.peers.networks.delete_interface(tx, task.account, task.region, interface.interface_id)


def _is_let_go(task: Task) -> bool:
    """Whether no node has, or ever had, anything of the task."""
    if task.generation == 0:
        return True
    detached = task.interface is not None and task.interface.status == "DETACHED"
    return task.last_status == "DEPROVISIONING" and detached
