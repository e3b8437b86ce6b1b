"""RunTask and StartTask: check, place, record, answer.  Nothing is started here."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from homeport.runtime import Call, operation
from homeport.services.ecs.api.task_orders import (
    CheckedOrder,
    checked_order,
    order_cluster,
    parsed,
)
from homeport.services.ecs.api.task_placing import (
    Placed,
    place_on_fargate,
    place_on_instances,
    place_where_named,
)
from homeport.services.ecs.errors import ConflictException
from homeport.services.ecs.plan.new_task import Spot, fresh_names, new_task
from homeport.services.ecs.queries import client_tokens, tasks
from homeport.services.ecs.queries.client_tokens import Answered, TokenKey
from homeport.services.ecs.queries.new_tasks import record_new
from homeport.services.ecs.queries.tags import tags_of_many
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.run_request import RunRequest
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.render import tasks as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx


@operation("RunTask", partial="ECS Exec, volumes configured at launch and EXTERNAL are refused.")
def run_task(tx: Tx, call: Call, request: shapes.RunTaskRequest) -> shapes.RunTaskResponse:
    """Place up to ten copies of a task; what finds no place is a failure, not an error."""
    wanted = parsed(request)
    cluster = order_cluster(tx, call, wanted)
    token = _token(call, cluster, wanted)
    answered = client_tokens.find_answered(tx, token, now=call.now) if token else None
    if answered is not None:
        return _again(tx, answered, wanted)
    checked = checked_order(tx, call, wanted, cluster=cluster)
    fargate = checked.order.launch_type == "FARGATE"
    placed = (place_on_fargate if fargate else place_on_instances)(tx, call, checked)
    made = _made(tx, call, checked, placed.spots)
    if token is not None and made:
        arns = tuple(task.arn for task in made)
        client_tokens.remember(tx, token, Answered(_digest(wanted), arns), now=call.now)
    return {"tasks": _shown(checked, made), "failures": list(placed.failures)}


@operation("StartTask", partial="ECS Exec and volumes configured at launch are refused.")
def start_task(tx: Tx, call: Call, request: shapes.StartTaskRequest) -> shapes.StartTaskResponse:
    """Put a copy of a task on each of the named instances that can take it."""
    references = request["containerInstances"]
    wanted = parsed(request)
    cluster = order_cluster(tx, call, wanted)
    checked = checked_order(tx, call, wanted, cluster=cluster, is_placed=False)
    placed: Placed = place_where_named(tx, call, checked, references)
    made = _made(tx, call, checked, placed.spots)
    return {"tasks": _shown(checked, made), "failures": list(placed.failures)}


def _made(tx: Tx, call: Call, checked: CheckedOrder, spots: Sequence[Spot]) -> tuple[Task, ...]:
    """Record a task for each spot."""
    containers = len(checked.definition.container_definitions)
    made = [new_task(checked.order, fresh_names(call.ids, containers), spot) for spot in spots]
    return record_new(tx, made, checked.tags, story=f"asked for by {call.principal}", now=call.now)


def _shown(checked: CheckedOrder, made: Sequence[Task]) -> list[shapes.Task]:
    return [render.task(task, checked.tags) for task in made]


def _token(call: Call, cluster: Cluster, request: RunRequest) -> TokenKey | None:
    if not request.client_token:
        return None
    return TokenKey(
        account=call.account,
        region=call.region,
        operation="RunTask",
        cluster_arn=cluster.arn,
        token=request.client_token,
    )


def _again(tx: ReadTx, answered: Answered, request: RunRequest) -> shapes.RunTaskResponse:
    """The same answer to the same request; the tasks as they are by now."""
    if answered.request_digest != _digest(request):
        raise ConflictException(resourceIds=list(answered.resources))
    found = tasks.find_tasks(tx, answered.resources)
    tags = tags_of_many(tx, answered.resources)
    made = [found[arn] for arn in answered.resources if arn in found]
    return {"tasks": [render.task(task, tags[task.arn]) for task in made], "failures": []}


def _digest(request: RunRequest) -> str:
    plain: Mapping[str, object] = msgspec.to_builtins(request)
    return sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()
