"""`homeport events`: what happens in ECS, as the events that EventBridge would get."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import NEWEST, Client
from homeport.cli.options import state_dir_option
from homeport.cli.showing import clock, short, show
from homeport.cli.wakes import TROUBLE


@click.command()
@click.option("--follow", is_flag=True, help="Go on with those to come, until Ctrl-C.")
@click.option("--after", default="0", metavar="N", help="Only those after sequence N, or newest.")
@click.option("--pretty", is_flag=True, help="A line for people instead of JSON.")
@state_dir_option
def events(follow: bool, after: str, pretty: bool, state_dir: Path) -> None:
    """Print the events of ECS in order, each a line of JSON in EventBridge's form."""
    if after != NEWEST and not after.isdecimal():
        raise click.BadParameter(f"a number or {NEWEST!r}", param_hint="--after")
    client = Client.of(StateDir(state_dir))
    last: int | str = after
    try:
        for event in client.events(after=after, follow=follow):
            last = int(event["sequence"])
            show(line_of(event) if pretty else json.dumps(event, separators=(",", ":")))
    except KeyboardInterrupt:
        return
    except TROUBLE as error:
        raise click.ClickException(f"Homeport went away; go on with --after {last}") from error
    if follow:
        raise click.ClickException(f"Homeport went away; go on with --after {last}")


def line_of(event: Mapping[str, Any]) -> str:
    """An event as a person reads it: when, what it is about, what happened."""
    at = clock(datetime.fromisoformat(event["time"]).timestamp()).partition(".")[0]
    about = ", ".join(short(arn) for arn in event["resources"])
    return f"{at}  {event['sequence']:>6}  {_what(event['detail-type'], about, event['detail'])}"


def _what(kind: str, about: str, detail: Mapping[str, Any]) -> str:
    match kind:
        case "ECS Task State Change":
            return f"task {about} ({detail.get('group', '')}) {_of_task(detail)}"
        case "ECS Container Instance State Change":
            link = "connected" if detail.get("agentConnected") else "disconnected"
            return f"instance {about} {detail.get('status', '')}, {link}"
        case "ECS Service Action" | "ECS Deployment State Change":
            words = (detail["eventType"], detail["eventName"], detail.get("reason", ""))
            return f"service {about} {' '.join(each for each in words if each)}"
        case _:
            return f"{kind} {about}"


def _of_task(detail: Mapping[str, Any]) -> str:
    last, wanted = detail.get("lastStatus", ""), detail.get("desiredStatus", "")
    if last == "STOPPED":
        return f"STOPPED {detail.get('stopCode', '')}: {detail.get('stoppedReason', '')}"
    return str(last) if wanted in ("RUNNING", last) else f"{last}, to be {wanted}"
