"""The Engine that the end-to-end tests of the agent use."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.vpc_lab import output
from homeport.agent.firewall import resolvers


@pytest.fixture
def docker_host() -> str:
    """DOCKER_HOST; without it these tests have nothing to run on."""
    host = os.environ.get("DOCKER_HOST")
    if not host:
        pytest.skip("DOCKER_HOST names no Docker Engine")
    return host


@pytest.fixture
def place(tmp_path: Path, docker_host: str) -> Path:
    """The agents' directory; without a lab of its own a test would change the machine's network."""
    if os.environ.get("HOMEPORT_LAB") != "1":
        pytest.skip("not in a lab")
    return tmp_path


@pytest.fixture
def outside(place: Path) -> Iterator[tuple[str, str]]:
    """Another machine, reached through the host: the first name server's address, and one more.

    It serves pages at port 8080, and at port 53, where a name server would answer.
    """
    name, addresses = f"hp-out-{os.getpid()}", (resolvers()[0], "192.0.2.7")
    output("ip", "netns", "add", name)
    served: list[subprocess.Popen[bytes]] = []
    try:
        output("ip", "link", "add", "hp-out0", "type", "veth", "peer", "hp-out1", "netns", name)
        inside = ("ip", "netns", "exec", name)
        output("ip", "addr", "add", "198.51.100.1/24", "dev", "hp-out0")
        output("ip", "link", "set", "hp-out0", "up")
        output(*inside, "ip", "addr", "add", "198.51.100.2/24", "dev", "hp-out1")
        output(*inside, "ip", "link", "set", "hp-out1", "up")
        for each in addresses:
            output(*inside, "ip", "addr", "add", f"{each}/32", "dev", "hp-out1")
            output("ip", "route", "replace", f"{each}/32", "via", "198.51.100.2")
        (place / "index.html").write_text("out there")
        for port in ("53", "8080"):
            words = (*inside, "busybox", "httpd", "-f", "-p", port, "-h", str(place))
            served.append(subprocess.Popen(words))
        yield addresses
    finally:
        for process in served:
            process.kill()
            process.wait()
        output("ip", "netns", "delete", name)
