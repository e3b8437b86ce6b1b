"""The `homeport` command: argument parsing only.  Each command is a file of this room."""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

from homeport import __version__
from homeport.app.state_dir import StateDirInUse
from homeport.cli.client import CallRefused
from homeport.cli.wakes import TROUBLE

FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agent": "agent",
        "ca": "ca",
        "deploy": "deploy",
        "deployments": "deployments",
        "down": "down",
        "env": "env",
        "events": "events",
        "hooks": "hooks",
        "jobs": "jobs",
        "pause": "pause",
        "restart": "restart",
        "resume": "pause",
        "run": "run",
        "server": "up",
        "status": "status",
        "up": "up",
        "why": "why",
    }
)
"""Which file each command is in."""


class Commands(click.Group):
    """Loads a command's file when it is asked for: `up` needs all of Homeport, most need little."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(FILES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in self.commands and cmd_name in FILES:
            command = getattr(import_module(f"homeport.cli.{FILES[cmd_name]}"), cmd_name)
            # Every option is also an environment variable: --state-dir is HOMEPORT_STATE_DIR.
            command.context_settings["auto_envvar_prefix"] = "HOMEPORT"
            self.add_command(command)
        return self.commands.get(cmd_name)


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="homeport")
def cli() -> None:
    """Amazon ECS on your own machines."""


def main() -> None:
    """Run the command; what the user can mend is one line, not a traceback."""
    try:
        cli()
    except (StateDirInUse, CallRefused, *TROUBLE) as error:
        click.echo(f"homeport: {error}", err=True)
        sys.exit(1)
