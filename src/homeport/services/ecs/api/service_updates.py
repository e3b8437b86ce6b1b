"""UpdateService: check, record what changes, begin a deployment if it takes one, answer."""

from homeport.runtime import Call, operation
from homeport.services.ecs.api import task_set_services
from homeport.services.ecs.api.service_deploying import (
    definition_for,
    deploy,
    target_for,
    tell_new_count,
)
from homeport.services.ecs.api.service_lookups import parsed, service_named, shown
from homeport.services.ecs.errors import ServiceNotActiveException
from homeport.services.ecs.plan.service import drafts
from homeport.services.ecs.plan.service.capacity_requests import updated_capacity
from homeport.services.ecs.plan.service.placement_requests import (
    check_placement,
    check_rebalancing,
)
from homeport.services.ecs.plan.service.requests import check_execute_command, check_update
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.services import save_service
from homeport.services.ecs.records.service_requests import UpdateRequest
from homeport.services.ecs.records.services import Service
from homeport.shapes import ecs as shapes
from homeport.store import Tx


@operation(
    "UpdateService",
    partial="What CreateService refuses is refused here too.",
)
def update_service(
    tx: Tx, call: Call, request: shapes.UpdateServiceRequest
) -> shapes.UpdateServiceResponse:
    """Change what the request names; what makes a new revision, or force, is deployed.

    Asking again for what the service is of already deploys nothing.
    """
    asked = parsed(request, UpdateRequest)
    cluster = active_cluster(tx, call.account, call.region, asked.cluster)
    before = service_named(tx, asked.service, cluster)
    primary = before.primary
    if before.status != "ACTIVE" or (primary is None and before.controller == "ECS"):
        raise ServiceNotActiveException
    check_update(asked, before.scheduling_strategy, before.controller)
    if primary is None or before.controller != "ECS":
        after = task_set_services.updated(tx, call, asked, before)
        if after.desired_count != before.desired_count:
            tell_new_count(tx, call, after)
        return {"service": shown(tx, after)}
    capacity = updated_capacity(asked, before, cluster)
    revision = deployments.find_revision(tx, primary.revision_arn)
    definition = definition_for(tx, call, asked, revision, capacity)
    after = drafts.updated_service(before, asked, capacity, now=call.now)
    check_placement(after, definition, capacity.compatibility)
    check_rebalancing(after, action="updated")
    check_execute_command(asked, definition, action="updated")
    target = target_for(
        tx, call, asked, definition, cluster=cluster, capacity=capacity, before=revision
    )
    is_new = revision is None or target != drafts.target_of(revision)
    if is_new or asked.force_new_deployment:
        after = deploy(tx, call, after, target, definition)
    else:
        _reconfigure(tx, call, after)
    save_service(tx, before, after)
    if after.desired_count != before.desired_count:
        tell_new_count(tx, call, after)
    return {"service": shown(tx, after)}


def _reconfigure(tx: Tx, call: Call, service: Service) -> None:
    """A deployment that is under way goes on by the service's configuration."""
    if service.deployment_arn is None:
        return
    deployment = deployments.find_deployment(tx, service.deployment_arn)
    if deployment is not None:
        changed = drafts.reconfigured(
            deployment, service.deployment_configuration, service.desired_count, now=call.now
        )
        deployments.save_deployment(tx, deployment, changed)
