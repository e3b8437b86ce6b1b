"""Task set operations: check, record what is asked for, answer.  Nothing is started here."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from homeport.contracts.operations import is_code_deploy
from homeport.runtime import Call, operation
from homeport.services.ecs.api import task_set_lookups as lookups
from homeport.services.ecs.api.service_deploying import definition_for, target_for
from homeport.services.ecs.api.service_lookups import parsed, service_named
from homeport.services.ecs.api.task_set_recording import record_changed
from homeport.services.ecs.errors import InvalidParameterException, ServiceNotActiveException
from homeport.services.ecs.plan.service import drafts
from homeport.services.ecs.plan.service import task_set_changes as changes
from homeport.services.ecs.plan.service import task_set_requests as requests
from homeport.services.ecs.plan.service.capacity_requests import chosen_capacity
from homeport.services.ecs.plan.service.placement_requests import check_placement
from homeport.services.ecs.plan.tags import checked_tags
from homeport.services.ecs.queries import client_tokens
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import task_sets as queries
from homeport.services.ecs.queries.client_tokens import Answered, TokenKey
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.tags import put_tags
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_sets import AskedScale, TaskSet, TaskSetRequest
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

INCLUDED: Final = ("TAGS",)
STARTED_BY_CODE_DEPLOY: Final = "CODE_DEPLOY"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """A service with its task sets, and the cluster that it is in."""

    service: Service
    cluster: Cluster
    task_sets: tuple[TaskSet, ...]


@operation(
    "CreateTaskSet",
    partial="Service registries and the EXTERNAL launch type are refused.",
)
def create_task_set(
    tx: Tx, call: Call, request: shapes.CreateTaskSetRequest
) -> shapes.CreateTaskSetResponse:
    """Record a task set, or answer the one that the same request made before."""
    asked = parsed(request, TaskSetRequest)
    owner = _owner(tx, call, request["cluster"], asked.service)
    requests.check_create(asked)
    token = _token(call, owner, asked)
    made = _answered_before(tx, call, token, asked)
    if made is None:
        made = _created(tx, call, owner, asked)
        if token is not None:
            answered = Answered(_digest(asked), (made.arn,))
            client_tokens.remember(tx, token, answered, now=call.now)
    return {"taskSet": _shown(tx, owner, made, tags=True)}


@operation("UpdateTaskSet")
def update_task_set(
    tx: Tx, call: Call, request: shapes.UpdateTaskSetRequest
) -> shapes.UpdateTaskSetResponse:
    """Record another scale; the service scheduler starts or stops tasks for it."""
    owner = _owner(tx, call, request["cluster"], request["service"])
    asked = msgspec.convert(request["scale"], AskedScale)
    requests.check_scale(asked)
    before = lookups.named(tx, request["taskSet"], owner.service, owner.cluster)
    requests.check_update(before)
    changed = changes.rescale(owner.service, before, asked.value, now=call.now)
    record_changed(tx, call, owner.service, owner.task_sets, changed)
    return {"taskSet": _shown(tx, owner, before)}


@operation("DeleteTaskSet")
def delete_task_set(
    tx: Tx, call: Call, request: shapes.DeleteTaskSetRequest
) -> shapes.DeleteTaskSetResponse:
    """Record that a task set goes: it drains, and is gone with its last task."""
    owner = _owner(tx, call, request["cluster"], request["service"])
    before = lookups.named(tx, request["taskSet"], owner.service, owner.cluster)
    if before.status != "DRAINING":
        computed = changes.rollout_named(owner.service, before.id).desired_count
        requests.check_delete(before, computed=computed, force=bool(request.get("force")))
        changed = changes.drain(owner.service, before, now=call.now)
        record_changed(tx, call, owner.service, owner.task_sets, changed)
    return {"taskSet": _shown(tx, owner, before)}


@operation("UpdateServicePrimaryTaskSet")
def update_service_primary_task_set(
    tx: Tx, call: Call, request: shapes.UpdateServicePrimaryTaskSetRequest
) -> shapes.UpdateServicePrimaryTaskSetResponse:
    """Make a task set the primary one: the service is from now on what it is."""
    owner = _owner(tx, call, request["cluster"], request["service"])
    chosen = lookups.named(tx, request["primaryTaskSet"], owner.service, owner.cluster)
    requests.check_update(chosen)
    revision = deployments.find_revision(tx, chosen.revision_arn)
    if revision is None:
        raise RuntimeError(f"{chosen.arn} has no revision")
    promoted = changes.promote(owner.service, owner.task_sets, chosen, revision, now=call.now)
    record_changed(tx, call, owner.service, owner.task_sets, promoted)
    _forget_shown_before(tx, owner, promoted.service)
    return {"taskSet": _shown(tx, owner, chosen)}


@operation("DescribeTaskSets")
def describe_task_sets(
    tx: ReadTx, call: Call, request: shapes.DescribeTaskSetsRequest
) -> shapes.DescribeTaskSetsResponse:
    """Show task sets of a service; what is unknown is a failure MISSING."""
    owner = _owner(tx, call, request["cluster"], request["service"])
    include = request.get("include") or ()
    if not set(include) <= set(INCLUDED):
        raise InvalidParameterException(f"include should be one of [{','.join(INCLUDED)}]")
    references = request.get("taskSets") or ()
    if not references:
        raise InvalidParameterException("TaskSets cannot be empty.")
    arns = dict.fromkeys(
        requests.referenced_arn(each, owner.service, owner.cluster) for each in references
    )
    known = {each.arn: each for each in owner.task_sets}
    found = [known[arn] for arn in arns if arn in known]
    return {
        "taskSets": lookups.shown(tx, owner.service, found, tags="TAGS" in include),
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


def _owner(tx: ReadTx, call: Call, cluster: str, reference: str) -> _Owner:
    """The service that is named, if it is ACTIVE and has task sets; raises in ECS's words."""
    home = active_cluster(tx, call.account, call.region, cluster)
    service = service_named(tx, reference, home)
    if service.status != "ACTIVE":
        raise ServiceNotActiveException
    requests.check_manages_task_sets(service)
    return _Owner(service=service, cluster=home, task_sets=queries.task_sets_of(tx, service.arn))


