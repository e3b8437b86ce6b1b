"""What is left of load balancers when Homeport is reset or goes with its tasks: nothing."""

import http.client
import subprocess
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from e2e_balancers import Balanced, balanced, serve, until_served
from e2e_harness import Homeport, docker, wait_until

SECONDS = 30


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """A Homeport that may be reset."""
    where = tmp_path_factory.mktemp("ends") / "state"
    running = Homeport(where, options=("--allow-reset", "--time-scale", "5"))
    yield running.start()
    running.down()


@pytest.fixture(autouse=True)
def leave_nothing_behind() -> None:
    """The last test takes Homeport down: there is nobody to ask after it."""


def reset(homeport: Homeport) -> None:
    place = urlsplit(homeport.environment()["AWS_ENDPOINT_URL"])
    with closing(http.client.HTTPConnection(place.netloc, timeout=60)) as connection:
        connection.request("POST", "/_homeport/reset")
        assert connection.getresponse().status == 204


def envoys(homeport: Homeport) -> list[str]:
    """The processes of this Homeport's Envoy."""
    pattern = f"envoy.*{homeport.state_dir}"
    return subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True).stdout.split()


def single_addresses() -> list[str]:
    """The addresses that this machine holds by themselves, as a load balancer's are."""
    shown = subprocess.run(["ip", "-o", "-4", "addr"], capture_output=True, text=True, check=True)
    words = [line.split() for line in shown.stdout.splitlines()]
    return [each[3] for each in words if each[1].startswith("br-") and each[3].endswith("/32")]


def served(homeport: Homeport, name: str, port: int) -> Balanced:
    to = balanced(homeport, name, port)
    serve(homeport, name, to, count=1)
    until_served(to, "one")
    assert len(envoys(homeport)) == 1
    assert single_addresses()
    return to


def test_a_reset_leaves_no_envoy_and_no_address_and_everything_can_be_made_again(
    homeport: Homeport,
) -> None:
    served(homeport, "reset", 8561)
    reset(homeport)
    assert envoys(homeport) == []
    wait_until(lambda: single_addresses() == [], SECONDS, lambda: str(single_addresses()))
    assert homeport.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    served(homeport, "reset", 8561)


def test_down_with_its_tasks_leaves_no_envoy_and_no_address(homeport: Homeport) -> None:
    served(homeport, "down", 8562)
    homeport.down(stop_tasks=True)
    assert envoys(homeport) == []
    assert single_addresses() == []
    assert docker("network", "ls", "-q", "--filter", "label=io.homeport.vpc") == ""
