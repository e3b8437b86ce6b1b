"""What a node's report makes of a task.  Pure, and the only place that decides a task's status.

A report is the whole of what the node knows.  One that is not newer than the last changes
nothing, a status only moves forward, and a STOPPED task never changes again except that its node
lets go of it.  Nothing here gives out generations: a `change` says whether the node has news.
"""

from typing import Final, Literal

from msgspec.structs import replace

from homeport.link.messages import ContainerReport, TaskReport
from homeport.services.ecs.records.task_changes import TaskChange
from homeport.services.ecs.records.task_states import container_later, later
from homeport.services.ecs.records.tasks import (
    NetworkBinding,
    Task,
    TaskContainer,
    TaskInterface,
)

Wanted = Literal["RUNNING", "STOPPED", "REMOVED", "FORGOTTEN"]

ESSENTIAL_EXITED: Final = "Essential container in task exited"
FAILED_TO_START: Final = "Task failed to start"

_OVER: Final = ("STOPPED", "REMOVED")
_ENDING: Final = ("STOPPING", *_OVER)
_CONTAINER_STATUS: Final = {
    "PENDING": "PENDING",
    "PULLED": "PENDING",
    "CREATED": "PENDING",
    "RUNNING": "RUNNING",
    "STOPPED": "STOPPED",
}


def wanted(task: Task) -> Wanted:
    """What the task's node should make of it."""
    if task.released:
        return "FORGOTTEN"
    if task.last_status in ("DEPROVISIONING", "STOPPED"):
        return "REMOVED"
    return "RUNNING" if task.desired_status == "RUNNING" or task.is_in_use else "STOPPED"


def observe(task: Task, report: TaskReport, *, now: float) -> Task:
    """The task once `report` is known; the same task when it says nothing new."""
    if report.sequence <= task.report_sequence:
        return task
    seen = replace(task, report_sequence=report.sequence)
    if task.last_status == "STOPPED":
        return replace(seen, released=task.released or report.phase == "REMOVED")
    seen = _with_facts(seen, report, now)
    if seen.desired_status == "RUNNING" and _ends(seen, report):
        code, reason, by = _cause(seen, report)
        seen = _stopping(seen, code=code, reason=reason, by=by, now=now)
    if seen.registration == "REGISTERED" and _doors(seen) != _doors(task):
        seen = awaiting(seen)
    seen = _moved(seen, report, now)
    return counted(task, seen)


def stop(task: Task, *, code: str, reason: str, by: str, now: float) -> Task:
    """The task once it was decided to stop it; a task that is stopping keeps its first reason."""
    if task.desired_status == "STOPPED":
        return task
    return counted(task, _stopping(task, code=code, reason=reason, by=by, now=now))


def heard(task: Task, connectivity: str, *, now: float) -> Task:
    """The task once its node can be heard again, or no longer; one never heard of stays so."""
    if task.connectivity in (None, connectivity) or task.last_status == "STOPPED":
        return task
    return counted(task, replace(task, connectivity=connectivity, connectivity_at=now))


def deactivate(task: Task) -> Task:
    """A task that runs and should stop: what is in front of it lets go of it first."""
    if not task.has_stages or task.last_status != "RUNNING":
        return task
    return counted(task, replace(task, last_status="DEACTIVATING"))


def awaiting(task: Task) -> Task:
    """The task once its targets are not, or no longer, what they should be."""
    return replace(task, registration="AWAITED")


def registered(task: Task) -> Task:
    """The task once each of its load balancers knows its targets."""
    return replace(task, registration="REGISTERED")


def drained(task: Task) -> Task:
    """A task that should stop, once its targets are deregistered: those who are connected finish.

    Its node is not told to stop it before it is `let_go`.
    """
    return deactivate(replace(task, registration="DRAINING"))


def let_go(task: Task) -> Task:
    """The task once nothing in front of it sends to it any more."""
    return replace(task, registration="GONE") if task.registration else task


