"""Deregister the targets of a task that is over: nothing may lead to where it was."""

from collections import Counter

from homeport.runtime import Tick
from homeport.services.ecs.plan.service import messages
from homeport.services.ecs.queries import service_events, targets
from homeport.services.ecs.queries.services import service_arn
from homeport.services.ecs.records.services import ServiceEvent
from homeport.services.ecs.records.tasks import Task
from homeport.store import Tx


def release_targets(tx: Tx, task: Task, tick: Tick) -> None:
    """Deregister what the task still holds, and tell it in the events of its service."""
    if not task.registration:
        return
    held = targets.held_by_task(tx, task.arn)
    if not held:
        return
    targets.forget(tx, held)
    if task.registration == "DRAINING":  # Deregistered already.
        return
    targets.deregister(tx, tick.peers.targets, held, now=tick.now)
    name = task.service_name or ""
    home = service_arn(task.account, task.region, task.cluster_name, name)
    counts = Counter(each.group_arn for each in held)
    sentences = [messages.deregistered(name, count, group) for group, count in counts.items()]
    events = [ServiceEvent(id=tick.ids.uuid(), at=tick.now, message=each) for each in sentences]
    service_events.tell(tx, home, events)
