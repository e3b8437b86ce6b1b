"""ExplainTask, which `homeport why` asks: what happened to a task, in order and in full."""

from typing import Any, Final

from homeport.kernel import arn as arns
from homeport.runtime import Call, operation
from homeport.services.ecs.api.task_identifiers import task_arn
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.log_streams import stream_name
from homeport.services.ecs.queries import happenings, instances, task_definitions, tasks
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.records.container_definitions import LogConfiguration
from homeport.services.ecs.records.tasks import Task, TaskContainer
from homeport.shapes import homeport as shapes
from homeport.store import ReadTx

LINES_SHOWN: Final = 20


@operation("ExplainTask")
def explain_task(
    tx: ReadTx, call: Call, request: shapes.ExplainTaskRequest
) -> shapes.ExplainTaskResponse:
    """Tell the story of a task, running or stopped: nothing cut, nothing guessed."""
    task = tasks.find_task(tx, _arn(tx, call, request))
    if task is None or task.account != call.account:
        raise InvalidParameterException("The referenced task was not found.")
    logs = _log_configurations(tx, task)
    shown: dict[str, Any] = {
        "taskArn": task.arn,
        "clusterArn": task.cluster_arn,
        "taskDefinitionArn": task.definition_arn,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
        "stoppedBy": task.stopped_by,
        "launchType": task.launch_type,
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "stoppedAt": task.stopped_at,
        "node": task.instance_arn,
        "timeline": [*_timeline(tx, task), *_hindrance(tx, task, call.now)],
        "containers": [
            _container(tx, call, task, each, logs.get(each.name)) for each in task.containers
        ],
    }
    return {"explanation": _present(shown)}  # type: ignore[typeddict-item]


def _arn(tx: ReadTx, call: Call, request: shapes.ExplainTaskRequest) -> str:
    """A task's ARN says its cluster itself; an id is looked for in the cluster that is named."""
    reference = request["task"]
    if arns.is_arn(reference):
        return reference
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    return task_arn(reference, cluster)


def _timeline(tx: ReadTx, task: Task) -> list[shapes.TimelineEntry]:
    entries: list[shapes.TimelineEntry] = []
    for line in happenings.happenings_of(tx, task.arn):
        entry: shapes.TimelineEntry = {"at": line.at, "source": line.source, "what": line.what}
        if line.container is not None:
            entry["container"] = line.container
        entries.append(entry)
    return entries


def _hindrance(tx: ReadTx, task: Task, now: float) -> list[shapes.TimelineEntry]:
    """Why a task that is not over may be stuck right now."""
    if task.last_status == "STOPPED" or task.instance_arn is None:
        return []
    node = instances.find_instance(tx, task.instance_arn)
    what = None
    if node is None or not node.connected:
        what = "right now its node is not connected: what is shown may be out of date"
    elif not node.engine_connected:
        what = "right now the Docker Engine of its node does not answer"
    return [] if what is None else [{"at": now, "source": "control", "what": what}]


def _container(
    tx: ReadTx, call: Call, task: Task, container: TaskContainer, log: LogConfiguration | None
) -> dict[str, Any]:
    group, stream, lines = _lines(tx, call, task, container, log)
    return _present(
        {
            "name": container.name,
            "image": container.image,
            "runtimeId": container.runtime_id,
            "lastStatus": container.last_status,
            "exitCode": container.exit_code,
            "reason": container.reason,
            "health": container.health if container.has_health_check else None,
            "healthOutput": container.health_output,
            "oomKilled": container.oom_killed,
            "oomEvidence": container.oom_evidence,
            "startedAt": container.started_at,
            "finishedAt": container.finished_at,
            "restartCount": container.restart_count,
            "lastLines": lines,
            "nodeLines": list(container.last_lines[-LINES_SHOWN:]),
            "logGroup": group,
            "logStream": stream,
        }
    )


def _lines(
    tx: ReadTx, call: Call, task: Task, container: TaskContainer, log: LogConfiguration | None
) -> tuple[str | None, str | None, list[str]]:
    """The end of a container's log, and the group and stream where the rest of it is."""
    reported = list(container.last_lines[-LINES_SHOWN:])
    if log is None or log.log_driver != "awslogs":
        return None, None, reported
    options = log.options or {}
    group = options.get("awslogs-group")
    stream = stream_name(options, container.name, task.arn) or container.runtime_id
    if group is None or stream is None:
        return group, stream, reported
    region = options.get("awslogs-region") or task.region
    kept = call.peers.logs.tail(tx, task.account, region, group, stream, LINES_SHOWN)
    return group, stream, [line.message for line in kept] or reported


def _log_configurations(tx: ReadTx, task: Task) -> dict[str, LogConfiguration | None]:
    definition = task_definitions.find(tx, task.account, task.region, task.definition_arn)
    if definition is None:
        return {}
    return {each.name: each.log_configuration for each in definition.container_definitions}


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
