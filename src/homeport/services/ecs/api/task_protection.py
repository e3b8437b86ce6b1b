"""Protection of services' tasks from scaling in: asked for, told, and no more.

What is protected is spared by the service scheduler; a protection that ends, ends by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ecs.api.task_identifiers import task_arn
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.queries import service_tasks, tasks
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.services import find_services, service_arn
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.render import task_protection as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

SHOWN_MAX: Final = 100
UPDATED_MAX: Final = 10
MINUTES_DEFAULT: Final = 120
MINUTES_MAX: Final = 2_880


@operation("GetTaskProtection")
def get_task_protection(
    tx: ReadTx, call: Call, request: shapes.GetTaskProtectionRequest
) -> shapes.GetTaskProtectionResponse:
    """Show how tasks are protected; without any named, those of the cluster that are, up to 100."""
    cluster = active_cluster(tx, call.account, call.region, request["cluster"])
    references = request.get("tasks")
    if references is None:
        arns = list(
            service_tasks.protected_in_cluster(tx, cluster.arn, now=call.now, limit=SHOWN_MAX)
        )
    else:
        arns = _arns(references, cluster, at_most=SHOWN_MAX)
    known = tasks.find_tasks(tx, arns)
    failures = _failures(arns, known)
    return {
        "protectedTasks": [
            render.protection(known[arn], now=call.now) for arn in arns if arn not in failures
        ],
        "failures": list(failures.values()),
    }


@operation("UpdateTaskProtection")
def update_task_protection(
    tx: Tx, call: Call, request: shapes.UpdateTaskProtectionRequest
) -> shapes.UpdateTaskProtectionResponse:
    """Protect tasks for so many minutes from now on, or end their protection.

    A service has no more protected tasks than it wants tasks: its deployments could not end.
    """
    cluster = active_cluster(tx, call.account, call.region, request["cluster"])
    arns = _arns(request["tasks"], cluster, at_most=UPDATED_MAX)
    until = _until(call, request) if request["protectionEnabled"] else None
    known = tasks.find_tasks(tx, arns)
    failures = _failures(arns, known, live_only=True)
    if until is not None:
        named = [known[arn] for arn in arns if arn not in failures]
        failures |= _blocked(tx, cluster, named, now=call.now)
    shown: list[shapes.ProtectedTask] = []
    for arn in arns:
        if arn not in failures:
            after = replace(known[arn], protected_until=until)
            tasks.save_task(tx, known[arn], after, now=call.now)
            shown.append(render.protection(after, now=call.now))
    return {"protectedTasks": shown, "failures": list(failures.values())}


def _arns(references: Sequence[str], cluster: Cluster, *, at_most: int) -> list[str]:
    if not references:
        raise InvalidParameterException("Tasks cannot be empty.")
    if len(references) > at_most:
        raise InvalidParameterException(f"Tasks cannot have more than {at_most} elements.")
    return list(dict.fromkeys(task_arn(each, cluster) for each in references))


def _until(call: Call, request: shapes.UpdateTaskProtectionRequest) -> float:
    minutes = request.get("expiresInMinutes", MINUTES_DEFAULT)
    if not 1 <= minutes <= MINUTES_MAX:
        raise InvalidParameterException(f"expiresInMinutes must be between 1 and {MINUTES_MAX}.")
    return call.now + call.clock.span(minutes * 60.0)


def _failures(
    arns: Sequence[str], known: Mapping[str, Task], *, live_only: bool = False
) -> dict[str, shapes.Failure]:
    """By ARN, the tasks that are unknown, and those that nothing could scale in."""
    found: dict[str, shapes.Failure] = {}
    for arn in arns:
        task = known.get(arn)
        if task is None:
            found[arn] = {"arn": arn, "reason": "MISSING"}
        elif task.service_name is None:
            found[arn] = {"arn": arn, "reason": "TASK_NOT_VALID"}
        elif live_only and task.last_status == "STOPPED":
            detail = "The task is stopped."
            found[arn] = {"arn": arn, "reason": "TASK_NOT_VALID", "detail": detail}
    return found


def _blocked(
    tx: ReadTx, cluster: Cluster, named: Sequence[Task], *, now: float
) -> dict[str, shapes.Failure]:
    """By ARN, the tasks whose service would have more protected tasks than it wants tasks."""
    found: dict[str, shapes.Failure] = {}
    home = (cluster.account, cluster.region, cluster.name)
    names = dict.fromkeys(task.service_name for task in named if task.service_name)
    services = find_services(tx, [service_arn(*home, name) for name in names])
    for service in services.values():
        mine = [task.arn for task in named if task.service_name == service.name]
        protected = service_tasks.protected_arns(tx, cluster.arn, service.name, now=now)
        room = service.desired_count - len(protected - set(mine))
        for arn in mine[max(0, room) :]:
            found[arn] = {
                "arn": arn,
                "reason": "DEPLOYMENT_BLOCKED",
                "detail": (
                    "The service would have more protected tasks than its desired count of "
                    f"{service.desired_count}."
                ),
            }
    return found