def _created(tx: Tx, call: Call, owner: _Owner, asked: TaskSetRequest) -> TaskSet:
    requests.check_room(len(owner.task_sets))
    service, cluster = owner.service, owner.cluster
    capacity = chosen_capacity(asked.launch_type, asked.capacity_provider_strategy, cluster)
    definition = definition_for(tx, call, asked, None, capacity)
    check_placement(service, definition, capacity.compatibility)
    tags = checked_tags(asked.tags)
    target = target_for(
        tx, call, asked, definition, cluster=cluster, capacity=capacity, before=None
    )
    number = call.ids.number(19)
    revision = drafts.revision_of(target, service, definition, number=number, now=call.now)
    made = replace(
        changes.blank(service, revision, scale=asked.scale.value, now=call.now),
        external_id=asked.external_id,
        started_by=STARTED_BY_CODE_DEPLOY if is_code_deploy(call.principal) else None,
    )
    begun = changes.begin(
        service,
        revision,
        made,
        has_health_check=drafts.has_health_check(definition),
        now=call.now,
    )
    deployments.insert_revision(tx, revision)
    record_changed(tx, call, service, owner.task_sets, begun)
    put_tags(tx, made.arn, tags)
    return made


def _shown(tx: ReadTx, owner: _Owner, task_set: TaskSet, *, tags: bool = False) -> shapes.TaskSet:
    """The task set as it is by now."""
    service = service_named(tx, owner.service.arn, owner.cluster)
    found = queries.find_task_set(tx, task_set.arn) or task_set
    return lookups.shown(tx, service, [found], tags=tags)[0]


def _forget_shown_before(tx: Tx, owner: _Owner, service: Service) -> None:
    """Drop the revision that the service showed, if no task set is of it any more."""
    before = owner.service.completed_revision_arn
    used = {each.revision_arn for each in service.rollouts} | {service.completed_revision_arn}
    if before is not None and before not in used:
        deployments.forget_revision(tx, before)


def _token(call: Call, owner: _Owner, asked: TaskSetRequest) -> TokenKey | None:
    if not asked.client_token:
        return None
    return TokenKey(
        account=call.account,
        region=call.region,
        operation="CreateTaskSet",
        cluster_arn=owner.cluster.arn,
        token=asked.client_token,
    )


def _answered_before(
    tx: ReadTx, call: Call, token: TokenKey | None, asked: TaskSetRequest
) -> TaskSet | None:
    """What the same request made before, as it is by now; None when it goes or is gone."""
    answered = None if token is None else client_tokens.find_answered(tx, token, now=call.now)
    made = None if answered is None else queries.find_task_set(tx, answered.resources[0])
    if answered is None or made is None:
        return None
    if answered.request_digest != _digest(asked):
        raise InvalidParameterException(requests.NOT_IDEMPOTENT)
    return None if made.status == "DRAINING" else made


def _digest(asked: TaskSetRequest) -> str:
    plain = msgspec.to_builtins(asked)
    return sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()
