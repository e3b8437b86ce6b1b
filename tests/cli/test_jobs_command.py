"""`homeport jobs` against a real gateway, with schedules that stock boto3 made."""

import fcntl
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from homeport.app.state_dir import LOCK, Credentials, Running, StateDir
from homeport.cli import cli
from homeport.cli.job_words import job_lines
from homeport.store import Change, Store
from ledger_world import CLUSTER, QUEUE, LedgerWorld, ledger_world
from root_asking import REGION, ROOT

Command = Callable[..., Result]


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[LedgerWorld]:
    with ledger_world(store, tmp_path) as opened:
        yield opened


@pytest.fixture
def homeport(world: LedgerWorld, tmp_path: Path) -> Iterator[Command]:
    """The command line on the state directory of what is served."""
    directory = StateDir(tmp_path / "state")
    directory.path.mkdir()
    with (directory.path / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        directory.credentials(Credentials(*ROOT))
        directory.say_running(Running(1, world.client.endpoint, REGION))
        place = ("--state-dir", str(directory.path))
        yield lambda *words: CliRunner().invoke(cli, [*words, *place])


def shown(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_every_job_has_a_line_with_its_last_and_next_run(
    world: LedgerWorld, homeport: Command
) -> None:
    world.schedule("off", State="DISABLED")
    arn = world.schedule("report", ScheduleExpression="rate(7 days)")
    world.run(world.fire(arn), "FAILED", 3)
    heading, off, report = shown(homeport("jobs"))
    assert heading.split()[:4] == ["NAME", "GROUP", "SCHEDULE", "STATE"]
    assert off.split() == ["off", "default", "rate(1", "hour)", "DISABLED", "-", "-", "-"]
    assert report.startswith("report  default  rate(7 days)  ENABLED   failed (exit code 3) ")
    assert report.endswith("0 % of 1")
    [only] = json.loads(homeport("jobs", "--json", "--kind", "schedule").output)["jobs"][1:]
    assert (only["name"], only["failed"]) == ("report", 1)


def test_without_jobs_a_sentence_says_so(homeport: Command) -> None:
    result = homeport("jobs")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "homeport: There is no schedule and no rule here.\n"


def test_many_jobs_are_read_in_pages(world: LedgerWorld, homeport: Command) -> None:
    for number in range(103):
        world.schedule(f"job-{number:03}", State="DISABLED")
    assert len(shown(homeport("jobs"))) == 104


def test_the_runs_of_a_job_are_shown_the_newest_first(
    world: LedgerWorld, homeport: Command
) -> None:
    arn = world.schedule("report")
    firing = world.fire(arn)
    world.run(firing, "FAILED", 3)
    world.run(firing, "SUCCEEDED", 0)
    error = ("ClientException", "TaskDefinition is inactive")
    world.given_up(world.fire(arn), error=error, queue=QUEUE)
    head, newest, reason, one, two, older, *attempts = shown(homeport("jobs", "report"))
    assert head.startswith("schedule report of group default · rate(1 hour) · ENABLED")
    assert "FAILED" in newest
    assert newest.endswith("tried 2 times · dead-lettered")
    assert reason == "    It was given up."
    assert one.endswith("ClientException: TaskDefinition is inactive")
    assert two.startswith("    try 2  ")
    assert "SUCCEEDED" in older
    assert "2 attempts" in older
    assert [each.split()[:3] for each in attempts] == [
        ["attempt", "1", "FAILED"],
        ["attempt", "2", "SUCCEEDED"],
    ]


def test_runs_can_be_limited_and_chosen_by_outcome(world: LedgerWorld, homeport: Command) -> None:
    arn = world.schedule("report")
    made = [world.fire(arn) for _ in range(105)]
    world.run(made[3], "TIMED_OUT", 137)

    def ids(*words: str) -> list[str]:
        told = json.loads(homeport("jobs", "report", "--json", *words).output)
        return [each["id"] for each in told["runs"]]

    assert ids("--limit", "2") == made[:-3:-1]
    assert ids("--limit", "103") == made[:1:-1]
    assert ids("--outcome", "timed-out") == [made[3]]
    assert len(ids()) == 100
    assert len(shown(homeport("jobs", "report"))) == 21


def test_a_job_is_run_and_not_waited_for(world: LedgerWorld, homeport: Command) -> None:
    arn = world.schedule("report", State="DISABLED")
    [line] = shown(homeport("jobs", "run", "report"))
    [run] = world.ask("ListJobRuns", job=arn)["runs"]
    assert line == f"{arn} runs: {run['id']}"
    assert run["byHand"]


@pytest.fixture
def ends(world: LedgerWorld, store: Store) -> Iterator[Callable[..., None]]:
    """`ends(...)`: what the next firing comes to, some time after it was committed."""
    wanted: dict[str, Any] = {}
    threads: list[threading.Thread] = []

    def hear(changes: Sequence[Change]) -> None:
        if wanted and any(each.kind == "firing" for each in changes):
            act = wanted.pop("act")
            threads.append(threading.Thread(target=act))
            threads[-1].start()

    stop = store.feed.listen(hear)

    def then(act: Callable[[str], object]) -> None:
        def newest() -> None:
            [job] = world.ask("ListJobs")["jobs"]
            act(world.ask("ListJobRuns", job=job["jobArn"])["runs"][0]["id"])

        wanted["act"] = newest

    yield then
    stop()
    for each in threads:
        each.join(30)


def test_waiting_ends_well_when_the_run_succeeded(
    world: LedgerWorld, homeport: Command, ends: Callable[..., None]
) -> None:
    world.schedule("report")

    def tried_again(firing: str) -> None:
        world.run(firing, "FAILED", 3)
        world.run(firing, "SUCCEEDED", 0)

    ends(tried_again)
    result = homeport("jobs", "run", "report", "--wait")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "SUCCEEDED · exit code 0 · took 2.0 s · 2 attempts"


def test_waiting_ends_with_1_when_the_run_failed_and_says_why(
    world: LedgerWorld, homeport: Command, ends: Callable[..., None]
) -> None:
    world.schedule("report")
    ends(lambda firing: world.run(firing, "FAILED", 3))
    result = homeport("jobs", "run", "report", "--wait")
    assert result.exit_code == 1
    assert "FAILED · exit code 3 · took 2.0 s: Essential container in task exited" in result.output


def test_waiting_for_what_was_given_up_names_the_queue(
    world: LedgerWorld, homeport: Command, ends: Callable[..., None]
) -> None:
    world.schedule("report")
    error = ("ClientException", "TaskDefinition is inactive")
    ends(lambda firing: world.given_up(firing, error=error, queue=QUEUE))
    result = homeport("jobs", "run", "report", "--wait", "--json")
    assert result.exit_code == 1
    [run] = json.loads(result.output)["runs"]
    assert run["deadLetterQueueArn"] == QUEUE


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("jobs", "reprot"), "There is no schedule and no rule reprot. Did you mean report?"),
        (("jobs", "run", "nothing"), "There is no schedule and no rule nothing."),
        (("jobs", "run", "twice"), "twice is the name of 2 jobs: schedule twice of group default;"),
        (("jobs", CLUSTER), f"{CLUSTER} is the ARN of neither a schedule nor a rule."),
        (("jobs", "report", "--outcome", "good"), "outcome is one of PENDING, WAITING, RUNNING,"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_on_stderr(
    world: LedgerWorld, homeport: Command, words: tuple[str, ...], told: str
) -> None:
    world.schedule("report")
    world.group("nights")
    for group in ("default", "nights"):
        world.schedule("twice", group)
    result = homeport(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {told}")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "--wait"),
        ("jobs", "--limit", "3"),
        ("jobs", "report", "--wait"),
        ("jobs", "run", "report", "--outcome", "failed"),
        ("jobs", "stop", "report"),
        ("jobs", "run", "one", "two"),
        ("jobs", "report", "--limit", "0"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    homeport: Command, words: tuple[str, ...]
) -> None:
    assert homeport(*words).exit_code == 2


def test_a_job_may_be_called_run(world: LedgerWorld, homeport: Command) -> None:
    arn = world.schedule("run")
    assert shown(homeport("jobs", "run"))[0].startswith("schedule run of group default")
    assert shown(homeport("jobs", "run", "run"))[0].startswith(f"{arn} runs: ")


def test_why_says_which_run_of_which_job_asked_for_a_task(
    world: LedgerWorld, homeport: Command
) -> None:
    firing = world.fire(world.schedule("report"))
    first, second = world.run(firing, "FAILED", 3), world.run(firing, "SUCCEEDED", 0)
    told = {
        task: list(job_lines(world.ask("ListJobRuns", task=task), task))
        for task in (first, second, "other")
    }
    assert told[first][0].startswith("asked for by schedule report of group default, due at ")
    assert (told[first][1], told[second][1]) == ("attempt 1 of 2", "attempt 2 of 2")
    assert told["other"] == []