def end(task: Task, *, now: float) -> Task:
    """The task STOPPED, with no interface left.

    For one whose node has let go of it, that never reached a node, or whose node is given up.
    """
    if task.last_status == "STOPPED":
        return task
    interface = task.interface
    over = replace(
        task,
        last_status="STOPPED",
        desired_status="STOPPED",
        containers=tuple(_ended(each) for each in task.containers),
        registration="GONE" if task.registration else "",
        interface=None if interface is None else replace(interface, status="DELETED"),
        stopping_at=task.stopping_at or now,
        stopped_at=now,
    )
    return counted(task, over)


def counted(before: Task, after: Task) -> Task:
    """`after` with the next version when a client can tell the difference."""
    hidden = {
        "report_sequence": before.report_sequence,
        "generation": before.generation,
        "released": before.released,
        "registration": before.registration,
        "time_limit_s": before.time_limit_s,
        "deadline": before.deadline,
        "version": before.version,
    }
    if replace(after, **hidden) == before:
        return after
    return replace(after, version=before.version + 1)


def change(before: Task, after: Task, *, assigned: bool = False) -> TaskChange:
    """What follows from a change: whether the node has to be told, and what there is to tell.

    A task that no node knows yet concerns none, until it is `assigned`.
    """
    known = before.generation > 0
    return TaskChange(
        before=before,
        after=after,
        news=assigned or (known and wanted(before) != wanted(after)),
        story=_story(before, after),
    )


def _story(before: Task, after: Task) -> tuple[str, ...]:
    lines = []
    if after.desired_status != before.desired_status:
        lines.append(f"to be stopped by {after.stopped_by}: {after.stopped_reason}")
    if after.last_status != before.last_status:
        lines.append(f"task is {after.last_status}")
    return tuple(lines)


def _with_facts(task: Task, report: TaskReport, now: float) -> Task:
    reports = {each.name: each for each in report.containers}
    containers = tuple(
        _container(each, reports[each.name]) if each.name in reports else each
        for each in task.containers
    )
    if report.phase in _OVER:
        containers = tuple(_ended(each) for each in containers)
    stopped = report.execution_stopped_at
    if stopped is None and any(each.essential and _over(each) for each in containers):
        stopped = now
    connected = task.connectivity == "CONNECTED"
    return replace(
        task,
        containers=containers,
        connectivity="CONNECTED",
        connectivity_at=task.connectivity_at if connected else now,
        pull_started_at=task.pull_started_at or report.pull_started_at,
        pull_stopped_at=task.pull_stopped_at or report.pull_stopped_at,
        execution_stopped_at=task.execution_stopped_at or stopped,
        interface=_interface(task.interface, report),
        started_at=task.started_at or _started_at(containers, report, now),
    )


def _container(before: TaskContainer, report: ContainerReport) -> TaskContainer:
    bindings = tuple(
        NetworkBinding(
            bind_ip=each.bind_ip,
            container_port=each.container_port,
            host_port=each.host_port,
            protocol=each.protocol,
        )
        for each in report.bindings
    )
    return replace(
        before,
        last_status=container_later(before.last_status, _CONTAINER_STATUS[report.status]),
        runtime_id=report.docker_id or before.runtime_id,
        image_digest=report.image_digest or before.image_digest,
        exit_code=before.exit_code if report.exit_code is None else report.exit_code,
        reason=before.reason or report.reason,
        bindings=bindings or before.bindings,
        health=report.health if before.has_health_check else "UNKNOWN",
        health_output=report.health_output or before.health_output,
        created_at=before.created_at or report.created_at,
        started_at=before.started_at or report.started_at,
        finished_at=report.finished_at or before.finished_at,
        oom_killed=before.oom_killed or report.oom_killed,
        oom_evidence=before.oom_evidence or report.oom_evidence,
        restart_count=max(before.restart_count, report.restart_count),
        last_lines=report.last_lines or before.last_lines,
    )


