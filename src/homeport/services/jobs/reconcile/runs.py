"""Follows runs: what became of their tasks, and the tasks of those that try again.

Told the ARN of a task that is over, or a run's id.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.kernel.arn import is_arn
from homeport.kernel.errors import AwsError
from homeport.runtime import Again, Tick
from homeport.services.jobs.plan.run_ends import (
    differs_by_container,
    lost_task,
    seen_run,
    seen_task,
)
from homeport.services.jobs.queries import runs
from homeport.services.jobs.reconcile.again import start_again
from homeport.services.jobs.reconcile.asking import ask_ecs
from homeport.services.jobs.reconcile.concluding import conclude
from homeport.services.jobs.records.runs import Run, RunTask
from homeport.store import ReadTx, Tx

WATCHES: Final = ("task over", "run")


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Look at a run's tasks, or start them when it is their time."""
    run = runs.run_of_task(tx, key) if is_arn(key) else runs.find_run(tx, key)
    if run is None or run.is_over:
        return None
    if run.outcome == "PENDING":
        return start_again(tx, tick, run)
    tasks, essential = _observed(tx, tick, run)
    after = seen_run(run, tasks, essential)
    if after.is_over:
        conclude(tx, tick, run, after)
    elif after != run:
        runs.save_run(tx, run, after)
    return None


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every run that is under way."""
    return runs.open_run_ids(tx)


def _observed(tx: Tx, tick: Tick, run: Run) -> tuple[list[RunTask], tuple[str, ...]]:
    """The run's tasks as ECS shows them, and their essential containers where that matters."""
    place = (run.account, run.region)
    request = {"cluster": run.cluster, "tasks": [task.arn for task in run.tasks]}
    try:
        shown = ask_ecs(tx, tick, place, "DescribeTasks", request)["tasks"]
    except AwsError:
        shown = []  # The cluster is gone, and its tasks with it.
    known = {each["taskArn"]: each for each in shown}
    essential = _essential(tx, tick, place, shown)
    tasks = [
        seen_task(task, known[task.arn], essential) if task.arn in known else lost_task(task)
        for task in run.tasks
    ]
    return tasks, essential


def _essential(
    tx: Tx, tick: Tick, place: tuple[str, str], shown: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    undecided = [each for each in shown if differs_by_container(each)]
    if not undecided:
        return ()
    request = {"taskDefinition": undecided[0]["taskDefinitionArn"]}
    try:
        answer = ask_ecs(tx, tick, place, "DescribeTaskDefinition", request)
    except AwsError:
        return ()
    containers = answer["taskDefinition"].get("containerDefinitions", ())
    return tuple(each["name"] for each in containers if each.get("essential", True))
