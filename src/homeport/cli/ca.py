"""`homeport ca`: what a client must trust for HTTPS listeners with certificates of Homeport's."""

from pathlib import Path

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option


@click.command()
@state_dir_option
def ca(state_dir: Path) -> None:
    """Print the root of the certificates that ACM issues here: homeport ca > root.pem."""
    click.echo(Client.of(StateDir(state_dir)).root_certificate(), nl=False)
