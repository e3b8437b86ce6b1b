"""From SetWeights in the store to Envoy and back: the real load balancing, the real data plane."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dataplane.envoy_scenery import fresh_address, until
from dataplane.test_envoy_data_plane import run
from homeport.contracts.peers import Peers
from homeport.dataplane.envoy.resources import Doors
from homeport.dataplane.envoy.run import DataPlane
from homeport.runtime import Call, Seed
from homeport.runtime.system import SystemClock
from homeport.services.ec2 import wiring as ec2
from homeport.services.elbv2 import wiring as elbv2
from homeport.store import Store

ACCOUNT, REGION = "000000000000", "us-east-1"
LIVE_WITHIN_S = 0.2

Ask = Callable[..., Any]


@pytest.fixture
def ask(store: Store, call: Callable[..., Call], ids: Any) -> Ask:
    operations = {}
    for service in (*ec2.services(), *elbv2.services()):
        operations |= service.operations
        if (seed := service.seed) is not None:
            told = Seed(account=ACCOUNT, home_region=REGION, regions=(REGION,), now=1.0, ids=ids)
            store.write(lambda tx, seed=seed, told=told: seed(tx, told))

    def run(name: str, **request: Any) -> Any:
        operation = operations[name]
        enter = store.write if operation.writes else store.read
        return enter(lambda tx: operation.handler(tx, call(), request))

    return run


@asynccontextmanager
async def routed(store: Store, peers: Peers, directory: Path) -> AsyncIterator[DataPlane]:
    doors = Doors(host=fresh_address())
    plane = DataPlane(store, peers.routing, SystemClock(), directory=directory / "e", doors=doors)
    running = asyncio.create_task(plane.run())
    try:
        await plane.refresh()
        yield plane
    finally:
        await plane.end()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.mark.parametrize("kind", ["application", "network"])
def test_weights_are_live_within_a_fifth_of_a_second_of_their_commit(
    store: Store, peers: Peers, ask: Ask, tmp_path: Path, kind: str
) -> None:
    subnets = ask("DescribeSubnets")["Subnets"]
    protocol = "HTTP" if kind == "application" else "TCP"
    made = ask(
        "CreateLoadBalancer", Name="web", Type=kind, Subnets=[each["SubnetId"] for each in subnets]
    )
    blue, green = (
        ask(
            "CreateTargetGroup",
            Name=name,
            Protocol=protocol,
            Port=80,
            VpcId=subnets[0]["VpcId"],
            TargetType="ip",
        )["TargetGroups"][0]["TargetGroupArn"]
        for name in ("blue", "green")
    )
    config = {
        "TargetGroups": [
            {"TargetGroupArn": blue, "Weight": 100},
            {"TargetGroupArn": green, "Weight": 0},
        ]
    }
    listener = ask(
        "CreateListener",
        LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol=protocol,
        Port=8080,
        DefaultActions=[{"Type": "forward", "ForwardConfig": config}],
    )["Listeners"][0]["ListenerArn"]

    def is_live() -> bool:
        (fact,) = store.read(lambda tx: peers.traffic.forwards(tx, ACCOUNT, REGION, listener))
        return fact.is_live

    async def body() -> None:
        assert not is_live(), "there is no data plane"
        heard: list[tuple[str, str]] = []
        async with routed(store, peers, tmp_path):
            await until(is_live)
            stop = store.feed.listen(lambda news: heard.extend((n.kind, n.key) for n in news))
            took = []
            for share in range(10, 101, 10):
                weights = ((blue, 100 - share), (green, share))
                begun = time.monotonic()
                store.write(
                    lambda tx, weights=weights: peers.traffic.set_weights(
                        tx, listener, weights, now=1.0
                    )
                )
                assert not is_live()
                await until(is_live)
                took.append(time.monotonic() - begun)
            await until(lambda: heard.count(("traffic", listener)) == len(took))
            stop()
        print(f"{kind}: live after {statistics.median(took):.3f} s, at most {max(took):.3f} s")
        assert statistics.median(took) < LIVE_WITHIN_S, took

    run(body())
