"""Task operations that start nothing: describe, list, stop.  RunTask is in run_task."""

from typing import Final

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.api.task_identifiers import task_arn
from homeport.services.ecs.errors import InvalidParameterException, ServiceNotFoundException
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.plan.run_task import LAUNCH_TYPES
from homeport.services.ecs.queries import instances
from homeport.services.ecs.queries import task_lists as lists
from homeport.services.ecs.queries import tasks as queries
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.queries.tags import remove_all_tags, tags_of_many
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.render import tasks as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

DESCRIBED_MAX: Final = 100
LISTED_MAX: Final = 100
REASON_LENGTH_MAX: Final = 1024
STOPPED_BY_USER: Final = "Task stopped by user"

_DESIRED: Final = ("RUNNING", "PENDING", "STOPPED")


@operation("DescribeTasks")
def describe_tasks(
    tx: ReadTx, call: Call, request: shapes.DescribeTasksRequest
) -> shapes.DescribeTasksResponse:
    """Show tasks of a cluster, stopped ones too; what is unknown is a failure MISSING."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    references = request["tasks"]
    if not references:
        raise InvalidParameterException("Tasks cannot be empty.")
    if len(references) > DESCRIBED_MAX:
        raise InvalidParameterException(f"Tasks cannot have more than {DESCRIBED_MAX} elements.")
    include = request.get("include") or ()
    if any(each != "TAGS" for each in include):
        raise InvalidParameterException("include should be one of [TAGS]")
    arns = list(dict.fromkeys(task_arn(each, cluster) for each in references))
    found = queries.find_tasks(tx, arns)
    tags = tags_of_many(tx, list(found)) if include else {}
    return {
        "tasks": [render.task(found[arn], tags.get(arn, ())) for arn in arns if arn in found],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in found],
    }


@operation("ListTasks")
def list_tasks(
    tx: ReadTx, call: Call, request: shapes.ListTasksRequest
) -> shapes.ListTasksResponse:
    """The ARNs of the tasks of a cluster that every filter lets through, in order."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    size = page_size(request.get("maxResults"), LISTED_MAX)
    after = page_start(request.get("nextToken"))
    desired = request.get("desiredStatus") or "RUNNING"
    if desired not in _DESIRED:
        raise InvalidParameterException(f"desiredStatus should be one of [{','.join(_DESIRED)}]")
    filters = _filters(tx, cluster, request)
    if desired == "PENDING" or request.get("daemonName"):
        return {"taskArns": []}  # No task is ever meant to be pending, and no daemon runs.
    arns = lists.list_arns(
        tx, cluster.arn, desired, filters=filters, after=after, limit=size + 1, now=call.now
    )
    shown, token = page(arns, str, size)
    answer: shapes.ListTasksResponse = {"taskArns": list(shown)}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("StopTask")
def stop_task(tx: Tx, call: Call, request: shapes.StopTaskRequest) -> shapes.StopTaskResponse:
    """Record that a task should stop, and answer; its node stops it in its own time."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    reason = request.get("reason") or STOPPED_BY_USER
    if len(reason) > REASON_LENGTH_MAX:
        raise InvalidParameterException(f"reason longer than {REASON_LENGTH_MAX}.")
    before = queries.find_task(tx, task_arn(request["task"], cluster))
    if before is None:
        raise InvalidParameterException("The referenced task was not found.")
    after = lifecycle.stop(
        before, code="UserInitiated", reason=reason, by=call.principal, now=call.now
    )
    after = record(tx, lifecycle.change(before, after), now=call.now)
    remove_all_tags(tx, after.arn)
    return {"task": render.task(after)}


def _filters(tx: ReadTx, cluster: Cluster, request: shapes.ListTasksRequest) -> dict[str, str]:
    filters: dict[str, str] = {}
    if request.get("family"):
        filters["family"] = request["family"]
    if request.get("serviceName"):
        filters["service_name"] = _service(tx, cluster, request["serviceName"])
    if request.get("containerInstance"):
        filters["instance_arn"] = _instance(tx, cluster, request["containerInstance"])
    if request.get("launchType"):
        if request["launchType"] not in LAUNCH_TYPES:
            raise InvalidParameterException(
                f"launch type should be one of [{','.join(LAUNCH_TYPES)}]"
            )
        filters["launch_type"] = request["launchType"]
    if request.get("startedBy"):
        if filters or request.get("daemonName"):
            raise InvalidParameterException(
                "When you specify startedBy as the filter, it must be the only filter that you use."
            )
        filters["started_by"] = request["startedBy"]
    return filters


def _service(tx: ReadTx, cluster: Cluster, reference: str) -> str:
    arn = member_arn("service", reference, cluster)
    if find_service(tx, arn) is None:
        raise ServiceNotFoundException
    return arn.rpartition("/")[2]


def _instance(tx: ReadTx, cluster: Cluster, reference: str) -> str:
    arn = member_arn("container-instance", reference, cluster)
    if instances.find_instance(tx, arn) is None:
        raise InvalidParameterException("The referenced container instance was not found.")
    return arn
