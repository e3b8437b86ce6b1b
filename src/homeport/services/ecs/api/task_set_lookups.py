"""Task sets as the operations that show or change them find and answer them."""

from collections.abc import Mapping, Sequence

from homeport.services.ecs.errors import TaskSetNotFoundException
from homeport.services.ecs.plan.service.task_set_changes import rollout_named
from homeport.services.ecs.plan.service.task_set_requests import referenced_arn
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import task_sets as queries
from homeport.services.ecs.queries.service_tasks import counts_of_services
from homeport.services.ecs.queries.tags import tags_of_many
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.service_views import NO_TASKS
from homeport.services.ecs.records.services import Service, ServiceRevision
from homeport.services.ecs.records.task_sets import TaskSet, TaskSetShown
from homeport.services.ecs.render.task_sets import task_set as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx


def named(tx: ReadTx, reference: str, service: Service, cluster: Cluster) -> TaskSet:
    """The task set of the service with this id or ARN."""
    found = queries.find_task_set(tx, referenced_arn(reference, service, cluster))
    if found is None or found.service_arn != service.arn:
        raise TaskSetNotFoundException
    return found


def shown(
    tx: ReadTx, service: Service, task_sets: Sequence[TaskSet], *, tags: bool
) -> list[shapes.TaskSet]:
    """Task sets of one service, with their counts as they are now."""
    arns = [each.revision_arn for each in task_sets]
    revisions = deployments.find_revisions(tx, arns)
    return _shown(tx, {service.arn: service}, {service.arn: task_sets}, revisions, tags=tags).get(
        service.arn, []
    )


def shown_of_services(
    tx: ReadTx,
    services: Sequence[Service],
    revisions: Mapping[str, ServiceRevision],
    *,
    tags: bool,
) -> dict[str, list[shapes.TaskSet]]:
    """The task sets of services of one cluster, by the service's ARN; `revisions` are theirs."""
    owners = {each.arn: each for each in services if each.controller != "ECS"}
    found = queries.task_sets_of_many(tx, list(owners))
    return _shown(tx, owners, found, revisions, tags=tags)


def _shown(
    tx: ReadTx,
    owners: Mapping[str, Service],
    task_sets: Mapping[str, Sequence[TaskSet]],
    revisions: Mapping[str, ServiceRevision],
    *,
    tags: bool,
) -> dict[str, list[shapes.TaskSet]]:
    arns = [each.arn for its in task_sets.values() for each in its]
    if not arns:
        return {}
    home = next(iter(owners.values())).cluster_arn
    counts = counts_of_services(tx, home, [each.name for each in owners.values()])
    tagged = tags_of_many(tx, arns) if tags else {}
    return {
        owner.arn: [
            render(
                TaskSetShown(
                    of=each,
                    rollout=rollout_named(owner, each.id),
                    revision=revisions[each.revision_arn],
                    counts=counts[owner.name].get(each.id, NO_TASKS),
                    tags=tuple(tagged.get(each.arn, ())),
                )
            )
            for each in task_sets[owner.arn]
        ]
        for owner in owners.values()
    }
