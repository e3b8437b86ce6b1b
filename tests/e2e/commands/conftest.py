"""One Homeport for the commands about services, and images for them to deploy."""

from collections.abc import Iterator

import pytest

from e2e_harness import Homeport, docker


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks every second instead of every five, and shorter pauses between attempts."""
    directory = tmp_path_factory.mktemp("homeport") / "state"
    running = Homeport(directory, options=("--time-scale", "5")).start()
    yield running
    running.down()


@pytest.fixture(scope="module", autouse=True)
def images(lab: None) -> None:
    """Images that differ in what they run, and one in what its health check will find."""
    wait = "trap 'exit 0' TERM; sleep 900 & wait"
    commands = {"good:1": wait, "good:2": wait, "slow:1": wait, "broken:1": "echo no luck; exit 3"}
    for name, command in commands.items():
        made = docker("create", "sample:latest")
        changes = [f'CMD ["sh", "-c", "{command}"]', f"ENV IMAGE={name}"]
        docker("commit", *(word for each in changes for word in ("--change", each)), made, name)
        docker("rm", made)


@pytest.fixture
def web(homeport: Homeport) -> Iterator[str]:
    """The name of the one service of a test, which is gone after it."""
    yield "web"
    homeport.ecs.delete_service(service="web", force=True)
    homeport.ecs.get_waiter("services_inactive").wait(
        services=["web"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
