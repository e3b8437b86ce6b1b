"""ListJobs, ListJobRuns, RunJob: the ledger, in Homeport's own operations.

What is listed is what was recorded; to run a job is to record a firing of it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.jobs.api.finding import (
    Found,
    bad_token,
    check_kind,
    find,
    known,
    page_key,
)
from homeport.services.jobs.errors import InvalidParameterException, JobNotFoundException
from homeport.services.jobs.plan import naming
from homeport.services.jobs.queries import firings, lists, runs
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.ledger import NamedJob, Tally
from homeport.services.jobs.records.outcomes import OUTCOMES
from homeport.services.jobs.render import jobs as render
from homeport.services.jobs.render import runs as render_runs
from homeport.shapes import homeport as shapes
from homeport.store import ReadTx, Tx

PAGE: Final = 50
NO_TALLY: Final = Tally()


@operation("ListJobs")
def list_jobs(tx: ReadTx, call: Call, request: shapes.ListJobsRequest) -> shapes.ListJobsResponse:
    """Every schedule and rule with what the ledger has of it, by group and name."""
    check_kind(request.get("kind"))
    every = known(tx, call)
    prefix, after = request.get("namePrefix", ""), page_key(request.get("nextToken"))
    names = [
        each
        for each in naming.wanted(every.names, request.get("kind"), request.get("group"))
        if each.name.startswith(prefix) and (after is None or _key(each) > after)
    ]
    most = request.get("maxResults", PAGE)
    shown, token = page(names[: most + 1], _key, most)
    tallies = lists.tallies(tx, call.account, call.region, [each.arn for each in shown])
    last = _last_runs(tx, call, [each.arn for each in shown if each.arn in tallies])
    answer: shapes.ListJobsResponse = {
        "at": call.now,
        "jobs": [
            render.with_history(
                render.job(each, every.sources.get(each.arn)),
                tallies.get(each.arn, NO_TALLY),
                last.get(each.arn),
            )
            for each in shown
        ],
    }
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("ListJobRuns")
def list_job_runs(
    tx: ReadTx, call: Call, request: shapes.ListJobRunsRequest
) -> shapes.ListJobRunsResponse:
    """The firings of a job with all that came of them, the newest first; or the one of a task."""
    if ("job" in request) == ("task" in request):
        raise InvalidParameterException("Say whose runs are meant: either a job or a task.")
    outcome = request.get("outcome")
    if outcome is not None and outcome not in OUTCOMES:
        raise InvalidParameterException(
            f"outcome is one of {', '.join(OUTCOMES)}, not {outcome!r}."
        )
    if "task" in request:
        return _run_of_task(tx, call, request["task"])
    job = find(tx, call, request["job"], request.get("kind"), request.get("group"))
    shown, token = _page(tx, call, job.name.arn, request)
    answer: shapes.ListJobRunsResponse = {
        "at": call.now,
        "job": render.job(job.name, job.source),
        "runs": list(_runs(tx, shown).values()),
    }
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("RunJob")
def run_job(tx: Tx, call: Call, request: shapes.RunJobRequest) -> shapes.RunJobResponse:
    """Fire a job once now, whatever its state; what comes of it is in the ledger."""
    found = find(tx, call, request["job"], request.get("kind"), request.get("group"))
    peers, job = call.peers, _runnable(found)
    sources = peers.schedules if found.name.kind == "schedule" else peers.rules
    ids = sources.fire_now(tx, job.arn, now=call.now, ids=call.ids)
    if not ids:
        raise InvalidParameterException(
            f"The {naming.described(found.name)} has no target: there is nothing to run."
        )
    return {"at": call.now, "jobArn": job.arn, "ids": list(ids)}


def _run_of_task(tx: ReadTx, call: Call, task: str) -> shapes.ListJobRunsResponse:
    """What a task was started for; nothing when no job started it."""
    run = runs.run_of_task(tx, task)
    firing = None if run is None else firings.find_firing(tx, run.firing_id)
    here = (call.account, call.region)
    if firing is None or (firing.wanted.account, firing.wanted.region) != here:
        return {"at": call.now, "runs": []}
    job = find(tx, call, firing.wanted.source, None, None)
    return {
        "at": call.now,
        "job": render.job(job.name, job.source),
        "runs": list(_runs(tx, [firing]).values()),
    }


def _page(
    tx: ReadTx, call: Call, arn: str, request: shapes.ListJobRunsRequest
) -> tuple[Sequence[Firing], str | None]:
    """The firings that are asked for, and the token for the rest."""
    before = _sequence(page_key(request.get("nextToken")))
    if "ids" in request:
        return lists.by_ids(tx, arn, request["ids"]), None
    most, place = request.get("maxResults", PAGE), (call.account, call.region)
    found = lists.page_of(
        tx, place, arn, outcome=request.get("outcome"), before=before, most=most + 1
    )
    return page(found, lambda each: str(each.sequence), most)


def _runnable(found: Found) -> NamedJob:
    told = naming.described(found.name)
    if found.source is None:
        raise JobNotFoundException(f"The {told} was deleted: only its history is left.")
    if not found.source.expression:
        raise InvalidParameterException(
            f"The {told} only has an event pattern: without an event there is nothing to run."
        )
    return found.name


def _last_runs(tx: ReadTx, call: Call, arns: list[str]) -> Mapping[str, shapes.JobRun]:
    """The newest run of each job that was due already."""
    found = [lists.last_firing(tx, arn, until=call.now) for arn in arns]
    shown = _runs(tx, [each for each in found if each is not None])
    return {each["jobArn"]: each for each in shown.values()}


def _runs(tx: ReadTx, found: Sequence[Firing]) -> dict[str, shapes.JobRun]:
    """Firings by their ids, in their order, with what came of them."""
    attempts = lists.runs_of(tx, [each.id for each in found])
    return {each.id: render_runs.run(each, attempts.get(each.id, ())) for each in found}


def _key(job: NamedJob) -> str:
    """Sorts as `NamedJob.place` does: no name has anything before the line's end."""
    return "\n".join(job.place)


def _sequence(key: str | None) -> int:
    if key is None:
        return lists.NEWEST
    if not key.isdecimal() or len(key) > 18:
        raise bad_token()
    return int(key)
