"""Words what the node has seen of a task: for the control plane and for the metadata endpoint.

Pure.
"""

from msgspec import Struct

from homeport.agent import words
from homeport.agent.known import KnownContainer, KnownTask
from homeport.agent.observed import ContainerSeen, TaskSeen
from homeport.agent.plan import is_ending, needs_holder, phase
from homeport.agent.plan.task import Desired
from homeport.link.messages import ContainerReport, Happening, TaskReport
from homeport.link.spec import TaskSpec


class Times(Struct, frozen=True, kw_only=True):
    """When the node saw what ECS gives a time of its own."""

    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    execution_stopped_at: float | None = None


def container_report(name: str, seen: ContainerSeen) -> ContainerReport:
    """One container.  How it ended is told only while it is stopped."""
    stopped = seen.status == "STOPPED"
    out_of_memory = stopped and seen.oom_evidence is not None
    reason = seen.error or (words.OUT_OF_MEMORY if out_of_memory else None)
    return ContainerReport(
        name=name,
        status="PENDING" if seen.status == "NONE" else seen.status,
        docker_id=seen.docker_id,
        image_digest=(seen.image.digest or None) if seen.image is not None else None,
        exit_code=seen.exit_code if stopped else None,
        reason=reason,
        bindings=seen.bindings,
        health=seen.health,
        health_output=seen.health_output,
        created_at=seen.created_at,
        started_at=seen.started_at,
        finished_at=seen.finished_at if stopped else None,
        oom_killed=out_of_memory,
        oom_evidence=seen.oom_evidence if stopped else None,
        restart_count=seen.restart_count,
        last_lines=seen.last_lines if stopped else (),
    )


def task_report(
    task: TaskSpec,
    desired: Desired,
    seen: TaskSeen,
    times: Times,
    happenings: tuple[Happening, ...],
) -> TaskReport:
    """The whole task; the sequence is set when it is sent."""
    attached = task.interface is not None and _answers(task, seen)
    interface = task.interface if attached else None
    return TaskReport(
        task_arn=task.task_arn,
        sequence=0,
        phase=phase(task, desired, seen),
        containers=tuple(
            container_report(each.name, seen.containers[each.name]) for each in task.containers
        ),
        interface_attached=attached,
        interface_mac=interface.mac_address if interface is not None else None,
        interface_ipv4=interface.private_ipv4 if interface is not None else None,
        pull_started_at=times.pull_started_at,
        pull_stopped_at=times.pull_stopped_at,
        execution_stopped_at=times.execution_stopped_at,
        error=seen.error,
        happenings=happenings,
    )


def _answers(task: TaskSpec, seen: TaskSeen) -> bool:
    if needs_holder(task) or seen.holder.docker_id is not None:
        return seen.holder.status == "RUNNING"
    return any(
        each.status == "RUNNING" and each.started_at is not None
        for each in seen.containers.values()
    )


def known_task(task: TaskSpec, desired: Desired, seen: TaskSeen, report: TaskReport) -> KnownTask:
    """The task as the metadata endpoint reads it."""
    wanted = "STOPPED" if is_ending(task, desired, seen) else "RUNNING"
    reports = {each.name: each for each in report.containers}
    return KnownTask(
        spec=task,
        desired=wanted,
        report=report,
        containers=tuple(
            _known_container(task, index, seen, reports, wanted)
            for index in range(len(task.containers))
        ),
        holder_id=seen.holder.docker_id,
    )


def _known_container(
    task: TaskSpec,
    index: int,
    seen: TaskSeen,
    reports: dict[str, ContainerReport],
    wanted: str,
) -> KnownContainer:
    container = task.containers[index]
    own = seen.containers[container.name]
    return KnownContainer(
        spec=container,
        report=reports[container.name],
        metadata_id=own.metadata_id,
        desired="STOPPED" if own.status == "STOPPED" else wanted,
        image_id=own.image.image_id if own.image is not None else None,
        labels=own.labels,
        ipv4_addresses=own.ipv4_addresses,
        health_since=own.health_since,
        health_exit_code=own.health_exit_code,
        volumes=own.volumes,
    )


def is_urgent(before: TaskReport | None, after: TaskReport) -> bool:
    """Whether the control plane should hear of the change at once; the rest can wait a moment."""
    if before is None:
        return True
    return _gist(before) != _gist(after)


def _gist(report: TaskReport) -> tuple[object, ...]:
    settled = tuple(
        (each.status if each.status in ("RUNNING", "STOPPED") else "", each.health)
        for each in report.containers
    )
    return report.phase, report.error, report.interface_attached, settled
