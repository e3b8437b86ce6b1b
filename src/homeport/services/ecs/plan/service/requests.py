"""What CreateService and UpdateService ask for, checked in ECS's words.  Pure.

Here is what needs nothing but the request; its other parts are in the `..._requests` beside this.
"""

import re
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan.service.controller_requests import (
    check_controlled,
    check_controller,
)
from homeport.services.ecs.records.service_requests import (
    CreateRequest,
    ServiceRequest,
    UpdateRequest,
)
from homeport.services.ecs.records.task_definitions import TaskDefinition

DESIRED_MAX: Final = 5000
"""Tasks of one service: ECS's quota."""
GRACE_MAX_S: Final = 2_147_483_647
TOKEN_LENGTH_MAX: Final = 36

SCHEDULING: Final = ("REPLICA", "DAEMON")
PROPAGATED: Final = ("TASK_DEFINITION", "SERVICE", "NONE")

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TOKEN: Final = re.compile(r"[!-~]*")
_DAEMON_COUNT: Final = (
    "The daemon scheduling strategy does not support a desired count for services. Remove the "
    "desired count value and try again"
)
_QUOTA: Final = "Desired count exceeds limit."


def check_create(request: CreateRequest) -> None:
    """Raise for what CreateService refuses whatever the cluster and the definition are."""
    if not _NAME.fullmatch(request.service_name):
        raise InvalidParameterException(
            f"Service name must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {request.service_name}"
        )
    check_token(request.client_token or "")
    check_controller(request)
    if not request.task_definition and request.controller != "EXTERNAL":
        raise InvalidParameterException("TaskDefinition can not be blank.")
    if scheduling_of(request) not in SCHEDULING:
        raise InvalidParameterException(
            f"Scheduling strategy should be one of [{','.join(SCHEDULING)}]"
        )
    if scheduling_of(request) == "DAEMON":
        if request.desired_count is not None:
            raise InvalidParameterException(_DAEMON_COUNT)
    elif request.desired_count is None:
        raise InvalidParameterException("DesiredCount is missing")
    elif request.desired_count < 0:
        raise InvalidParameterException("DesiredCount can not be lesser than 0")
    elif request.desired_count > DESIRED_MAX:
        raise InvalidParameterException(_QUOTA)
    _check_shared(request)


def check_update(request: UpdateRequest, scheduling: str, controller: str) -> None:
    """Raise for what UpdateService refuses of a service with this scheduling strategy, which this
    controller deploys."""
    check_controlled(request, controller)
    if request.desired_count is not None:
        if scheduling == "DAEMON":
            raise InvalidParameterException(_DAEMON_COUNT)
        if request.desired_count < 0:
            raise InvalidParameterException("Task count can not be lesser than 0")
        if request.desired_count > DESIRED_MAX:
            raise InvalidParameterException(_QUOTA)
    _check_shared(request)


def scheduling_of(request: CreateRequest) -> str:
    """The scheduling strategy of a new service."""
    return request.scheduling_strategy or "REPLICA"


def check_execute_command(
    request: ServiceRequest, definition: TaskDefinition | None, *, action: str
) -> None:
    """Raise when ECS Exec is asked for; `action` is ``created`` or ``updated``."""
    if not request.enable_execute_command:
        return
    if definition is not None and definition.task_role_arn is None:
        raise InvalidParameterException(
            f"The service couldn't be {action} because a valid taskRoleArn is not being used. "
            "Specify a valid task role in your task definition and try again."
        )
    raise UnsupportedFeatureException(
        "ECS Exec is not supported yet. Leave enableExecuteCommand out or set it to false."
    )


def check_token(token: str) -> None:
    """Raise for a client token that cannot be one."""
    if len(token) > TOKEN_LENGTH_MAX:
        raise InvalidParameterException(f"idempotency token longer than {TOKEN_LENGTH_MAX}.")
    if not _TOKEN.fullmatch(token):
        raise InvalidParameterException(
            "idempotency token must contain only ASCII characters in the range of 33-126."
        )


def _check_shared(request: ServiceRequest) -> None:
    grace = request.health_check_grace_period_seconds
    if grace is not None and grace < 0:
        raise InvalidParameterException("healthCheckGracePeriodSeconds must be at least 0")
    if grace is not None and grace > GRACE_MAX_S:
        raise InvalidParameterException(
            f"healthCheckGracePeriodSeconds must be at most {GRACE_MAX_S}"
        )
    if request.propagate_tags not in (None, *PROPAGATED):
        raise InvalidParameterException(f"propagateTags should be one of [{','.join(PROPAGATED)}]")
