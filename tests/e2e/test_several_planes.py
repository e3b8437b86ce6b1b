"""Two control planes on one PostgreSQL: either answers, one of them at a time does each thing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import fresh_database
from e2e_harness import Homeport, wait_until

SERVER = os.environ.get("HOMEPORT_TEST_POSTGRES")
TAKEN_OVER_S = 30
"""Three times as long as a plane must be silent before it is taken for dead."""


@pytest.fixture(scope="module")
def planes(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[tuple[Homeport, ...]]:
    """One with an agent beside it, and one alone."""
    if SERVER is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    where: Path = tmp_path_factory.mktemp("planes")
    with fresh_database(SERVER) as url:
        # An account has one root key: whoever starts last says which.
        keys = ("--access-key-id", "AKIASHAREDBYTHEPLANES", "--secret-access-key", "s" * 30)
        shared = ("--database", url, *keys)
        alone = Homeport(where / "alone", options=shared, command="server").start()
        with_agent = Homeport(where / "with-agent", options=shared).start()
        yield with_agent, alone
        with_agent.down()
        alone.down()


@pytest.fixture(scope="module")
def homeport(planes: tuple[Homeport, ...]) -> Homeport:
    return planes[0]


def connected(plane: Homeport) -> bool:
    """Whether the one node is connected, as this plane says."""
    arns = plane.ecs.list_container_instances()["containerInstanceArns"]
    [node] = plane.ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    return bool(node["agentConnected"])


def test_what_one_plane_is_asked_happens_wherever_it_is_done(planes: tuple[Homeport, ...]) -> None:
    with_agent, alone = planes
    assert connected(with_agent)
    assert connected(alone)
    containers = [{"name": "main", "command": ["sleep", "900"]}]
    definition = alone.register("steady", containers, networkMode="awsvpc")
    network = alone.network()
    # Some of their keys are in shards of the one plane, some in those of the other.
    arns = [alone.run_task(definition, networkConfiguration=network)["taskArn"] for _ in range(4)]
    for arn in arns:
        with_agent.until_status(arn, "RUNNING", 30)
    for arn in arns:
        alone.ecs.stop_task(task=arn)
    for arn in arns:
        with_agent.until_status(arn, "STOPPED", 30)


def test_a_plane_that_dies_loses_its_nodes_and_its_work_to_the_other(
    planes: tuple[Homeport, ...],
) -> None:
    with_agent, alone = planes
    containers = [{"name": "main", "command": ["sleep", "900"]}]
    definition = alone.register("steady", containers, networkMode="awsvpc")
    network = alone.network()
    running = alone.run_task(definition, networkConfiguration=network)["taskArn"]
    alone.until_status(running, "RUNNING", 30)
    with_agent.kill()
    wait_until(lambda: not connected(alone), TAKEN_OVER_S)
    assert alone.task(running)["connectivity"] == "DISCONNECTED"
    with_agent.start()
    wait_until(lambda: connected(alone), TAKEN_OVER_S)
    assert alone.task(running)["lastStatus"] == "RUNNING"
    with_agent.ecs.stop_task(task=running)
    alone.until_status(running, "STOPPED", 30)
