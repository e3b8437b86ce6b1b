"""`homeport why`: one page about a stopped or stuck task, or about a service."""

from pathlib import Path
from typing import Final

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import CallRefused, Client
from homeport.cli.job_words import job_lines
from homeport.cli.options import state_dir_option
from homeport.cli.showing import page
from homeport.cli.why_service import show_service
from homeport.cli.why_task import show_task

UNKNOWN: Final = ("InvalidParameterException", "ServiceNotFoundException")
"""Errors of what is no task, or no service."""


@click.command()
@click.argument("name", metavar="TASK|SERVICE")
@click.option("--cluster", default="default", show_default=True, help="Where to look for an id.")
@state_dir_option
def why(name: str, cluster: str, state_dir: Path) -> None:
    """Say what happened to a task (an id or ARN), or what a service (a name or ARN) waits for.

    Everything is in order, with every error in full.
    """
    client = Client.of(StateDir(state_dir))
    if ":service/" in name:
        _service(client, name, cluster)
    elif ":task/" in name:
        _task(client, name, cluster)
    else:
        _whichever(client, name, cluster)


def _whichever(client: Client, name: str, cluster: str) -> None:
    for show in (_task, _service):
        try:
            show(client, name, cluster)
        except CallRefused as refused:
            if refused.kind not in UNKNOWN:
                raise
        else:
            return
    raise click.ClickException(f"cluster {cluster} has no task and no service {name!r}")


def _task(client: Client, task: str, cluster: str) -> None:
    told = client.call("homeport", "ExplainTask", {"task": task, "cluster": cluster})["explanation"]
    asked_for = client.call("homeport", "ListJobRuns", {"task": told["taskArn"]})
    show_task(page(), told, tuple(job_lines(asked_for, told["taskArn"])))


def _service(client: Client, service: str, cluster: str) -> None:
    told = client.call("homeport", "ExplainService", {"service": service, "cluster": cluster})
    show_service(page(), told["explanation"])
