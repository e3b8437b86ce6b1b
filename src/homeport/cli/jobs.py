"""`homeport jobs`: schedules and rules, last and next runs; the runs of one; one run now."""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import CallRefused, Client
from homeport.cli.job_following import RunsFollower
from homeport.cli.job_words import GOOD, heading, overview, run_lines
from homeport.cli.options import state_dir_option
from homeport.cli.showing import aligned, show

RUN: Final = "run"
PAGE_MAX: Final = 100
LISTED: Final = 20
LISTED_MAX: Final = 10_000
FAILED: Final = 1
LEFT: Final = 130
"""As of a program that Ctrl-C ended."""


@click.command()
@click.argument("words", nargs=-1, metavar="[[run] NAME]")
@click.option("--group", help="Only of this group of schedules, or this bus of rules.")
@click.option("--kind", type=click.Choice(["schedule", "rule"]), help="Only these.")
@click.option("--outcome", help="Only runs that came to this: succeeded, failed, missed ….")
@click.option(
    "--limit",
    type=click.IntRange(1, LISTED_MAX),
    help=f"How many runs at most.  [default: {LISTED}; with --json {PAGE_MAX}]",
)
@click.option("--wait", is_flag=True, help="Follow the run until it is over.")
@click.option("--json", is_flag=True, help="What the API answers, for machines.")
@state_dir_option
def jobs(words: tuple[str, ...], state_dir: Path, **options: Any) -> None:
    """Show schedules and rules, the runs of one, or run one now.

    \b
    homeport jobs            every schedule and rule, with its last and next run
    homeport jobs NAME       its runs, the newest first
    homeport jobs run NAME   runs it now; with --wait exits with 0 only if it succeeded

    NAME may be an ARN.
    """
    client = partial(Client.of, StateDir(state_dir))
    as_json = options["json"]
    chosen = {key: options[key] for key in ("group", "kind") if options[key]}
    try:
        match words:
            case ():
                _refuse(options, "outcome", "limit", "wait")
                _show_jobs(client(), chosen, as_json=as_json)
            case (name,):
                _refuse(options, "wait")
                asked = {"job": name, **chosen}
                if options["outcome"]:
                    asked["outcome"] = options["outcome"].upper().replace("-", "_")
                limit = options["limit"] or (PAGE_MAX if as_json else LISTED)
                _show_runs(client(), asked, limit, as_json=as_json)
            case (first, name) if first == RUN:
                _refuse(options, "outcome", "limit")
                asked = {"job": name, **chosen}
                sys.exit(_run(client, asked, wait=options["wait"], as_json=as_json))
            case _:
                raise click.UsageError("give nothing, NAME, or run NAME")
    except CallRefused as refused:
        raise click.ClickException(refused.text) from None


def _refuse(options: dict[str, Any], *names: str) -> None:
    for name in names:
        if options[name]:
            use = "with run NAME" if name == "wait" else "with NAME"
            raise click.UsageError(f"--{name} is of use only {use}")


def _show_jobs(client: Client, chosen: dict[str, Any], *, as_json: bool) -> None:
    answer = _whole(client, "ListJobs", {**chosen, "maxResults": PAGE_MAX}, "jobs")
    if as_json:
        _print(answer)
    elif answer["jobs"]:
        for line in aligned(overview(answer["jobs"], answer["at"])):
            show(line)
    else:
        click.echo("homeport: There is no schedule and no rule here.", err=True)


def _show_runs(client: Client, asked: dict[str, Any], limit: int, *, as_json: bool) -> None:
    asked = {**asked, "maxResults": min(PAGE_MAX, limit)}
    answer = _whole(client, "ListJobRuns", asked, "runs", limit)
    if as_json:
        _print(answer)
        return
    show(heading(answer["job"], answer["at"]))
    for run in answer["runs"]:
        for line in run_lines(run, answer["at"]):
            show(line)


def _run(client: "partial[Client]", asked: dict[str, Any], *, wait: bool, as_json: bool) -> int:
    answer = client().call("homeport", "RunJob", asked)
    if not wait:
        if as_json:
            _print(answer)
        else:
            show(f"{answer['jobArn']} runs: {', '.join(answer['ids'])}")
        return 0
    follower = RunsFollower(client, answer["jobArn"], answer["ids"], quiet=as_json)
    try:
        runs = follower.until_over()
    except KeyboardInterrupt:
        click.echo("homeport: Not watched any longer; the run goes on.", err=True)
        return LEFT
    if as_json:
        _print({**answer, "runs": runs})
    else:
        follower.say_how_it_ended(runs)
    return 0 if all(each["outcome"] in GOOD for each in runs) else FAILED


def _whole(
    client: Client, operation: str, asked: dict[str, Any], what: str, limit: int | None = None
) -> dict[str, Any]:
    """The answer with the items of its pages in one list, at most so many of them."""
    whole: dict[str, Any] = client.call("homeport", operation, asked)
    token = whole.pop("nextToken", None)
    while token is not None and (limit is None or len(whole[what]) < limit):
        page = client.call("homeport", operation, {**asked, "nextToken": token})
        whole[what] += page[what]
        token = page.get("nextToken")
    whole[what] = whole[what][:limit]
    return whole


def _print(told: dict[str, Any]) -> None:
    show(json.dumps(told, indent=2))
