"""`homeport deploy`: another image for a service, watched until it runs or has failed."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import CallRefused, Client
from homeport.cli.definitions import ImageChange, Unusable, with_image
from homeport.cli.options import Command, state_dir_option
from homeport.cli.service_lookup import find_service
from homeport.cli.showing import short
from homeport.cli.watching import Watch, Watched


def watching_options(command: Command) -> Command:
    """The options of commands that begin a deployment and watch it."""
    options = (
        click.option("--cluster", default="default", show_default=True, help="The service's."),
        click.option("--timeout", type=float, help="Seconds to watch at most; else to the end."),
        state_dir_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("service")
@click.option("--image", required=True, metavar="REPO:TAG", help="The image to run.")
@click.option("--container", metavar="NAME", help="Which container, where there are several.")
@watching_options
def deploy(
    service: str,
    image: str,
    container: str | None,
    *,
    cluster: str,
    timeout: float | None,
    state_dir: Path,
) -> None:
    """Deploy SERVICE with another image, and nothing else changed.

    Registers the next revision of its task definition, updates the service and shows what happens
    until the deployment has completed.  Exits with 1 when it failed or was rolled back, and says
    why; with 124 when --timeout is over.  Ctrl-C only ends the watching.
    """
    started = time.monotonic()
    client = Client.of(StateDir(state_dir))
    found = find_service(client, cluster, service)
    asked: dict[str, object] = {"taskDefinition": found["taskDefinition"], "include": ["TAGS"]}
    described = client.call("ecs", "DescribeTaskDefinition", asked)
    try:
        change = with_image(
            described["taskDefinition"],
            described.get("tags", []),
            container=container,
            image=image,
        )
    except Unusable as error:
        raise click.ClickException(str(error)) from error
    watch = Watch(lambda: Client.of(StateDir(state_dir)), started=started, timeout_s=timeout)
    if change.before == image:
        # The revision would be the same; what the tag names may not be.
        watch.passed("looked up", f"{change.container} has {image} already")
        begun = begin(client, found, forceNewDeployment=True)
    else:
        begun = _register_and_begin(client, found, change, watch)
    watch.passed("deployment begun", f"deployment begun: {begun.rollout_id}")
    sys.exit(watch.to_the_end(begun))


def begin(client: Client, service: Mapping[str, Any], **changes: object) -> Watched:
    """Begin a deployment of a service by what is to change."""
    asked = {"cluster": service["clusterArn"], "service": service["serviceName"], **changes}
    return Watched.of(client.call("ecs", "UpdateService", asked)["service"])


def _register_and_begin(
    client: Client, service: Mapping[str, Any], change: ImageChange, watch: Watch
) -> Watched:
    """Deploy a new revision; one that the service does not get is not left ACTIVE."""
    answer = client.call("ecs", "RegisterTaskDefinition", change.definition)
    arn = str(answer["taskDefinition"]["taskDefinitionArn"])
    watch.passed(
        "registered",
        f"registered {short(arn)}: {change.container} gets {change.image}, had {change.before}",
    )
    try:
        return begin(client, service, taskDefinition=arn)
    except CallRefused:
        client.call("ecs", "DeregisterTaskDefinition", {"taskDefinition": arn})
        raise
