"""End the tasks of an instance that was deregistered by force.

ECS gives them up: they are STOPPED at once, and their node, if it is ever heard of again, is told
to remove them.  Fargate tasks are nobody's instance's and stay.
"""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.queries import instances, tasks
from homeport.services.ecs.queries import nodes as queries
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx, Tx

WATCHES: Final = ("instance",)
REASON: Final = "Container instance deregistration forced by user"


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """End what is left of the tasks of the instance with this ARN, if it was deregistered."""
    instance = instances.find_instance(tx, key)
    if instance is None or instance.status != "INACTIVE":
        return
    for task in tasks.unreleased_of_instance(tx, key):
        if task.launch_type != "FARGATE" and task.last_status != "STOPPED":
            _end(tx, task, tick)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Deregistered instances that still have tasks."""
    return queries.deregistered_with_tasks(tx)


def _end(tx: Tx, before: Task, tick: Tick) -> None:
    interface = before.interface
    if interface is not None and interface.interface_id is not None:
        tick.peers.networks.delete_interface(
            tx, before.account, before.region, interface.interface_id
        )
    stopped = lifecycle.stop(
        before,
        code="UserInitiated",
        reason=REASON,
        by="DeregisterContainerInstance with force",
        now=tick.now,
    )
    after = replace(lifecycle.end(stopped, now=tick.now), released=before.generation == 0)
    record(tx, lifecycle.change(before, after), now=tick.now)
