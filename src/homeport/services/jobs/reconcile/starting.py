"""How the tasks of a firing are asked for, by its reserved tags; sole maker of first runs."""

from typing import Final, assert_never

from msgspec.structs import replace

from homeport.kernel import arn as arns
from homeport.kernel.job_rules import JobRules
from homeport.runtime import Tick
from homeport.services.jobs.plan.asks import Ask
from homeport.services.jobs.plan.ecs_targets import value_of, with_time_limit
from homeport.services.jobs.plan.following import first_run
from homeport.services.jobs.plan.overlap import Skip, Start, TakeOver, overlap
from homeport.services.jobs.plan.room import is_no_room, is_no_room_error, is_nobody_there, reasons
from homeport.services.jobs.queries import firings, runs
from homeport.services.jobs.reconcile.asking import NOBODY_THERE, Failed, answer_of
from homeport.services.jobs.reconcile.ending import attempted, fail, skip
from homeport.services.jobs.reconcile.replacing import take_over
from homeport.services.jobs.reconcile.rules import rules_of
from homeport.services.jobs.records.firings import Attempt, Firing
from homeport.services.jobs.records.runs import Run
from homeport.store import Tx

ANSWERED: Final = (
    "RunTask answered that it found no place: a call that is answered is no dead letter."
)


def start_tasks(tx: Tx, tick: Tick, firing: Firing, ask: Ask) -> None:
    """Start the tasks of a firing, or record why it starts none now."""
    try:
        rules = rules_of(tx, tick, firing, ask)
    except Failed as failed:
        fail(tx, tick, firing, failed)
        return
    lane = firing.lane
    step: Start | Skip | TakeOver = Start()
    if rules.concurrency != "allow":
        step = overlap(
            rules.concurrency,
            firing,
            runs=runs.open_runs(tx, lane),
            waiting=firings.waiting_in_lane(tx, firing.wanted.source, lane),
        )
    match step:
        case Skip(reason):
            skip(tx, tick, firing, reason)
        case TakeOver():
            if take_over(tx, tick, firing, step):
                _start(tx, tick, firing, ask, rules)
        case Start():
            _start(tx, tick, firing, ask, rules)
        case _:
            assert_never(step)


def _start(tx: Tx, tick: Tick, firing: Firing, ask: Ask, rules: JobRules) -> None:
    if rules.time_limit_s is not None and ask.operation == "RunTask":
        ask = with_time_limit(ask, rules.time_limit_s)
    try:
        answer = answer_of(tx, tick, firing, [ask])
    except Failed as failed:
        if rules.queue_for_capacity and is_no_room_error(failed.message):
            _wait_for_room(tx, tick, firing, ask, failed.message)
        else:
            fail(tx, tick, firing, failed)
        return
    failures = answer.get("failures", ())
    if answer.get("tasks"):
        run = first_run(
            firing, ask, rules, tasks=answer["tasks"], run_id=tick.ids.uuid(), now=tick.now
        )
        _started(tx, tick, firing, run, missing=reasons(failures) if failures else "")
    elif rules.queue_for_capacity and is_no_room(failures):
        _wait_for_room(tx, tick, firing, ask, reasons(failures))
    elif is_nobody_there(failures):
        fail(tx, tick, firing, NOBODY_THERE)
    else:
        _no_place(tx, tick, firing, reasons(failures))


def _started(tx: Tx, tick: Tick, firing: Firing, run: Run, *, missing: str) -> None:
    """Record that the firing was delivered, and its first run; `missing`: why some found no
    place."""
    told = f"Some tasks found no place: {missing}" if missing else ""
    attempt = Attempt(
        number=firing.attempts_made + 1,
        at=tick.now,
        outcome=told or f"Started {len(run.tasks)} of ECS's tasks.",
    )
    delivered = replace(
        attempted(firing, attempt),
        state="DELIVERED",
        reason=told,
        next_attempt_at=None,
        delivered_at=tick.now,
        ended_at=tick.now,
        answer=" ".join(task.arn for task in run.tasks),
    )
    firings.save_firing(tx, firing, delivered, run_outcome=run.outcome)
    runs.insert_run(tx, run)
    if run.queue_for_capacity:
        tx.changed("room", run.cluster)  # There may be room for the next one that waits, too.


def _no_place(tx: Tx, tick: Tick, firing: Firing, why: str) -> None:
    attempt = Attempt(
        number=firing.attempts_made + 1, at=tick.now, outcome=f"No task was started: {why}"
    )
    over = replace(
        attempted(firing, attempt),
        state="FAILED",
        reason=why,
        next_attempt_at=None,
        ended_at=tick.now,
        closed_at=tick.now,
        dead_letter_problem=ANSWERED if firing.wanted.dead_letter_arn else "",
    )
    firings.save_firing(tx, firing, over)


def _wait_for_room(tx: Tx, tick: Tick, firing: Firing, ask: Ask, why: str) -> None:
    """It waits, however long: that is no attempt, and not counted in its age."""
    waiting = replace(
        firing,
        state="WAITING",
        reason=f"It waits for room: {why}",
        next_attempt_at=None,
        waits_for=f"room {cluster_of(firing, ask)}",
        waiting_since=tick.now,
    )
    firings.save_firing(tx, firing, waiting)


def cluster_of(firing: Firing, ask: Ask) -> str:
    """The ARN of the cluster that is asked for tasks."""
    said = value_of(ask.members, "cluster") or "default"
    if arns.is_arn(said):
        return str(said)
    region = ask.region or firing.wanted.region
    return str(arns.Arn("ecs", region, firing.wanted.account, f"cluster/{said}"))
