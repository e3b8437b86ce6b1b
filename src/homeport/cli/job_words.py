"""What `homeport jobs` says of schedules, rules and their runs.  Pure: answers in, lines out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from homeport.cli.showing import count, lasting, short

Told = Mapping[str, Any]

UNDER_WAY: Final = ("PENDING", "WAITING", "RUNNING", "RETRYING")
GOOD: Final = ("SUCCEEDED", "DELIVERED")
MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S
COLUMNS: Final = ("NAME", "GROUP", "SCHEDULE", "STATE", "LAST RUN", "NEXT RUN", "SUCCESS")


def overview(jobs: Sequence[Told], now: float) -> list[tuple[str, ...]]:
    """A heading and a row for each job."""
    return [COLUMNS, *(_row(each, now) for each in jobs)]


def named(job: Told) -> str:
    """``schedule nightly of group default``."""
    place = "group" if job["kind"] == "schedule" else "bus"
    return f"{job['kind']} {job['name']} of {place} {job['group']}"


def heading(job: Told, now: float) -> str:
    """A job in a line."""
    words = [
        named(job),
        schedule_of(job),
        job["state"],
        *(f"{each['key']}={each['value']}" for each in job.get("tags", ())),
    ]
    following = next_of(job, now)
    return " · ".join([*words, f"next run {following}"] if following != "-" else words)


def run_lines(run: Told, now: float) -> Iterator[str]:
    """A run: one line, and below it what else there is to say."""
    words = [moment(run["dueAt"]), run["outcome"], *_figures(run, now), *_notes(run)]
    yield "  ".join([words[0], f"{words[1]:<9}", *words[2:]]).rstrip()
    if run.get("reason") and run["outcome"] not in GOOD:
        yield f"    {run['reason']}"
    failed = [each for each in run["deliveryAttempts"] if each.get("errorCode")]
    for each in failed:
        told = f"{each['errorCode']}: {each.get('errorMessage', '')}"
        yield f"    try {each['number']}  {moment(each['at'])}  {told}"
    if len(run["attempts"]) > 1:
        for each in run["attempts"]:
            yield f"    {attempt_line(each)}"
    if run.get("deadLetterProblem"):
        yield f"    not in the dead-letter queue: {run['deadLetterProblem']}"


def attempt_line(attempt: Told) -> str:
    """One time that the tasks of a run were started."""
    words = [f"attempt {attempt['number']}", attempt["outcome"]]
    if "exitCode" in attempt:
        words.append(f"exit code {attempt['exitCode']}")
    if "durationSeconds" in attempt:
        words.append(f"took {lasting(attempt['durationSeconds'])}")
    words.extend(short(each["taskArn"]) for each in attempt["tasks"])
    told = "" if attempt["outcome"] in GOOD else attempt.get("reason", "")
    return "  ".join(words) + (f": {told}" if told else "")


def job_lines(answer: Told, task_arn: str) -> Iterator[str]:
    """Which run of which job had a task started; nothing when none had."""
    for run in answer["runs"]:
        how = "run by hand at" if run["byHand"] else "due at"
        yield f"asked for by {named(answer['job'])}, {how} {moment(run['dueAt'])}"
        for each in run["attempts"]:
            if len(run["attempts"]) > 1 and task_arn in (t["taskArn"] for t in each["tasks"]):
                yield f"attempt {each['number']} of {len(run['attempts'])}"


def last_of(job: Told, now: float) -> str:
    """``succeeded 3 min ago``, ``failed (exit code 3) 2 h ago``, ``running for 12 s``."""
    run = job.get("lastRun")
    if run is None:
        return "-"
    outcome = str(run["outcome"])
    words = outcome.lower().replace("_", " ")
    if outcome == "RUNNING":
        since = run.get("startedAt", run.get("deliveredAt"))
        return words if since is None else f"{words} for {roughly(now - since)}"
    if outcome == "MISSED" and run.get("missedCount", 1) > 1:
        words = f"missed {run['missedCount']} runs"
    elif outcome == "FAILED" and "exitCode" in run:
        words = f"{words} (exit code {run['exitCode']})"
    return f"{words} {ago(run.get('finishedAt', run['dueAt']), now)}"


def next_of(job: Told, now: float) -> str:
    """``in 4 min``; a dash for none."""
    at = job.get("nextRunAt")
    if at is None or job["state"] != "ENABLED":
        return "-"
    return f"in {roughly(at - now)}" if at - now >= 1 else "now"


def schedule_of(job: Told) -> str:
    """The expression, with the zone where it matters."""
    expression = job.get("scheduleExpression")
    if expression is None:
        return "-" if job["state"] == "DELETED" else "on events"
    zone = job.get("scheduleExpressionTimezone", "UTC")
    return str(expression) if zone == "UTC" else f"{expression} {zone}"


def success_of(job: Told) -> str:
    """``98 % of 120``: the share that succeeded of those that succeeded or failed."""
    rate = job.get("successRate")
    if rate is None:
        return "-"
    # Only all is a hundred, and only none is nothing.
    percent = round(rate * 100) if rate in (0, 1) else min(99, max(1, round(rate * 100)))
    return f"{percent} % of {job['succeeded'] + job['failed']}"


def roughly(seconds: float) -> str:
    """A span as a person says it: ``40 s``, ``4 min``, ``3 h 5 min``, ``2 days``."""
    if seconds < MINUTE_S:
        return f"{max(0, int(seconds))} s"
    if seconds < HOUR_S:
        return f"{int(seconds // MINUTE_S)} min"
    if seconds < DAY_S:
        hours, rest = divmod(int(seconds), HOUR_S)
        minutes = rest // MINUTE_S
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return count(int(seconds // DAY_S), "day")


def ago(at: float, now: float) -> str:
    """How long ago a moment was."""
    return f"{roughly(now - at)} ago" if now - at >= 1 else "just now"


def moment(at: float) -> str:
    """Local date and time."""
    local = datetime.fromtimestamp(at, UTC).astimezone()
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _row(job: Told, now: float) -> tuple[str, ...]:
    return (
        job["name"],
        job["group"] if job["kind"] == "schedule" else f"bus {job['group']}",
        schedule_of(job),
        job["state"],
        last_of(job, now),
        next_of(job, now),
        success_of(job),
    )


def _figures(run: Told, now: float) -> Iterator[str]:
    if run["outcome"] == "PENDING" and run["dueAt"] > now:
        yield f"due in {roughly(run['dueAt'] - now)}"
    if "latenessSeconds" in run:
        yield f"late {lasting(run['latenessSeconds'])}"
    if "durationSeconds" in run:
        yield f"took {lasting(run['durationSeconds'])}"
    if "exitCode" in run:
        yield f"exit code {run['exitCode']}"
    yield from (short(each) for each in run["taskArns"][-1:])


def _notes(run: Told) -> Iterator[str]:
    notes = []
    if len(run["taskArns"]) > 1:
        notes.append(count(len(run["taskArns"]), "task"))
    if len(run["attempts"]) > 1:
        notes.append(count(len(run["attempts"]), "attempt"))
    if run["deliveryAttemptCount"] > 1:
        notes.append(f"tried {run['deliveryAttemptCount']} times")
    if run.get("missedCount", 0) > 1:
        notes.append(f"{run['missedCount']} runs")
    if run.get("targetId"):
        notes.append(f"target {run['targetId']}")
    if run["byHand"]:
        notes.append("by hand")
    if run["deadLettered"]:
        notes.append("dead-lettered")
    if notes:
        yield " · ".join(notes)
