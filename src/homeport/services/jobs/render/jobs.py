"""Schedules and rules with their history in short, as Homeport's own API shows them."""

from homeport.contracts.job_sources import Job
from homeport.kernel.job_rules import is_reserved
from homeport.services.jobs.records.ledger import NamedJob, Tally
from homeport.shapes import homeport as shapes


def job(of: NamedJob, source: Job | None) -> shapes.Job:
    """The model's `Job` without its history; without `source` it was deleted."""
    shown: shapes.Job = {
        "jobArn": of.arn,
        "kind": of.kind,
        "group": of.group,
        "name": of.name,
        "state": "DELETED" if source is None else source.state,
    }
    if source is not None:
        _tell_source(shown, source)
    return shown


def with_history(of: shapes.Job, tally: Tally, last: shapes.JobRun | None) -> shapes.Job:
    """The job with what the ledger has of it, in short."""
    shown = of | shapes.Job(
        firings=tally.firings,
        succeeded=tally.succeeded,
        failed=tally.failed,
        stopped=tally.of("STOPPED"),
        skipped=tally.of("SKIPPED"),
        missed=tally.of("MISSED"),
        underWay=tally.under_way,
    )
    if tally.success_rate is not None:
        shown["successRate"] = tally.success_rate
    if last is not None:
        shown["lastRun"] = last
    return shown


def _tell_source(shown: shapes.Job, source: Job) -> None:
    shown["targetArns"] = list(source.target_arns)
    shown["tags"] = [{"key": key, "value": value} for key, value in source.tags if is_reserved(key)]
    if source.expression:
        shown["scheduleExpression"] = source.expression
        shown["scheduleExpressionTimezone"] = source.zone
    if source.next_at is not None:
        shown["nextRunAt"] = source.next_at
