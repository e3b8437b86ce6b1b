"""When a draining target is free, by what Envoy counts."""

import pytest
from msgspec.structs import replace

from dataplane.routing_shelf import GROUP, group, target
from homeport.dataplane.envoy.admin import Cluster, Gauge, Host, HostHealth
from homeport.dataplane.envoy.admin import _Address as Address
from homeport.dataplane.envoy.admin import _SocketAddress as SocketAddress
from homeport.dataplane.envoy.sightings import idle

LEAVING = target(("10.0.0.1", 80), draining=True)
STAYING = target(("10.0.0.2", 80))


def host(address: str, health: str = "DRAINING", **gauges: int) -> Host:
    return Host(
        address=Address(SocketAddress(address, 80)),
        health_status=HostHealth(eds_health_status=health),
        stats=tuple(Gauge(name, str(value)) for name, value in gauges.items()),
    )


@pytest.mark.parametrize(
    ("protocol", "hosts", "is_free"),
    [
        ("HTTP", [host("10.0.0.1")], True),
        ("HTTP", [host("10.0.0.1", cx_active=3)], True),
        ("HTTP", [host("10.0.0.1", rq_active=1)], False),
        ("HTTPS", [host("10.0.0.1", rq_active=1)], False),
        ("TCP", [host("10.0.0.1", cx_active=1)], False),
        ("TLS", [host("10.0.0.1", rq_active=1)], True),
        ("UDP", [host("10.0.0.1")], False),
        ("TCP_UDP", [host("10.0.0.1")], False),
        # Envoy has not heard yet that it is to be drained, or does not know it at all.
        ("HTTP", [host("10.0.0.1", "HEALTHY")], False),
        ("HTTP", [], False),
        ("HTTP", [host("10.0.0.2", "HEALTHY", rq_active=5), host("10.0.0.1")], True),
    ],
)
def test_a_draining_target_is_free_when_nobody_is_served(
    protocol: str, hosts: list[Host], is_free: bool
) -> None:
    told = replace(group(LEAVING, STAYING), protocol=protocol)
    found = idle(told, [Cluster("web", tuple(hosts))], names=["web"])
    assert found == ({(GROUP, "10.0.0.1", 80)} if is_free else set())


def test_each_load_balancer_that_still_talks_to_it_counts() -> None:
    told = group(LEAVING)
    quiet = Cluster("one", (host("10.0.0.1"),))
    busy = Cluster("two", (host("10.0.0.1", rq_active=1),))
    assert not idle(told, [quiet, busy], names=["one", "two"])
    assert idle(told, [quiet, quiet], names=["one", "two"])
