"""Give up nodes that were not heard of for long, as ECS does when EC2 terminates an instance.

Their instance is deregistered and their tasks are STOPPED, Fargate ones too, so that services
replace them.  Should such a node come back it registers anew, and is told to remove them.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Again, Tick
from homeport.services.ecs.queries import instances, tasks
from homeport.services.ecs.queries import nodes as queries
from homeport.services.ecs.reconcile.giving_up import give_up
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx, Tx

WATCHES: Final = ("instance",)
LOST_AFTER_S: Final = 300.0
"""Seconds of ECS time for which a node may be disconnected, unless a setting says otherwise."""
LOST_AFTER_MIN_S: Final = 10.0
"""However fast time is set to pass, an agent takes some real seconds to start anew."""


def reconciling(lost_after_s: float) -> Callable[[Tx, str, Tick], Again | None]:
    """A pass that gives up nodes that have been disconnected for `lost_after_s`."""

    def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
        instance = instances.find_instance(tx, key)
        if instance is None or instance.connected:
            return None
        if instance.status not in instances.LIVE and not _live_tasks(tx, instance):
            return None
        patience_s = max(tick.span(lost_after_s), min(lost_after_s, LOST_AFTER_MIN_S))
        left_s = _silent_since(instance, tick) + patience_s - tick.now
        if left_s > 0:
            return Again(after_s=left_s)
        _give_up(tx, instance, tick)
        return None

    return reconcile


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every registered instance that is not connected."""
    return queries.disconnected_arns(tx)


def _silent_since(instance: ContainerInstance, tick: Tick) -> float:
    """Since when the node could have been heard, and was not.

    While the control plane itself slept or did not run no node could say hello: a machine that
    wakes up must not lose its own node, nor those that were about to come back.
    """
    return max(instance.disconnected_at or 0.0, tick.awake_since)


def _live_tasks(tx: ReadTx, instance: ContainerInstance) -> tuple[Task, ...]:
    """A deregistered instance has Fargate's still: these are nobody's instance's."""
    left = tasks.unreleased_of_instance(tx, instance.arn)
    return tuple(each for each in left if each.last_status != "STOPPED")


def _give_up(tx: Tx, instance: ContainerInstance, tick: Tick) -> None:
    for task in _live_tasks(tx, instance):
        give_up(
            tx,
            task,
            tick,
            code="TerminationNotice",
            reason=f"Host EC2 (instance {instance.ec2_instance_id}) terminated.",
            by="its node, which was not heard of any more",
        )
    if instance.status in instances.LIVE:
        gone = replace(instance, status="INACTIVE", version=instance.version + 1)
        instances.deregister(tx, gone, now=tick.now)
