"""`homeport env`: what a shell must export for the AWS tools to reach Homeport."""

from pathlib import Path

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option


@click.command()
@state_dir_option
def env(state_dir: Path) -> None:
    """Print export lines: eval "$(homeport env)"."""
    client = Client.of(StateDir(state_dir))
    click.echo(f"export AWS_ENDPOINT_URL={client.endpoint}")
    click.echo(f"export AWS_ACCESS_KEY_ID={client.access_key_id}")
    click.echo(f"export AWS_SECRET_ACCESS_KEY={client.secret_access_key}")
    click.echo(f"export AWS_DEFAULT_REGION={client.region}")
