"""Task sets as ECS shows them.  What is counted is counted before, nothing is looked up here."""

from homeport.services.ecs.records.task_sets import TaskSetShown
from homeport.services.ecs.render import services
from homeport.services.ecs.render.strategies import load_balancers
from homeport.services.ecs.render.tags import tags
from homeport.services.ecs.render.tasks import moment
from homeport.shapes import ecs as shapes


def task_set(what: TaskSetShown) -> shapes.TaskSet:
    """The model's `TaskSet`.  Its `tags` are empty where nobody asked for them, as in ECS."""
    of, revision = what.of, what.revision
    shown: shapes.TaskSet = {
        "id": of.id,
        "taskSetArn": of.arn,
        "serviceArn": of.service_arn,
        "clusterArn": of.cluster_arn,
        "status": of.status,
        "taskDefinition": revision.definition_arn,
        "computedDesiredCount": what.rollout.desired_count,
        "pendingCount": what.counts.pending,
        "runningCount": what.counts.running,
        "createdAt": moment(of.created_at),
        "updatedAt": moment(of.updated_at),
        "loadBalancers": load_balancers(revision),
        "serviceRegistries": [],
        "scale": {"value": of.scale, "unit": "PERCENT"},
        "stabilityStatus": "STEADY_STATE" if of.is_stable else "STABILIZING",
        "stabilityStatusAt": moment(of.stable_at),
        "tags": tags(what.tags),
    }
    if of.started_by is not None:
        shown["startedBy"] = of.started_by
    if of.external_id is not None:
        shown["externalId"] = of.external_id
    if revision.capacity_provider_strategy:
        strategy = services.capacity_strategy(revision.capacity_provider_strategy)
        shown["capacityProviderStrategy"] = strategy
    elif revision.launch_type is not None:
        shown["launchType"] = revision.launch_type
    platform = services.platform_version(revision)
    if platform is not None:
        shown["platformVersion"] = platform
    if revision.platform_family is not None:
        shown["platformFamily"] = revision.platform_family
    if revision.network_configuration is not None:
        network = services.network_configuration(revision.network_configuration)
        shown["networkConfiguration"] = network
    return shown
