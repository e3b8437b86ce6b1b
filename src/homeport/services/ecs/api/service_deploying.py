"""What CreateService and UpdateService deploy: looked up, checked, recorded.

Nothing is started here: the service scheduler brings the service to its new revision.
"""

import msgspec
from msgspec import Struct

from homeport.runtime import Call
from homeport.services.ecs.api.service_shifting import abandon, first_stage, two_sides
from homeport.services.ecs.errors import UnsupportedFeatureException
from homeport.services.ecs.plan.run_task import check_network
from homeport.services.ecs.plan.service import deploying, drafts, messages
from homeport.services.ecs.plan.service.attachment_requests import check_attachments
from homeport.services.ecs.plan.service.balancer_requests import check_balancers, wanted
from homeport.services.ecs.plan.service.capacity_requests import (
    Capacity,
    checked_definition,
    checked_platform,
)
from homeport.services.ecs.plan.service.drafts import Target
from homeport.services.ecs.plan.task_definition import unsupported_to_run
from homeport.services.ecs.queries import (
    bus_events,
    service_events,
    task_definitions,
    task_networks,
)
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.targets import find_groups
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.service_requests import ServiceRequest
from homeport.services.ecs.records.services import Service, ServiceEvent, ServiceRevision
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.store import ReadTx, Tx


def definition_for(
    tx: ReadTx,
    call: Call,
    request: ServiceRequest,
    before: ServiceRevision | None,
    capacity: Capacity,
) -> TaskDefinition:
    """The definition that is asked for, else the one that the service has already."""
    reference = request.task_definition or (before.definition_arn if before else "")
    found = task_definitions.find(tx, call.account, call.region, reference)
    asked = request.task_definition or None
    return checked_definition(found, asked, call.account, capacity)


def target_for(
    tx: ReadTx,
    call: Call,
    request: ServiceRequest,
    definition: TaskDefinition,
    *,
    cluster: Cluster,
    capacity: Capacity,
    before: ServiceRevision | None,
) -> Target:
    """What the service should be of; raises in ECS's words, or by a sentence of our own.

    `before` is what it is now.
    """
    check_attachments(
        request,
        definition,
        compatibility=capacity.compatibility,
        cluster_namespace=cluster.service_connect_namespace,
    )
    sentence = unsupported_to_run(definition)
    if sentence is not None:
        raise UnsupportedFeatureException(sentence)
    platform = checked_platform(
        request.platform_version, before.platform_version if before else None, capacity
    )
    network = drafts.network_of(request.awsvpc)
    if network is None and before is not None:
        network = before.network_configuration
    awsvpc = None if network is None else network.awsvpc_configuration
    check_network(awsvpc, definition.networking, capacity.compatibility)
    if request.awsvpc is not None:
        where = (tx, call.peers.networks, call.account, call.region, request.awsvpc)
        subnets = task_networks.subnets_of(*where)
        task_networks.groups_of(*where, vpc_id=subnets[0].vpc_id)
    balancers = wanted(request.load_balancers, before.load_balancers if before else ())
    arns = [each.target_group_arn for each in balancers]
    groups = find_groups(tx, call.peers.targets, call.account, call.region, arns)
    check_balancers(balancers, definition, groups)
    return Target(
        definition_arn=definition.task_definition_arn or "",
        launch_type=capacity.launch_type,
        capacity_provider_strategy=capacity.strategy,
        platform_version=platform,
        network_configuration=network,
        load_balancers=balancers,
    )


def deploy(
    tx: Tx, call: Call, service: Service, target: Target, definition: TaskDefinition
) -> Service:
    """Begin a deployment; answers the service with its new rollout, which is not saved yet."""
    number = call.ids.number(19)
    before = (
        None
        if service.deployment_arn is None
        else deployments.find_deployment(tx, service.deployment_arn)
    )
    two = two_sides(tx, call, service, target, before)
    revision = two.of(drafts.revision_of(target, service, definition, number=number, now=call.now))
    home = f"arn:aws:ecs:{service.region}:{service.account}:service-deployment"
    deployed = deploying.begin(
        service,
        revision,
        before,
        deployment_arn=f"{home}/{service.cluster_name}/{service.name}/{call.ids.hex(21)}",
        has_health_check=drafts.has_health_check(definition),
        now=call.now,
    )
    deployments.insert_revision(tx, revision)
    deployment = first_stage(tx, call, revision, deployed.deployment, two)
    deployments.insert_deployment(tx, deployment)
    if before is not None and deployed.superseded is not None:
        abandon(tx, call, before, deployed.superseded)
    sentences = [
        ServiceEvent(id=call.ids.uuid(), at=call.now, message=each) for each in deployed.messages
    ]
    service_events.tell(tx, service.arn, sentences)
    for name, rollout_id, reason in deployed.changes:
        detail = messages.deployment_change(
            name, rollout_id, reason, at=call.now, cluster_arn=service.cluster_arn
        )
        _emit(tx, call, service, detail, is_action=False)
    return deployed.service


def tell_new_count(tx: Tx, call: Call, service: Service) -> None:
    """Tell EventBridge that a desired count was changed by request."""
    detail = messages.service_action(
        "INFO", "SERVICE_DESIRED_COUNT_UPDATED", service.cluster_arn, at=call.now
    )
    _emit(tx, call, service, detail, is_action=True)


def _emit(tx: Tx, call: Call, service: Service, detail: Struct, *, is_action: bool) -> None:
    event = BusEvent(
        id=call.ids.uuid(),
        at=call.now,
        account=service.account,
        region=service.region,
        kind="service action" if is_action else "deployment",
        resource=service.arn,
        body=msgspec.json.encode(detail),
    )
    bus_events.emit(tx, (event,))
