"""A real Envoy that is started, told, killed, adopted and ended."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dataplane.envoy_scenery import (
    Backend,
    Load,
    answers,
    endpoint,
    endpoints,
    fresh_address,
    get,
    hanging,
    resources,
    until,
)
from homeport.dataplane.envoy.process import EnvoyProcess, our_launch
from homeport.dataplane.envoy.resources import Place
from homeport.dataplane.envoy.supervisor import Supervisor, pause


@pytest.fixture
def place() -> Place:
    return Place(address=fresh_address(), port=8080)


@pytest.fixture
def backends() -> Iterator[list[Backend]]:
    made = [Backend() for _ in range(3)]
    yield made
    for each in made:
        each.close()


@asynccontextmanager
async def supervised(
    directory: Path, *, passing: frozenset[tuple[str, int]] = frozenset(), end: bool = True
) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(
        directory, our_launch(directory), passing=lambda _: passing, started=lambda: None
    )
    await supervisor.adopt()
    keeping = asyncio.create_task(supervisor.keep())
    try:
        yield supervisor
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await supervisor.end() if end else supervisor.release()


def at(place: Place) -> tuple[str, int]:
    return place.address, place.port


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_targets_come_and_go_under_load_without_one_failed_request(
    tmp_path: Path, place: Place, backends: list[Backend]
) -> None:
    async def body() -> None:
        first, second, third = backends
        async with supervised(tmp_path) as supervisor:
            await supervisor.apply(resources(str(tmp_path), place, endpoint(first.at)))
            with Load(at(place)) as load:
                for old, new in ((first, second), (second, third), (third, first)):
                    both = endpoint(old.at), endpoint(new.at)
                    await supervisor.apply_endpoints({"web": endpoints("web", *both)})
                    begun = len(load.answers)
                    await until(lambda new=new, begun=begun: new.name in load.answers[begun:])
                    draining = endpoint(old.at, "DRAINING"), endpoint(new.at)
                    await supervisor.apply_endpoints({"web": endpoints("web", *draining)})
                    await supervisor.apply_endpoints({"web": endpoints("web", endpoint(new.at))})
            assert not load.failures
            assert set(load.answers) == {each.name for each in backends}

    run(body())


def test_a_healthy_target_takes_traffic_within_200_ms(
    tmp_path: Path, place: Place, backends: list[Backend]
) -> None:
    async def body() -> None:
        first, *others = backends
        async with supervised(tmp_path) as supervisor:
            await supervisor.apply(resources(str(tmp_path), place, endpoint(first.at)))
            there = [endpoint(first.at)]
            for new in others:
                there.append(endpoint(new.at))
                begun = time.monotonic()
                await supervisor.apply_endpoints({"web": endpoints("web", *there)})
                await until(lambda new=new: get(at(place)) == new.name)
                assert time.monotonic() - begun < 0.2

    run(body())


def test_another_cluster_and_other_routes_to_it_under_load_fail_no_request(
    tmp_path: Path, place: Place, backends: list[Backend]
) -> None:
    async def body() -> None:
        directory = str(tmp_path)
        async with supervised(tmp_path) as supervisor:
            await supervisor.apply(resources(directory, place, endpoint(backends[0].at)))
            with Load(at(place)) as load:
                for name, backend in (("blue", backends[1]), ("green", backends[2])):
                    told = resources(directory, place, endpoint(backend.at), cluster_name=name)
                    await supervisor.apply(told)
                    begun = len(load.answers)
                    await until(lambda b=backend, n=begun: b.name in load.answers[n:])
                assert not supervisor.is_tidy
                await supervisor.tidy()
                await until(lambda: _has_clusters(supervisor, {"green"}))
            assert not load.failures
        assert sorted(each.name for each in (tmp_path / "endpoints").iterdir()) == []

    run(body())


async def _has_clusters(supervisor: Supervisor, names: set[str]) -> bool:
    return {each.name for each in await supervisor.admin.clusters()} == names


def test_a_killed_envoy_has_its_listeners_back_within_a_second_even_if_a_target_hangs(
    tmp_path: Path, place: Place, backends: list[Backend]
) -> None:
    async def body(hung: tuple[str, int]) -> None:
        good = backends[0]
        async with supervised(tmp_path, passing=frozenset({good.at})) as supervisor:
            await supervisor.apply(
                resources(str(tmp_path), place, endpoint(good.at), endpoint(hung))
            )
            with Load(at(place)) as load:
                for _ in range(2):
                    (pid,) = supervisor.pids
                    os.kill(pid, signal.SIGKILL)
                    await until(lambda pid=pid: supervisor.pids not in ({pid}, set()))
                    assert await until(lambda: answers(at(place))) < 1.0
                    begun = len(load.answers)
                    await until(lambda begun=begun: len(load.answers) > begun)
            assert set(load.answers) == {good.name}, "the one that hangs was never asked"
            await until(lambda: _is_checked(supervisor, hung))

    with hanging() as hung:
        run(body(hung))


async def _is_checked(supervisor: Supervisor, target: tuple[str, int]) -> bool:
    (cluster,) = await supervisor.admin.clusters(["web"])
    (host,) = (each for each in cluster.host_statuses if each.at == target)
    return host.health_status.failed_active_health_check


def test_an_envoy_outlives_its_supervisor_that_is_killed_and_the_next_one_adopts_it(
    tmp_path: Path, place: Place, backends: list[Backend]
) -> None:
    told = resources(str(tmp_path), place, endpoint(backends[0].at))
    script = tmp_path / "supervise.py"
    script.write_text(
        "import asyncio, sys, msgspec\n"
        "from pathlib import Path\n"
        "from homeport.dataplane.envoy.process import our_launch\n"
        "from homeport.dataplane.envoy.resources import Resources\n"
        "from homeport.dataplane.envoy.supervisor import Supervisor\n"
        "async def main(directory, told):\n"
        "    supervisor = Supervisor(directory, our_launch(directory),\n"
        "        passing=lambda _: frozenset(), started=lambda: None)\n"
        "    await supervisor.adopt()\n"
        "    await supervisor.apply(told)\n"
        "    print(*supervisor.pids, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "told = msgspec.json.decode(sys.stdin.buffer.read(), type=Resources)\n"
        "asyncio.run(main(Path(sys.argv[1]), told))\n"
    )
    import msgspec

    former = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    assert former.stdin is not None
    assert former.stdout is not None
    with former.stdin as stdin, former.stdout as stdout:
        stdin.write(msgspec.json.encode(told))
        stdin.close()
        pid = int(stdout.readline())
        former.kill()
        former.wait()

    async def body() -> None:
        with Load(at(place)) as load:
            await until(lambda: bool(load.answers))
            async with supervised(tmp_path, end=False) as supervisor:
                assert supervisor.pids == {pid}
                await supervisor.apply(told)
                assert supervisor.pids == {pid}
            async with supervised(tmp_path) as supervisor:
                assert supervisor.pids == {pid}
                change = endpoints("web", endpoint(backends[1].at))
                await supervisor.apply(told)
                await supervisor.apply_endpoints({"web": change})
                await until(lambda: backends[1].name in load.answers)
                assert not load.failures
                load.stop()
        assert not answers(at(place)), "it was ended with its supervisor's last order"

    run(body())


def test_an_envoy_that_was_started_otherwise_is_replaced(
    tmp_path: Path, place: Place, backends: list[Backend]
) -> None:
    import msgspec

    async def body() -> None:
        told = resources(str(tmp_path), place, endpoint(backends[0].at))
        launch = our_launch(tmp_path)
        old = msgspec.structs.replace(launch, version="an older one")
        former = Supervisor(tmp_path, old, passing=lambda _: frozenset(), started=lambda: None)
        await former.adopt()
        await former.apply(told)
        (before,) = former.pids
        former.release()
        async with supervised(tmp_path) as supervisor:
            with Load(at(place), clients=2) as load:
                await until(lambda: bool(load.answers))
                await supervisor.apply(told)
                (after,) = supervisor.pids
                assert after != before
                begun = len(load.answers)
                await until(lambda: len(load.answers) > begun)
            assert not load.failures
            assert [each.pid for each in EnvoyProcess.running(tmp_path)] == [after]

    run(body())


def test_without_anything_to_route_no_envoy_runs(tmp_path: Path) -> None:
    async def body() -> None:
        async with supervised(tmp_path) as supervisor:
            await supervisor.end()
            assert not EnvoyProcess.running(tmp_path)

    run(body())


@pytest.mark.parametrize(
    ("short_lives", "seconds"), [(1, 0), (3, 0), (4, 0.5), (5, 1), (6, 2), (10, 30), (9999, 30)]
)
def test_the_first_deaths_cost_no_time_and_later_ones_more_and_more(
    short_lives: int, seconds: float
) -> None:
    assert pause(short_lives) == seconds
