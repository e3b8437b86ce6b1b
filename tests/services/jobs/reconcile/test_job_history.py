"""How long the ledger keeps firings, and that a thousand of them are each one task."""

from sqlalchemy import func, select

from homeport.services.jobs import tables
from homeport.services.jobs.queries.firings import FORGOTTEN_AT_ONCE
from jobs_world import HISTORY_S, JobsWorld, ecs_target
from task_definition_documents import container, document


def counts(jobs: JobsWorld) -> tuple[int, int, int]:
    def read(table: object) -> int:
        return int(jobs.store.read(lambda tx: tx.scalar(select(func.count()).select_from(table))))  # type: ignore[arg-type]

    return read(tables.firings), read(tables.runs), read(tables.run_tasks)


def test_a_firing_is_forgotten_with_its_runs_after_the_task_history(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    jobs.end(jobs.run(firing_id).tasks[0].arn)
    jobs.plane.sweep()
    jobs.later(HISTORY_S)
    assert counts(jobs) == (1, 1, 1)
    jobs.later(61.0)
    assert counts(jobs) == (0, 0, 0)


def test_a_firing_whose_run_is_under_way_is_kept(jobs: JobsWorld) -> None:
    firing_id = jobs.fire(ecs_target())
    jobs.start(jobs.run(firing_id).tasks[0].arn)
    jobs.plane.sweep()
    jobs.later(10 * HISTORY_S)
    assert counts(jobs) == (1, 1, 1)


def test_many_are_forgotten_in_several_passes(jobs: JobsWorld) -> None:
    for _ in range(FORGOTTEN_AT_ONCE + 1):
        jobs.ask_for(ecs_target(TaskDefinitionArn="nothing"), max_retries=0)
    jobs.plane.sweep()
    jobs.later(HISTORY_S + 61.0)
    assert counts(jobs) == (0, 0, 0)


def test_a_thousand_firings_are_a_thousand_tasks(jobs: JobsWorld) -> None:
    jobs.plane.ask("RegisterTaskDefinition", **document(container(memory=4, cpu=0), family="tiny"))
    target = ecs_target(TaskDefinitionArn="tiny")
    ids = [
        jobs.ask_for(target, source=f"arn:schedule/{number % 40}", token=str(number))
        for number in range(1_000)
    ]
    jobs.plane.drain()
    jobs.plane.sweep()
    assert counts(jobs) == (1_000, 1_000, 1_000)
    assert {jobs.firing(each).state for each in ids} == {"DELIVERED"}
    tasks = {jobs.run(each).tasks[0].arn for each in ids}
    assert len(tasks) == 1_000
