"""What CreateService, UpdateService and DeleteService do for services that others deploy."""

from homeport.runtime import Call
from homeport.services.ecs.api.task_set_recording import record_changed
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.service import drafts
from homeport.services.ecs.plan.service import task_set_changes as changes
from homeport.services.ecs.plan.service.capacity_requests import Capacity
from homeport.services.ecs.plan.service.placement_requests import (
    check_placement,
    check_rebalancing,
)
from homeport.services.ecs.plan.service.requests import check_execute_command
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import task_definitions
from homeport.services.ecs.queries import task_sets as queries
from homeport.services.ecs.records.service_requests import UpdateRequest
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.task_sets import TaskSet
from homeport.store import ReadTx, Tx


def updated(tx: Tx, call: Call, asked: UpdateRequest, before: Service) -> Service:
    """The service with what UpdateService asks for, recorded: its task sets follow its count."""
    capacity = Capacity(launch_type=before.launch_type, strategy=before.capacity_provider_strategy)
    definition = _definition(tx, call, before)
    plain = drafts.updated_service(before, asked, capacity, now=call.now)
    check_placement(plain, definition, capacity.compatibility)
    check_rebalancing(plain, action="updated")
    check_execute_command(asked, definition, action="updated")
    task_sets = queries.task_sets_of(tx, before.arn)
    changed = changes.recount(plain, task_sets, plain.desired_count, now=call.now)
    record_changed(tx, call, before, task_sets, changed)
    return changed.service


def check_delete(tx: ReadTx, before: Service) -> None:
    """Raise when a service is deleted without force while a deployment of it is not over.

    Its last PRIMARY task set, with nothing to run any more, hinders only who has made it itself.
    """
    for each in queries.task_sets_of(tx, before.arn):
        if before.controller == "EXTERNAL" or each.status != "PRIMARY":
            raise InvalidParameterException(
                "The service cannot be stopped while deployments are active."
            )


def drained(tx: Tx, call: Call, before: Service) -> Service:
    """The service with every task set DRAINING, recorded."""
    after, changed = before, list[TaskSet]()
    task_sets = queries.task_sets_of(tx, before.arn)
    for each in task_sets:
        if each.status != "DRAINING":
            step = changes.drain(after, each, now=call.now)
            after, changed = step.service, [*changed, *step.task_sets]
    together = changes.Changed(service=after, task_sets=tuple(changed))
    record_changed(tx, call, before, task_sets, together)
    return after


def _definition(tx: ReadTx, call: Call, service: Service) -> TaskDefinition | None:
    """What the service is of; None while no task set of it was ever the primary one."""
    arn = service.completed_revision_arn
    revision = None if arn is None else deployments.find_revision(tx, arn)
    if revision is None:
        return None
    return task_definitions.find(tx, call.account, call.region, revision.definition_arn)
