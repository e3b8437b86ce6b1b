"""`homeport pause` and `homeport resume`: a service without tasks for a while.

The count is kept in a tag of the service, so it survives everything and whoever looks sees it.
"""

from pathlib import Path
from typing import Any, Final

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option
from homeport.cli.service_lookup import find_service
from homeport.cli.showing import count

TAG: Final = "homeport:paused-count"

cluster_option = click.option(
    "--cluster", default="default", show_default=True, help="The service's cluster."
)


@click.command()
@click.argument("service")
@cluster_option
@state_dir_option
def pause(service: str, cluster: str, state_dir: Path) -> None:
    """Stop the tasks of SERVICE and keep in mind how many there were."""
    client = Client.of(StateDir(state_dir))
    found = find_service(client, cluster, service)
    name, desired, kept = found["serviceName"], int(found["desiredCount"]), kept_count(found)
    if found["schedulingStrategy"] == "DAEMON":
        raise click.ClickException(
            f"{name} is a DAEMON service: it has a task on every instance and no count to pause. "
            "Drain the instances instead."
        )
    if desired == 0:
        paused = f"is paused already: resuming brings back {_tasks(kept)}"
        click.echo(f"{name} {paused if kept else 'wants no task: there is nothing to pause'}")
        return
    if kept != desired:
        # The tag first: a count that is 0 with nothing to remember it would be lost.
        tags = [{"key": TAG, "value": str(desired)}]
        client.call("ecs", "TagResource", {"resourceArn": found["serviceArn"], "tags": tags})
    _set_count(client, found, 0)
    back = f"`homeport resume {name}` brings {'it' if desired == 1 else 'them'} back"
    click.echo(f"{name} is paused: {_tasks(desired)} stopping; {back}")


@click.command()
@click.argument("service")
@cluster_option
@state_dir_option
def resume(service: str, cluster: str, state_dir: Path) -> None:
    """Give SERVICE as many tasks again as it had when it was paused."""
    client = Client.of(StateDir(state_dir))
    found = find_service(client, cluster, service)
    name, desired, kept = found["serviceName"], int(found["desiredCount"]), kept_count(found)
    if kept is None:
        raise click.ClickException(f"{name} is not paused: it wants {_tasks(desired)}")
    if desired in (0, kept):
        _set_count(client, found, kept)
        said = f"is resumed: it wants {_tasks(kept)} again"
    else:
        said = f"was given {_tasks(desired)} while it was paused with {kept}, and keeps them"
    tag = {"resourceArn": found["serviceArn"], "tagKeys": [TAG]}
    client.call("ecs", "UntagResource", tag)
    click.echo(f"{name} {said}")


def kept_count(service: dict[str, Any]) -> int | None:
    """The count that a service had when it was paused; None when it is not."""
    for tag in service.get("tags", ()):
        if tag["key"] == TAG and str(tag.get("value", "")).isdecimal():
            return int(tag["value"])
    return None


def _set_count(client: Client, service: dict[str, Any], desired: int) -> None:
    asked: dict[str, object] = {
        "cluster": service["clusterArn"],
        "service": service["serviceName"],
        "desiredCount": desired,
    }
    client.call("ecs", "UpdateService", asked)


def _tasks(number: int | None) -> str:
    return count(number or 0, "task")
