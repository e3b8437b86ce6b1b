"""The `homeport` command: argument parsing only.  Each command is a file of this room."""

import sys

import click

from homeport import __version__
from homeport.app.state_dir import NotRunning, StateDirInUse
from homeport.cli.client import CallRefused
from homeport.cli.down import down
from homeport.cli.env import env
from homeport.cli.status import status
from homeport.cli.up import server, up
from homeport.cli.why import why


@click.group()
@click.version_option(__version__, prog_name="homeport")
def cli() -> None:
    """Amazon ECS on your own machines."""


for command in (up, server, env, status, down, why):
    # Every option is also an environment variable: --state-dir is HOMEPORT_STATE_DIR.
    command.context_settings["auto_envvar_prefix"] = "HOMEPORT"
    cli.add_command(command)


def main() -> None:
    """Run the command; what the user can mend is one line, not a traceback."""
    try:
        cli()
    except (NotRunning, StateDirInUse, CallRefused, ConnectionError) as error:
        click.echo(f"homeport: {error}", err=True)
        sys.exit(1)