def _interface(before: TaskInterface | None, report: TaskReport) -> TaskInterface | None:
    if before is None:
        return None
    seen = before
    if report.interface_attached and before.status in ("CREATED", "ATTACHING"):
        seen = replace(
            before,
            status="ATTACHED",
            mac_address=report.interface_mac or before.mac_address,
            private_ipv4=report.interface_ipv4 or before.private_ipv4,
        )
    if report.phase == "REMOVED":
        return replace(seen, status="DETACHED")
    if report.phase == "STOPPED" and seen.status != "DETACHED":
        return replace(seen, status="DETACHING")
    return seen


def _started_at(
    containers: tuple[TaskContainer, ...], report: TaskReport, now: float
) -> float | None:
    """When the last of the containers started; a task that ended before that never started."""
    starts = [each.started_at for each in containers if each.started_at is not None]
    if report.phase != "RUNNING" and len(starts) < len(containers):
        return None
    return min(now, max(starts, default=now))


def _ends(task: Task, report: TaskReport) -> bool:
    return (
        report.error is not None
        or report.phase in _ENDING
        or any(each.essential and _over(each) for each in task.containers)
    )


def _cause(task: Task, report: TaskReport) -> tuple[str, str, str]:
    """Stop code, reason and who did it, when nobody had asked for the task to stop."""
    if report.error is not None:
        return "TaskFailedToStart", report.error, "its node, which could not prepare it"
    failed = [
        each
        for each in task.containers
        if _over(each) and each.reason is not None and each.started_at is None
    ]
    if failed and task.started_at is None:
        first = min(failed, key=lambda each: not each.essential)
        whole = task.launch_type == "FARGATE"
        reason = first.reason if whole and first.reason else FAILED_TO_START
        return "TaskFailedToStart", reason, f"container {first.name}, which did not start"
    ended = [each for each in task.containers if each.essential and _over(each)]
    who = "its node" if not ended else f"container {ended[0].name}, which {_how(ended[0])}"
    return "EssentialContainerExited", ESSENTIAL_EXITED, who


def _how(container: TaskContainer) -> str:
    if container.exit_code is None:
        return "ended without an exit code"
    return f"exited with code {container.exit_code}"


def _stopping(task: Task, *, code: str, reason: str, by: str, now: float) -> Task:
    return replace(
        task,
        desired_status="STOPPED",
        stop_code=code,
        stopped_reason=reason,
        stopped_by=by,
        stopping_at=now,
    )


def _moved(task: Task, report: TaskReport, now: float) -> Task:
    status = later(task.last_status, _status(task, report))
    if status == "STOPPED":
        released = report.phase == "REMOVED"
        return replace(task, last_status=status, stopped_at=now, released=released)
    return replace(task, last_status=status)


def _status(task: Task, report: TaskReport) -> str:
    """The status that the report alone speaks for.

    A task with nothing in front of it is never ACTIVATING or STOPPING.  One without an interface
    of its own is never DEPROVISIONING, and one with an interface is STOPPED only once that is
    deleted.
    """
    match report.phase:
        case "RUNNING":
            return "RUNNING"
        case "STOPPED" | "REMOVED":
            return "STOPPED" if task.interface is None else "DEPROVISIONING"
        case "STOPPING" if task.has_stages:
            return "STOPPING"
        case "PREPARING" if task.has_stages:
            return "ACTIVATING"
        case _:
            return "PENDING"


def _doors(task: Task) -> list[tuple[str, tuple[NetworkBinding, ...]]]:
    """Where the containers of its targets are reached: a restart may change that."""
    names = {each.container_name for each in task.load_balancers}
    return [(each.name, each.bindings) for each in task.containers if each.name in names]


def _ended(container: TaskContainer) -> TaskContainer:
    return replace(container, last_status="STOPPED")


def _over(container: TaskContainer) -> bool:
    return container.last_status == "STOPPED"
