"""Everything here is real: `make test` runs it inside a private Docker Engine (`scripts/lab`)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e_harness import Homeport, docker, dump

# A worker of xdist hands its own import path to its children: programs of other Pythons, such as
# Debian's aws CLI, would import the packages of ours.
os.environ.pop("PYTHONPATH", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it needs an Engine: mark it, so that a run without one can leave it out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def lab() -> None:
    """An Engine that is only ours; tests would touch the user's own containers elsewhere."""
    if os.environ.get("HOMEPORT_LAB") != "1":
        pytest.skip("not in a lab: use `make test`, or scripts/lab run -- pytest tests/e2e")


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """A running Homeport for the tests of one file."""
    running = Homeport(tmp_path_factory.mktemp("homeport") / "state")
    running.start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def leave_nothing_behind(homeport: Homeport, request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test: every task stopped, and not one container of it left in the Engine."""
    failed_before = request.session.testsfailed
    yield
    for arn in homeport.ecs.list_tasks()["taskArns"]:
        homeport.ecs.stop_task(task=arn, reason="end of the test")
    if request.session.testsfailed > failed_before:
        print(dump(homeport), docker("ps", "-a"))
