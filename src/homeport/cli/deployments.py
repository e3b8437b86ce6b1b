"""`homeport deployments`: the deployments of a service, whoever deploys it; live with --follow."""

import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.deployment_courses import GOOD, Course, lines, of_codedeploy, of_ecs, overview
from homeport.cli.options import state_dir_option
from homeport.cli.patience import patiently
from homeport.cli.service_lookup import cluster_of
from homeport.cli.showing import aligned, show
from homeport.cli.wakes import Wakes

LISTED: Final = 10
DESCRIBED: Final = 20
"""Revisions that one call describes at most."""
LOOK_EVERY_S: Final = 0.5
"""Weights and hooks are no events of ECS."""
FAILED: Final = 1
LEFT: Final = 130


@click.command()
@click.argument("service")
@click.option("--cluster", default="default", show_default=True, help="The service's.")
@click.option("--follow", is_flag=True, help="Show the newest one until it is over.")
@state_dir_option
def deployments(service: str, *, cluster: str, follow: bool, state_dir: Path) -> None:
    """Show the deployments of SERVICE: by ECS (rolling, blue/green, linear, canary) or CodeDeploy.

    With --follow the newest one is shown as it goes: stages, hooks, tasks, and the share of the
    traffic that each side has.  Exits with 1 when it did not succeed.  Ctrl-C ends the watching.
    """
    directory = StateDir(state_dir)
    where = cluster_of(service, cluster)
    if not follow:
        _show_list(Client.of(directory), where, service)
        return
    try:
        sys.exit(_follow(directory, where, service))
    except KeyboardInterrupt:
        sys.exit(LEFT)


def _show_list(client: Client, cluster: str, service: str) -> None:
    found = list(_courses(client, _service(client, cluster, service)))
    for line in aligned(overview(found)) if found else ():
        show(line)
    if found and not found[0].is_over:
        for line in lines(None, found[0])[1:]:
            show(f"  {line}")


def _follow(directory: StateDir, cluster: str, service: str) -> int:
    client = partial(Client.of, directory)
    wakes, started = Wakes(client), time.monotonic()
    seen: Course | None = None

    def look(of: Client) -> Course | None:
        return next(_courses(of, _service(of, cluster, service)), None)

    while True:
        now = patiently(client, look)
        if now is None:
            raise click.ClickException(f"service {service} was never deployed")
        if seen is None or seen.id != now.id:
            show(f"deployment {now.id} ({now.strategy})")
            seen = None
        for line in lines(seen, now):
            show(f"{time.monotonic() - started:7.1f} s  {line}")
        if now.is_over:
            return 0 if now.status in GOOD else FAILED
        seen = now
        wakes.wait(LOOK_EVERY_S)


def _service(client: Client, cluster: str, name: str) -> dict[str, Any]:
    asked = {"cluster": cluster, "services": [name]}
    found = client.call("ecs", "DescribeServices", asked)["services"]
    if not found:
        raise click.ClickException(f"cluster {cluster} has no service {name!r}")
    told: dict[str, Any] = found[0]
    return told


def _courses(client: Client, service: dict[str, Any]) -> Iterator[Course]:
    """The newest deployments, the newest first."""
    controller = service.get("deploymentController", {}).get("type", "ECS")
    if controller == "CODE_DEPLOY":
        yield from _of_codedeploy(client, service)
    elif controller == "ECS":
        yield from _of_ecs(client, service)
    else:
        raise click.ClickException(f"{controller} deploys the service: Homeport knows no more")


def _of_ecs(client: Client, service: dict[str, Any]) -> Iterator[Course]:
    asked = {
        "cluster": service["clusterArn"],
        "service": service["serviceName"],
        "maxResults": LISTED,
    }
    brief = client.call("ecs", "ListServiceDeployments", asked)["serviceDeployments"]
    arns = [each["serviceDeploymentArn"] for each in brief]
    if not arns:
        return
    told = client.call("ecs", "DescribeServiceDeployments", {"serviceDeploymentArns": arns})
    found = {each["serviceDeploymentArn"]: each for each in told["serviceDeployments"]}
    revisions = _definitions(client, list(found.values()))
    for arn in arns:
        if arn in found:
            yield of_ecs(found[arn], revisions)


def _definitions(client: Client, found: list[dict[str, Any]]) -> dict[str, str]:
    """The task definition of each revision that the deployments name."""
    arns = {each["targetServiceRevision"]["arn"] for each in found}
    arns |= {side["arn"] for each in found for side in each.get("sourceServiceRevisions", ())}
    told: dict[str, str] = {}
    wanted = sorted(arns)
    for start in range(0, len(wanted), DESCRIBED):
        asked = {"serviceRevisionArns": wanted[start : start + DESCRIBED]}
        for each in client.call("ecs", "DescribeServiceRevisions", asked)["serviceRevisions"]:
            told[each["serviceRevisionArn"]] = each["taskDefinition"]
    return told


def _of_codedeploy(client: Client, service: dict[str, Any]) -> Iterator[Course]:
    group = _group_of(client, service)
    if group is None:
        raise click.ClickException("no deployment group of CodeDeploy is for this service")
    ids = client.call("codedeploy", "ListDeployments", group)["deployments"][:LISTED]
    for each in ids:
        info = client.call("codedeploy", "GetDeployment", {"deploymentId": each})["deploymentInfo"]
        yield of_codedeploy(info, _target(client, each))


def _target(client: Client, deployment: str) -> dict[str, Any] | None:
    asked: dict[str, Any] = {"deploymentId": deployment}
    ids = client.call("codedeploy", "ListDeploymentTargets", asked)["targetIds"]
    if not ids:
        return None
    asked["targetId"] = ids[0]
    found = client.call("codedeploy", "GetDeploymentTarget", asked)["deploymentTarget"]
    told: dict[str, Any] = found["ecsTarget"]
    return told


def _group_of(client: Client, service: dict[str, Any]) -> dict[str, str] | None:
    """The application and the group that deploy the service."""
    cluster = service["clusterArn"].rpartition("/")[2]
    for application in client.call("codedeploy", "ListApplications")["applications"]:
        named = {"applicationName": application}
        names = client.call("codedeploy", "ListDeploymentGroups", named)["deploymentGroups"]
        for name in names:
            asked = named | {"deploymentGroupName": name}
            found = client.call("codedeploy", "GetDeploymentGroup", asked)["deploymentGroupInfo"]
            for each in found.get("ecsServices", ()):
                where = each["clusterName"].rpartition("/")[2]
                if (where, each["serviceName"]) == (cluster, service["serviceName"]):
                    return asked
    return None
