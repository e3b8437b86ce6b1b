"""What a run asks for: the first what its firing does, one that follows another the same, for as
many tasks as failed.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from homeport.kernel.job_rules import JobRules
from homeport.services.jobs.plan.asks import Ask
from homeport.services.jobs.plan.ecs_targets import with_count, with_token
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run, RunTask

_ASK: Final = msgspec.json.Decoder(Ask)


def first_run(
    firing: Firing,
    ask: Ask,
    rules: JobRules,
    *,
    tasks: Sequence[Mapping[str, Any]],
    run_id: str,
    now: float,
) -> Run:
    """The run that a firing is delivered with; `tasks` as ECS answered."""
    return Run(
        id=run_id,
        firing_id=firing.id,
        source=firing.wanted.source,
        lane=firing.lane,
        account=firing.wanted.account,
        region=ask.region or firing.wanted.region,
        number=1,
        requested_at=now,
        request=msgspec.json.encode(ask).decode(),
        cluster=tasks[0].get("clusterArn", ""),
        tasks=tuple(RunTask(arn=each["taskArn"]) for each in tasks),
        retries_left=rules.retry_attempts,
        retry_exit_codes=rules.retry_exit_codes,
        retry_stop_codes=rules.retry_stop_codes,
        queue_for_capacity=rules.queue_for_capacity,
    )


def request_of(run: Run) -> Ask:
    """What a run asks for."""
    return _ASK.decode(run.request)


def following_request(run: Run, count: int) -> str:
    """What the run after this one asks for: told apart by its token, so that ECS starts tasks."""
    ask = with_token(request_of(run), f"{run.firing_id}-{run.number + 1}")
    return msgspec.json.encode(with_count(ask, max(1, count))).decode()
