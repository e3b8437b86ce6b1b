"""Network load balancers: TLS, TCP and UDP through Envoy."""

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_balancers import delete_balancers, health
from e2e_elb_parts import (
    CONNECTS,
    certificate,
    forward,
    gateway,
    listen,
    load_balancer,
    servers,
    target_group,
    until_healthy,
    until_open,
)
from e2e_harness import Homeport, wait_until
from small_backends import Datagrams, Echo

SECONDS = 30


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks and draining pass ten times as fast."""
    where = tmp_path_factory.mktemp("connections") / "state"
    running = Homeport(where, options=("--time-scale", "10")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_balancers(homeport)


@pytest.fixture
def backends() -> Iterator[Callable[..., Any]]:
    """`backends(name)` is a target on every address of this machine."""
    with servers() as make:
        yield make


def test_network_load_balancers_pass_tls_tcp_and_udp(
    homeport: Homeport, backends: Callable[..., Any], tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    arn = certificate(homeport, "net.example.com", root)
    balancer = load_balancer(homeport, "net", Type="network")
    echo = backends("echo", Echo)
    tcp = target_group(homeport, "tcp", echo.port, Protocol="TCP", check=CONNECTS)
    listen(homeport, balancer, 8511, forward(tcp), Protocol="TCP")
    secure = {"Protocol": "TLS", "Certificates": [{"CertificateArn": arn}]}
    listen(homeport, balancer, 8512, forward(tcp), **secure)
    until_healthy(homeport, tcp)
    until_open(8511)
    until_open(8512)
    assert first_line(8511) == b"echo\n"
    assert first_line(8512, ssl.create_default_context(cafile=str(root))) == b"echo\n"

    said = backends("datagrams", Datagrams, gateway(homeport))
    well = backends("well")
    udp = target_group(homeport, "udp", said.port, Protocol="UDP", HealthCheckPort=str(well.port))
    listen(homeport, balancer, 8513, forward(udp), Protocol="UDP")
    until_healthy(homeport, udp)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect(("127.0.0.1", 8513))
        client.send(b"ping")
        assert client.recv(1024) == b"datagrams:ping"


def test_connections_to_a_target_that_gets_sick_are_closed(
    homeport: Homeport, backends: Callable[..., Any]
) -> None:
    echo, doctor = backends("echo", Echo), backends("doctor")
    group = target_group(
        homeport,
        "echo",
        echo.port,
        Protocol="TCP",
        HealthCheckPort=str(doctor.port),
        UnhealthyThresholdCount=5,
    )
    listen(
        homeport,
        load_balancer(homeport, "echo", Type="network"),
        8514,
        forward(group),
        Protocol="TCP",
    )
    until_healthy(homeport, group)
    until_open(8514)
    with socket.create_connection(("127.0.0.1", 8514), 20) as client:
        said = client.makefile("rb")
        assert said.readline() == b"echo\n"
        doctor.health = 500
        assert said.readline() == b""
    wait_until(lambda: set(health(homeport, group).values()) == {"unhealthy"}, SECONDS)
    doctor.health = 200
    until_healthy(homeport, group)


def first_line(port: int, tls: ssl.SSLContext | None = None) -> bytes:
    """What a server says of itself, over TCP or trusted TLS."""
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        if tls is None:
            return plain.makefile("rb").readline()
        with tls.wrap_socket(plain, server_hostname="net.example.com") as secure:
            return secure.makefile("rb").readline()
