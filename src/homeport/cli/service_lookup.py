"""Finds the service that a command is about, or says in a sentence why it cannot be used."""

from typing import Any

import click

from homeport.cli.client import Client


def find_service(client: Client, cluster: str, name: str) -> dict[str, Any]:
    """The ACTIVE service of a cluster, with its tags; `name` may be an ARN.

    Raises `click.ClickException` with a sentence when there is none.
    """
    asked = {"cluster": cluster_of(name, cluster), "services": [name], "include": ["TAGS"]}
    answer = client.call("ecs", "DescribeServices", asked)
    if not answer["services"]:
        raise click.ClickException(f"cluster {asked['cluster']} has no service {name!r}")
    service: dict[str, Any] = answer["services"][0]
    if service["status"] != "ACTIVE":
        raise click.ClickException(f"service {name} is {service['status']}: it was deleted")
    controller = service.get("deploymentController", {}).get("type", "ECS")
    if controller != "ECS":
        raise click.ClickException(
            f"service {name} is deployed by {controller}: only ECS's own deployments can be driven"
        )
    return service


def cluster_of(name: str, cluster: str) -> str:
    """The cluster that a service's ARN says itself, else the one that was named."""
    if ":service/" not in name:
        return cluster
    parts = name.partition(":service/")[2].split("/")
    return parts[0] if len(parts) > 1 else cluster
