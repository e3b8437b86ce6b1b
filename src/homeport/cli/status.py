"""`homeport status`: what runs."""

from pathlib import Path

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option


@click.command()
@state_dir_option
def status(state_dir: Path) -> None:
    """Show the endpoint, the machines and how many tasks they run."""
    directory = StateDir(state_dir)
    running = directory.running()
    client = Client.of(directory)
    click.echo(f"endpoint  {running.endpoint}  (process {running.pid}, state in {state_dir})")
    for node in client.call("homeport", "ListNodes", {})["nodes"]:
        link = "connected" if node["connected"] else "disconnected"
        engine = f"Docker {node['dockerVersion']}" if node["engineConnected"] else "Docker is down"
        click.echo(
            f"node      {node['instanceArn']}  {link}, {engine}, "
            f"{node['runningTasks']} running, {node['pendingTasks']} pending, "
            f"{node['cpuRemaining']} of {node['cpu']} CPU units and "
            f"{node['memoryRemaining']} of {node['memoryMib']} MiB free"
        )
