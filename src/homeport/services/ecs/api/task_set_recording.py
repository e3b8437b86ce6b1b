"""Recording what an operation makes of task sets, and telling it."""

from collections.abc import Iterable, Sequence

from homeport.runtime import Call
from homeport.services.ecs.plan.service import drafts, messages
from homeport.services.ecs.plan.service import task_set_changes as changes
from homeport.services.ecs.plan.service.drafts import Target
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import service_events
from homeport.services.ecs.queries import task_sets as queries
from homeport.services.ecs.queries.services import save_service
from homeport.services.ecs.records.services import Rollout, Service, ServiceEvent
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.task_sets import TaskSet
from homeport.store import Tx


def first_task_set(
    tx: Tx, call: Call, service: Service, target: Target, definition: TaskDefinition
) -> Service:
    """Give a new service, which is not saved yet, its first task set: all of it, and PRIMARY."""
    number = call.ids.number(19)
    revision = drafts.revision_of(target, service, definition, number=number, now=call.now)
    asked = changes.primary(changes.blank(service, revision, scale=100.0, now=call.now))
    changed = changes.begin(
        service,
        revision,
        asked,
        has_health_check=drafts.has_health_check(definition),
        now=call.now,
    )
    deployments.insert_revision(tx, revision)
    for each in changed.task_sets:
        queries.insert_task_set(tx, each)
    return changed.service


def record_changed(
    tx: Tx,
    call: Call,
    before: Service,
    task_sets: Iterable[TaskSet],
    changed: changes.Changed,
) -> None:
    """Record a service with its task sets as they are from now on.

    Of those that are not among `task_sets` there was none before.
    """
    known = {each.id: each for each in task_sets}
    save_service(tx, before, changed.service)
    for each in changed.task_sets:
        if each.id in known:
            queries.save_task_set(tx, known[each.id], each)
        else:
            queries.insert_task_set(tx, each)
    counts = _counts(before.rollouts)
    _tell(
        tx,
        call,
        changed.service,
        [
            messages.recounted(before.name, each.id, each.desired_count)
            for each in changed.service.rollouts
            if each.desired_count != counts.get(each.id, 0)
        ],
    )


def _tell(tx: Tx, call: Call, service: Service, sentences: Sequence[str]) -> None:
    events = [ServiceEvent(id=call.ids.uuid(), at=call.now, message=each) for each in sentences]
    service_events.tell(tx, service.arn, events)


def _counts(rollouts: Sequence[Rollout]) -> dict[str, int]:
    return {each.id: each.desired_count for each in rollouts}
