"""`examples/canary.sh`, as the README has its reader run it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e_balancers import delete_balancers
from e2e_harness import BIN, Homeport
from e2e_services import delete_services

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "canary.sh"


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("canary") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)
    delete_balancers(homeport)


def test_the_canary_of_the_readme_is_seen_and_ends_well(homeport: Homeport) -> None:
    path = f"{BIN}:{os.environ['PATH']}"
    where = {"HOMEPORT_STATE_DIR": str(homeport.state_dir), "PATH": path, "AWS_PAGER": ""}
    done = subprocess.run(
        ["sh", str(EXAMPLE), "canary", "8088"],
        capture_output=True,
        text=True,
        env=os.environ | homeport.environment() | where,
    )
    assert done.returncode == 0, done
    assert "stage PRODUCTION_TRAFFIC_SHIFT" in done.stdout
    assert "10 % of the traffic" in done.stdout
    assert "stage BAKE_TIME" in done.stdout
    assert done.stdout.count("SUCCESSFUL") == 2
    assert done.stdout.rstrip().endswith("version two")
