"""End the tasks of an instance that was deregistered by force.

ECS gives them up: they are STOPPED at once, and their node, if it is ever heard of again, is told
to remove them.  Fargate tasks are nobody's instance's and stay.
"""

from typing import Final

from homeport.runtime import Tick
from homeport.services.ecs.queries import instances, tasks
from homeport.services.ecs.queries import nodes as queries
from homeport.services.ecs.reconcile.giving_up import give_up
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
            give_up(
                tx,
                task,
                tick,
                code="UserInitiated",
                reason=REASON,
                by="DeregisterContainerInstance with force",
            )


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Deregistered instances that still have tasks."""
    return queries.deregistered_with_tasks(tx)
