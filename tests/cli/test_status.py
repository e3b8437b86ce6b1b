"""`homeport status`: what it says of machines, asked of a gateway with real services."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.agent.names import UNENFORCED
from homeport.app.services import all_services, providers
from homeport.app.settings import Settings
from homeport.cli import status
from homeport.cli.client import Client
from homeport.link.messages import Hello
from homeport.runtime.system import SystemClock, SystemIds
from homeport.store import Store
from root_asking import ACCOUNT, REGION, ROOT, served


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[Client]:
    """The commands' client of a gateway with the services that they ask here."""
    services = all_services(Settings(state_dir=tmp_path))
    with served(store, [each for each in services if each.name in ("ecs", "homeport")]) as clients:
        yield Client(clients("ecs").meta.endpoint_url, REGION, *ROOT)


def joins(store: Store, number: int, *, cluster: str = "default", **attributes: None) -> str:
    """A node says hello; answers the ARN of the container instance that it is."""
    clock = SystemClock()
    hello = Hello(
        node_id=f"{number:032x}",
        region=REGION,
        account=ACCOUNT,
        cluster=cluster,
        cpu=2048,
        memory_mib=4096,
        attributes=dict(attributes),
        agent_version="1.0.0",
        docker_version="20.10.24",
    )
    fleet = providers(clock).fleet
    return store.write(
        lambda tx: fleet.hello(tx, hello, now=clock.now(), ids=SystemIds())
    ).instance_arn


def test_a_machine_that_cannot_enforce_security_groups_says_so_below_its_line(
    client: Client, store: Store
) -> None:
    client.call("ecs", "CreateCluster", {"clusterName": "blue"})
    enforcing, open_, blue = (
        joins(store, 1),
        joins(store, 2, **{UNENFORCED: None}),
        joins(store, 3, cluster="blue", **{UNENFORCED: None}),
    )
    lines = list(status.machine_lines(client))
    below = {
        arn: lines[at + 1 : at + 2]
        for arn in (enforcing, open_, blue)
        for at, line in enumerate(lines)
        if arn in line
    }
    sentence = [f"          {status.NOT_ENFORCED}"]
    assert below[open_] == below[blue] == sentence
    assert below[enforcing] != sentence
    assert len(lines) == 5
    assert "connected, Docker 20.10.24, 0 running, 0 pending, 2048 of 2048 CPU units" in lines[0]


def test_what_is_said_ends_when_the_machine_can_enforce_them(client: Client, store: Store) -> None:
    joins(store, 1, **{UNENFORCED: None})
    assert len(list(status.machine_lines(client))) == 2
    joins(store, 1)
    assert len(list(status.machine_lines(client))) == 1


def test_many_machines_are_read_in_pages(client: Client, store: Store) -> None:
    """ListAttributes answers a hundred at a time."""
    for number in range(103):
        joins(store, number, **{UNENFORCED: None})
    lines = list(status.machine_lines(client))
    assert sum(status.NOT_ENFORCED in line for line in lines) == 103


def test_without_machines_there_is_nothing_to_say(client: Client) -> None:
    assert list[Any](status.machine_lines(client)) == []
