"""How task sets begin, become primary, are scaled and deleted.  Pure.

Sole author of task sets and, for services that others deploy, of what their rollouts are to be.
What has become of their tasks is the service scheduler's to see.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from homeport.services.ecs.plan.service.deploying import rollout_of
from homeport.services.ecs.plan.service.task_set_requests import task_set_arn
from homeport.services.ecs.plan.service.task_sets import computed_count
from homeport.services.ecs.records.services import Rollout, Service, ServiceRevision
from homeport.services.ecs.records.task_sets import TaskSet


class Changed(Struct, frozen=True, kw_only=True):
    """A service and those of its task sets that are new or other than before."""

    service: Service
    task_sets: tuple[TaskSet, ...] = ()


def begin(
    service: Service,
    revision: ServiceRevision,
    asked: TaskSet,
    *,
    has_health_check: bool,
    now: float,
) -> Changed:
    """A task set of `revision`, with the status and the scale of `asked`."""
    rollout = replace(
        rollout_of(revision, has_health_check=has_health_check, now=now),
        status=asked.status,
        desired_count=computed_count(service.desired_count, asked.scale),
        rollout_state_reason="",
    )
    after = put(replace(service, steady=False, failed_placement=None), rollout)
    if asked.status == "PRIMARY":
        after = _like(after, revision)
    return Changed(service=after, task_sets=(asked,))


def blank(service: Service, revision: ServiceRevision, *, scale: float, now: float) -> TaskSet:
    """A task set of `revision` that begins; who asked for it is not said yet."""
    task_set_id = f"ecs-svc/{revision.id}"
    return TaskSet(
        arn=task_set_arn(service, task_set_id),
        id=task_set_id,
        service_arn=service.arn,
        cluster_arn=service.cluster_arn,
        revision_arn=revision.arn,
        created_at=now,
        scale=scale,
        stable_at=now,
        updated_at=now,
    )


def primary(of: TaskSet) -> TaskSet:
    """The task set as the first of a service: it serves from the start."""
    return replace(of, status="PRIMARY")


def promote(
    service: Service,
    task_sets: Sequence[TaskSet],
    chosen: TaskSet,
    revision: ServiceRevision,
    *,
    now: float,
) -> Changed:
    """`chosen` is the PRIMARY one from now on, and the service is what its revision says.

    The one that was it is ACTIVE; one that drains goes on with that.
    """
    changed = []
    after = service
    for each in task_sets:
        status = "PRIMARY" if each.id == chosen.id else "ACTIVE"
        if each.status in (status, "DRAINING"):
            continue
        changed.append(replace(each, status=status, updated_at=now))
        after = put(after, replace(rollout_named(after, each.id), status=status, updated_at=now))
    return Changed(service=_like(after, revision), task_sets=tuple(changed))


def rescale(service: Service, of: TaskSet, scale: float, *, now: float) -> Changed:
    """The task set at another scale."""
    if of.scale == scale:
        return Changed(service=service)
    after = _recounted(service, of.id, computed_count(service.desired_count, scale), now=now)
    return Changed(
        service=after, task_sets=(_unsettled(replace(of, scale=scale), service, after, now=now),)
    )


def recount(service: Service, task_sets: Sequence[TaskSet], desired: int, *, now: float) -> Changed:
    """The service with another desired count, and so all its task sets by their scales."""
    after, changed = replace(service, desired_count=desired), []
    for each in task_sets:
        count = computed_count(desired, each.scale)
        if count != rollout_named(after, each.id).desired_count:
            after = _recounted(after, each.id, count, now=now)
            changed.append(_unsettled(each, service, after, now=now))
    return Changed(service=after, task_sets=tuple(changed))


def drain(service: Service, of: TaskSet, *, now: float) -> Changed:
    """The task set without a task that it should have: it goes once its last one is gone."""
    rollout = replace(
        rollout_named(service, of.id), status="DRAINING", desired_count=0, updated_at=now
    )
    after = put(replace(service, steady=False), rollout)
    gone = replace(of, status="DRAINING", scale=0.0, updated_at=now)
    return Changed(service=after, task_sets=(_unsettled(gone, service, after, now=now),))


def drop(service: Service, task_set_id: str) -> Service:
    """The service without a task set that has drained."""
    left = tuple(each for each in service.rollouts if each.id != task_set_id)
    return replace(service, rollouts=left)


def put(service: Service, rollout: Rollout) -> Service:
    """The service with this rollout, in the place of the one of the same id if there is one."""
    others = [each for each in service.rollouts if each.id != rollout.id]
    together = sorted([rollout, *others], key=lambda each: (-each.created_at, each.id))
    together.sort(key=lambda each: each.status != "PRIMARY")
    return replace(service, rollouts=tuple(together))


def rollout_named(service: Service, rollout_id: str) -> Rollout:
    """The rollout of a task set."""
    by_id: Mapping[str, Rollout] = {each.id: each for each in service.rollouts}
    return by_id[rollout_id]


def _recounted(service: Service, task_set_id: str, count: int, *, now: float) -> Service:
    rollout = rollout_named(service, task_set_id)
    if rollout.desired_count == count:
        return service
    changed = replace(rollout, desired_count=count, updated_at=now)
    return put(replace(service, steady=False), changed)


def _unsettled(of: TaskSet, before: Service, after: Service, *, now: float) -> TaskSet:
    """The task set, STABILIZING if it has to have another number of tasks than `before`."""
    changed = replace(of, updated_at=now)
    had = rollout_named(before, of.id).desired_count
    if had == rollout_named(after, of.id).desired_count or not of.is_stable:
        return changed
    return replace(changed, is_stable=False, stable_at=now)


def _like(service: Service, revision: ServiceRevision) -> Service:
    """The service as the revision of its PRIMARY task set says: what it runs on, what it is of."""
    return replace(
        service,
        launch_type=revision.launch_type,
        capacity_provider_strategy=revision.capacity_provider_strategy,
        completed_revision_arn=revision.arn,
    )
