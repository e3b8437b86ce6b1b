"""`homeport restart`: every task of a service anew, within its bounds, and watched."""

import sys
import time
from pathlib import Path

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.deploy import begin, watching_options
from homeport.cli.service_lookup import find_service
from homeport.cli.showing import short
from homeport.cli.watching import Watch


@click.command()
@click.argument("service")
@watching_options
def restart(service: str, *, cluster: str, timeout: float | None, state_dir: Path) -> None:
    """Replace every task of SERVICE by a new one of the same revision.

    It is a deployment: the service stays within its percentages, and a tag that names another
    image by now is looked up anew.  Shown, and ended, as `homeport deploy` is.
    """
    started = time.monotonic()
    client = Client.of(StateDir(state_dir))
    found = find_service(client, cluster, service)
    watch = Watch(lambda: Client.of(StateDir(state_dir)), started=started, timeout_s=timeout)
    begun = begin(client, found, forceNewDeployment=True)
    line = f"deployment begun: {short(begun.definition)} anew, {begun.rollout_id}"
    watch.passed("deployment begun", line)
    sys.exit(watch.to_the_end(begun))
