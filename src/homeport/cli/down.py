"""`homeport down`: end the Homeport of a state directory, with or without its tasks."""

import os
import select
import signal
from pathlib import Path

import click

from homeport.app.state_dir import StateDir
from homeport.cli.options import state_dir_option


@click.command()
@state_dir_option
@click.option("--stop-tasks", is_flag=True, help="Stop every task first, each in its own time.")
def down(state_dir: Path, stop_tasks: bool) -> None:
    """Stop Homeport.  Without --stop-tasks the containers keep running."""
    running = StateDir(state_dir).running()
    # The handle names this very process: its number cannot have passed to another meanwhile.
    process = os.pidfd_open(running.pid)
    signal.pidfd_send_signal(process, signal.SIGUSR2 if stop_tasks else signal.SIGTERM)
    select.select([process], [], [])
    os.close(process)
    click.echo("homeport is down")
