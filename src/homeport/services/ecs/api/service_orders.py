"""CreateService and DeleteService: check, record the intent, answer.  Nothing is started here."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec

from homeport.runtime import Call, operation
from homeport.services.ecs.api import task_set_services
from homeport.services.ecs.api.service_deploying import definition_for, deploy, target_for
from homeport.services.ecs.api.service_lookups import parsed, service_named, shown
from homeport.services.ecs.api.service_shifting import abandon
from homeport.services.ecs.api.task_set_recording import first_task_set
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.service import deploying, drafts, messages
from homeport.services.ecs.plan.service.balancer_requests import check_role
from homeport.services.ecs.plan.service.capacity_requests import Capacity, capacity_of
from homeport.services.ecs.plan.service.drafts import Target
from homeport.services.ecs.plan.service.placement_requests import (
    check_placement,
    check_rebalancing,
)
from homeport.services.ecs.plan.service.requests import check_create, check_execute_command
from homeport.services.ecs.plan.tags import checked_tags
from homeport.services.ecs.queries import client_tokens
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import services as queries
from homeport.services.ecs.queries.client_tokens import Answered, TokenKey
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.service_events import forget_events
from homeport.services.ecs.queries.tags import put_tags, remove_all_tags, tags_of
from homeport.services.ecs.queries.task_sets import forget_task_sets
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.service_requests import CreateRequest
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

NOT_IDEMPOTENT: Final = "Creation of service was not idempotent."
STILL_DRAINING: Final = "Unable to Start a service that is still Draining."

_PARTIAL: Final = (
    "Classic Load Balancers, service registries, Service Connect, VPC Lattice, volumes configured "
    "at launch, ECS Exec, lifecycle hooks of ROLLING deployments and the EXTERNAL launch type are "
    "refused."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A service that may be created, and what it should be of."""

    service: Service
    target: Target | None = None
    """None for an EXTERNAL service: each of its task sets says what it is of."""
    definition: TaskDefinition | None = None


@operation("CreateService", partial=_PARTIAL)
def create_service(
    tx: Tx, call: Call, request: shapes.CreateServiceRequest
) -> shapes.CreateServiceResponse:
    """Record a service and its first deployment, or answer the one that is there as asked."""
    asked = parsed(request, CreateRequest)
    cluster = active_cluster(tx, call.account, call.region, asked.cluster)
    check_create(asked)
    token = _token(call, cluster, asked)
    service = _answered_before(tx, call, token, asked)
    if service is None:
        draft = _draft(tx, call, asked, cluster)
        service = _found(tx, draft, asked) or _created(tx, call, draft, asked)
        if token is not None:
            answered = Answered(_digest(asked), (service.arn,))
            client_tokens.remember(tx, token, answered, now=call.now)
    return {"service": shown(tx, service, tags=True)}


@operation("DeleteService")
def delete_service(
    tx: Tx, call: Call, request: shapes.DeleteServiceRequest
) -> shapes.DeleteServiceResponse:
    """Record that a service goes, and answer; its tasks are stopped in their own time.

    One that goes already, or is gone, is answered as it is.
    """
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    before = service_named(tx, request["service"], cluster)
    if before.status != "ACTIVE":
        return {"service": shown(tx, before)}
    is_scaled = before.scheduling_strategy == "REPLICA" and before.desired_count > 0
    if is_scaled and not request.get("force"):
        raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
    if before.controller != "ECS" and not request.get("force"):
        task_set_services.check_delete(tx, before)
    drained = before if before.controller == "ECS" else task_set_services.drained(tx, call, before)
    after = drafts.deleted_service(drained, now=call.now)
    queries.save_service(tx, drained, after)
    deployment = (
        None
        if before.deployment_arn is None
        else deployments.find_deployment(tx, before.deployment_arn)
    )
    if deployment is not None and deployment.status in deploying.UNDER_WAY:
        stopped = deploying.stop(deployment, reason=messages.SERVICE_DELETED, now=call.now)
        abandon(tx, call, deployment, stopped, for_good=True)
    remove_all_tags(tx, after.arn)
    return {"service": shown(tx, after)}


