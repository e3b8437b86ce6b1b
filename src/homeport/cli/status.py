"""`homeport status`: what runs."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from homeport.agent.names import UNENFORCED
from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option

NOT_ENFORCED: Final = (
    "security groups and network ACLs are NOT enforced on this machine: "
    "the log of its agent says why"
)


@click.command()
@state_dir_option
def status(state_dir: Path) -> None:
    """Show the endpoint, the machines and how many tasks they run."""
    directory = StateDir(state_dir)
    running = directory.running()
    click.echo(f"endpoint  {running.endpoint}  (process {running.pid}, state in {state_dir})")
    for line in machine_lines(Client.of(directory)):
        click.echo(line)


def machine_lines(client: Client) -> Iterator[str]:
    """What there is to say of each machine, line by line."""
    nodes = client.call("homeport", "ListNodes", {})["nodes"]
    unenforced = _with_attribute(client, {node["clusterArn"] for node in nodes}, UNENFORCED)
    for node in nodes:
        yield _machine(node)
        if node["instanceArn"] in unenforced:
            yield f"          {NOT_ENFORCED}"


def _machine(node: Mapping[str, Any]) -> str:
    link = "connected" if node["connected"] else "disconnected"
    engine = f"Docker {node['dockerVersion']}" if node["engineConnected"] else "Docker is down"
    return (
        f"node      {node['instanceArn']}  {link}, {engine}, "
        f"{node['runningTasks']} running, {node['pendingTasks']} pending, "
        f"{node['cpuRemaining']} of {node['cpu']} CPU units and "
        f"{node['memoryRemaining']} of {node['memoryMib']} MiB free"
    )


def _with_attribute(client: Client, clusters: Iterable[str], name: str) -> Collection[str]:
    """The ARNs of the container instances of these clusters that have the attribute."""
    found: set[str] = set()
    for cluster in sorted(clusters):
        request = {"cluster": cluster, "targetType": "container-instance", "attributeName": name}
        while True:
            answer = client.call("ecs", "ListAttributes", request)
            found |= {each["targetId"] for each in answer["attributes"]}
            if "nextToken" not in answer:
                break
            request["nextToken"] = answer["nextToken"]
    return found
