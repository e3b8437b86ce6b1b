"""What became of the tasks of a run, and whether it is tried again.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from homeport.kernel.job_rules import TIME_LIMIT
from homeport.services.jobs.records.runs import ContainerEnd, Outcome, Run, RunTask

_TIMED_OUT: Final = "Task stopped because it ran longer than its time limit"
_WORST_FIRST: Final[tuple[Outcome, ...]] = (
    "RUNNING",
    "FAILED",
    "TIMED_OUT",
    "STOPPED",
    "LOST",
    "SUCCEEDED",
)
LOST: Final = "ECS does not know the task any more."


def seen_task(before: RunTask, shown: Mapping[str, Any], essential: Sequence[str]) -> RunTask:
    """A task as DescribeTasks shows it now; `essential`: containers with which it ends."""
    started = shown.get("startedAt")
    if shown.get("lastStatus") != "STOPPED":
        return replace(before, started_at=started)
    ends = tuple(
        ContainerEnd(
            name=each.get("name", ""),
            exit_code=each.get("exitCode"),
            reason=each.get("reason") or "",
        )
        for each in shown.get("containers", ())
    )
    after = replace(
        before,
        started_at=started,
        stopped_at=shown.get("stoppedAt"),
        stop_code=shown.get("stopCode") or "",
        stopped_reason=shown.get("stoppedReason") or "",
        containers=ends,
    )
    return replace(after, outcome=task_outcome(after, essential))


def differs_by_container(shown: Mapping[str, Any]) -> bool:
    """Whether a task is over and it matters which of its containers are essential."""
    codes = {each.get("exitCode") for each in shown.get("containers", ())}
    return shown.get("lastStatus") == "STOPPED" and len(codes) > 1


def lost_task(before: RunTask) -> RunTask:
    """A task of which ECS knows nothing any more."""
    if before.outcome != "RUNNING":
        return before
    return replace(before, outcome="LOST", stopped_reason=LOST)


def task_outcome(task: RunTask, essential: Sequence[str]) -> Outcome:
    """What a task that is STOPPED came to."""
    if task.stop_code == "UserInitiated":
        return "TIMED_OUT" if _is_timed_out(task.stopped_reason) else "STOPPED"
    if task.stop_code not in ("", "EssentialContainerExited"):
        return "FAILED"
    codes = [each.exit_code for each in _essential(task, essential)]
    return "SUCCEEDED" if codes and all(code == 0 for code in codes) else "FAILED"


def seen_run(run: Run, tasks: Sequence[RunTask], essential: Sequence[str]) -> Run:
    """The run with its tasks as they are now; it is over when the last of them is."""
    outcome = next(
        (each for each in _WORST_FIRST if any(task.outcome == each for task in tasks)), "LOST"
    )
    started = [task.started_at for task in tasks if task.started_at is not None]
    after = replace(run, tasks=tuple(tasks), started_at=min(started, default=None))
    if outcome == "RUNNING":
        return after
    stopped = [task.stopped_at for task in tasks if task.stopped_at is not None]
    decided = next((task for task in tasks if task.outcome == outcome), None)
    return replace(
        after,
        outcome=outcome,
        stopped_at=max(stopped, default=None),
        exit_code=None if decided is None else exit_code(decided, essential),
        stop_code="" if decided is None else decided.stop_code,
        stopped_reason="" if decided is None else decided.stopped_reason,
    )


def exit_code(task: RunTask, essential: Sequence[str]) -> int | None:
    """The first that is not 0 of a task's essential containers; 0 when all are."""
    codes = [each.exit_code for each in _essential(task, essential)]
    known = [code for code in codes if code is not None]
    return next((code for code in known if code != 0), 0 if known else None)


def is_retried(run: Run) -> bool:
    """Whether another run follows one that is over."""
    if run.retries_left <= 0:
        return False
    if not run.retry_exit_codes and not run.retry_stop_codes:
        return run.outcome in ("FAILED", "TIMED_OUT")
    if run.outcome not in ("FAILED", "TIMED_OUT", "STOPPED"):
        return False
    exited = run.stop_code in ("", "EssentialContainerExited")
    return run.stop_code in run.retry_stop_codes or (
        exited and run.exit_code in run.retry_exit_codes
    )


def failed_tasks(run: Run) -> int:
    """How many of its tasks are to be asked for again."""
    return sum(task.outcome in ("FAILED", "TIMED_OUT", "STOPPED") for task in run.tasks)


def _is_timed_out(reason: str) -> bool:
    return reason.startswith(_TIMED_OUT) and TIME_LIMIT in reason


def _essential(task: RunTask, essential: Sequence[str]) -> list[ContainerEnd]:
    """All of its containers, when it is not known which of them are essential."""
    chosen = [each for each in task.containers if each.name in essential]
    return chosen or list(task.containers)