def _draft(tx: ReadTx, call: Call, asked: CreateRequest, cluster: Cluster) -> _Draft:
    capacity = capacity_of(asked, cluster)
    if asked.controller == "EXTERNAL":
        return _blank_draft(call, asked, cluster, capacity)
    definition = definition_for(tx, call, asked, None, capacity)
    service = drafts.new_service(asked, cluster, capacity, created_by=call.principal, now=call.now)
    check_placement(service, definition, capacity.compatibility)
    check_rebalancing(service, action="created")
    check_execute_command(asked, definition, action="created")
    check_role(asked, definition)
    checked_tags(asked.tags)
    target = target_for(
        tx, call, asked, definition, cluster=cluster, capacity=capacity, before=None
    )
    return _Draft(service=service, target=target, definition=definition)


def _blank_draft(call: Call, asked: CreateRequest, cluster: Cluster, capacity: Capacity) -> _Draft:
    """An EXTERNAL service: it has nothing but a count until it has task sets."""
    service = drafts.new_service(asked, cluster, capacity, created_by=call.principal, now=call.now)
    check_placement(service, None, capacity.compatibility)
    check_rebalancing(service, action="created")
    check_execute_command(asked, None, action="created")
    checked_tags(asked.tags)
    return _Draft(service=service)


def _found(tx: ReadTx, draft: _Draft, asked: CreateRequest) -> Service | None:
    """The service of this name when it is ACTIVE and as asked for; None when the name is free."""
    service = queries.find_service(tx, draft.service.arn)
    if service is None or service.status == "INACTIVE":
        return None
    if service.status == "DRAINING":
        raise InvalidParameterException(STILL_DRAINING)
    primary = service.primary
    arn = service.completed_revision_arn if primary is None else primary.revision_arn
    revision = None if arn is None else deployments.find_revision(tx, arn)
    same_tags = not asked.tags or set(asked.tags) == set(tags_of(tx, service.arn))
    if not same_tags or not drafts.is_as_asked(service, revision, draft.service, draft.target):
        raise InvalidParameterException(NOT_IDEMPOTENT)
    return service


def _created(tx: Tx, call: Call, draft: _Draft, asked: CreateRequest) -> Service:
    arn = draft.service.arn
    deployments.forget_history(tx, arn)
    forget_events(tx, arn)
    forget_task_sets(tx, arn)
    service = _begun(tx, call, draft)
    queries.insert_service(tx, service)
    put_tags(tx, arn, asked.tags)
    return service


def _begun(tx: Tx, call: Call, draft: _Draft) -> Service:
    """The service with its first deployment, or with the first of its task sets."""
    service, target, definition = draft.service, draft.target, draft.definition
    if target is None or definition is None:
        return service
    begin = deploy if service.controller == "ECS" else first_task_set
    return begin(tx, call, service, target, definition)


def _token(call: Call, cluster: Cluster, asked: CreateRequest) -> TokenKey | None:
    if not asked.client_token:
        return None
    return TokenKey(
        account=call.account,
        region=call.region,
        operation="CreateService",
        cluster_arn=cluster.arn,
        token=asked.client_token,
    )


def _answered_before(
    tx: ReadTx, call: Call, token: TokenKey | None, asked: CreateRequest
) -> Service | None:
    """What the same request made before, as it is by now; None when it goes or is gone."""
    answered = None if token is None else client_tokens.find_answered(tx, token, now=call.now)
    service = None if answered is None else queries.find_service(tx, answered.resources[0])
    if answered is None or service is None or service.status == "INACTIVE":
        return None
    if answered.request_digest != _digest(asked):
        raise InvalidParameterException(NOT_IDEMPOTENT)
    return service if service.status == "ACTIVE" else None


def _digest(asked: CreateRequest) -> str:
    plain = msgspec.to_builtins(asked)
    return sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()
