"""What the task set operations ask for, checked in ECS's words.  Pure.

Where ECS's words are not known the sentence is ours.
"""

import math
import re
from typing import Final

from homeport.kernel import arn as arns
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.service.controller_requests import check_one_balancer
from homeport.services.ecs.plan.service.requests import check_token
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_sets import AskedScale, TaskSet, TaskSetRequest

TASK_SETS_MAX: Final = 5
EXTERNAL_ID_LENGTH_MAX: Final = 255
CONTROLLERS: Final = ("CODE_DEPLOY", "EXTERNAL")
"""Those that deploy by task sets."""

NOT_IDEMPOTENT: Final = "Creation of TaskSet was not idempotent."

_ID: Final = re.compile(r"ecs-svc/[0-9]{1,40}")


def check_manages_task_sets(service: Service) -> None:
    """Raise for a service that the ECS controller deploys: it has no task sets."""
    if service.controller not in CONTROLLERS:
        raise InvalidParameterException(
            "Amazon ECS only supports task set management on services configured to use external "
            "deployment controllers."
        )


def check_create(request: TaskSetRequest) -> None:
    """Raise for what CreateTaskSet refuses whatever the service is."""
    check_token(request.client_token or "")
    check_scale(request.scale)
    if not request.task_definition:
        raise InvalidParameterException("TaskDefinition can not be blank.")
    if len(request.external_id or "") > EXTERNAL_ID_LENGTH_MAX:
        raise InvalidParameterException(f"externalId longer than {EXTERNAL_ID_LENGTH_MAX}.")
    check_one_balancer(len(request.load_balancers or ()))
    if any(each.advanced_configuration is not None for each in request.load_balancers or ()):
        raise InvalidParameterException(
            "advancedConfiguration is for services that the ECS deployment controller deploys."
        )


def check_scale(asked: AskedScale) -> None:
    """Raise for a scale that is no percentage."""
    if asked.unit != "PERCENT":
        raise InvalidParameterException("scale unit should be one of [PERCENT]")
    if not math.isfinite(asked.value) or not 0 <= asked.value <= 100:
        raise InvalidParameterException("scale value should be between 0.0 and 100.0")


def check_room(present: int) -> None:
    """Raise when a service has all the task sets that it may have."""
    if present >= TASK_SETS_MAX:
        raise InvalidParameterException(
            f"{present} deployments exist on the service. Unable to create new TaskSet since this "
            "exceeds the maximum limit."
        )


def check_update(of: TaskSet) -> None:
    """Raise when a task set cannot be changed any more."""
    if of.status == "DRAINING":
        raise InvalidParameterException(f"The task set {of.id} is DRAINING and can't be changed.")


def check_delete(of: TaskSet, *, computed: int, force: bool) -> None:
    """Raise when a task set is deleted that serves, or still should have tasks."""
    if force:
        return
    if of.status == "PRIMARY":
        raise InvalidParameterException("Primary TaskSet cannot be deleted")
    if computed > 0:
        raise InvalidParameterException(
            "The task set cannot be deleted while it is scaled above 0."
        )


def task_set_arn(service: Service, task_set_id: str) -> str:
    """The ARN of a task set of a service."""
    home = f"arn:aws:ecs:{service.region}:{service.account}:task-set"
    return f"{home}/{service.cluster_name}/{service.name}/{task_set_id}"


def referenced_arn(reference: str, service: Service, cluster: Cluster) -> str:
    """The ARN of what `reference` names, an id or an ARN; it may not exist."""
    if not arns.is_arn(reference):
        if not _ID.fullmatch(reference):
            raise InvalidParameterException("Task Set Identifier is invalid")
        return task_set_arn(service, reference)
    try:
        arn = arns.parse(reference)
    except arns.BadArn as bad:
        raise InvalidParameterException("Task Set Identifier is invalid") from bad
    home, _, task_set_id = arn.rest.partition("/ecs-svc/")
    is_one = arn.service == "ecs" and arn.kind == "task-set"
    if not is_one or not _ID.fullmatch(f"ecs-svc/{task_set_id}"):
        raise InvalidParameterException("Task Set Identifier is invalid")
    if arn.account != cluster.account:
        raise InvalidParameterException("AccountIDs mismatch")
    if arn.region != cluster.region or home != f"{cluster.name}/{service.name}":
        raise InvalidParameterException("Task Set Identifier is invalid")
    return reference
