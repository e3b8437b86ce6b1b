"""The whole data plane: a routing table in the store, a real Envoy, and what is reported back."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from dataplane.envoy_scenery import Backend, Load, answers, fresh_address, get, until
from dataplane.routing_shelf import LISTENER, Shelf, balancer, group, target
from homeport.dataplane.envoy.process import EnvoyProcess
from homeport.dataplane.envoy.resources import Doors
from homeport.dataplane.envoy.run import DataPlane
from homeport.kernel.clock import Clock
from homeport.runtime.system import SystemClock
from homeport.store import Store

PORT = 8080


@pytest.fixture
def backends() -> Iterator[list[Backend]]:
    made = [Backend() for _ in range(3)]
    yield made
    for each in made:
        each.held.set()
        each.close()


@asynccontextmanager
async def routing(
    shelf: Shelf, directory: Path, *, end: bool = True, clock: Clock | None = None
) -> AsyncIterator[DataPlane]:
    plane = DataPlane(
        shelf.store,
        shelf,
        clock or SystemClock(),
        directory=directory / "envoy",
        doors=Doors(),
    )
    running = asyncio.create_task(plane.run())
    try:
        await plane.refresh()
        yield plane
    finally:
        if end:
            await plane.end()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def pids(directory: Path) -> list[int]:
    return [each.pid for each in EnvoyProcess.running(directory / "envoy")]


def run(body: Coroutine[Any, Any, None]) -> None:
    uvloop.run(body)


def test_what_is_announced_is_routed_and_seen(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address, (first, second, _) = fresh_address(), backends
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path):
            assert not pids(tmp_path), "there is nothing to route"
            shelf.show(balancer(address, PORT), groups=(group(target(first.at)),))
            await until(lambda: LISTENER in shelf.listeners)
            assert shelf.listeners[LISTENER].problems == ()
            assert get((address, PORT)) == first.name
            await until(lambda: first.name in shelf.targets)
            assert shelf.targets[first.name].state == "healthy"

            reads, begun = shelf.reads, time.monotonic()
            shelf.move(group(target(first.at), target(second.at)))
            await until(lambda: get((address, PORT)) == second.name)
            assert time.monotonic() - begun < 0.2
            assert shelf.reads == reads, "only the group was read"
            await until(lambda: second.name in shelf.targets)

            second.status = 503
            await until(lambda: shelf.targets[second.name].state == "unhealthy")
            assert {get((address, PORT)) for _ in range(10)} == {first.name}

            shelf.show(groups=())
            await until(lambda: not answers((address, PORT)))
            await until(lambda: not pids(tmp_path))

    run(body())


def test_a_draining_target_is_free_once_its_last_request_is_answered(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address, (first, second, _) = fresh_address(), backends
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path):
            shelf.show(balancer(address, PORT), groups=(group(target(first.at)),))
            await until(lambda: answers((address, PORT)))
            answered: list[str] = []
            asking = threading.Thread(
                target=lambda: answered.append(get((address, PORT), "/held")), daemon=True
            )
            asking.start()
            await until(lambda: first.asked == ["/held"])
            leaving = target(first.at, draining=True)
            shelf.move(group(leaving, target(second.at)))
            await until(lambda: get((address, PORT)) == second.name)
            idle = target(second.at, draining=True)
            third = target(backends[2].at)
            shelf.move(group(leaving, idle, third))
            await until(lambda: (second.name, 9000) in shelf.drained)
            assert shelf.drained == {(second.name, 9000)}, "the other one still answers"
            assert not answered
            first.held.set()
            await until(lambda: (first.name, 9000) in shelf.drained)
            asking.join()
            assert answered == [first.name]

    run(body())


def test_a_killed_envoy_is_back_within_a_second(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address = fresh_address()
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path):
            told = group(*(target(each.at) for each in backends))
            shelf.show(balancer(address, PORT), groups=(told,))
            await until(lambda: len(shelf.targets) == 3)
            with Load((address, PORT)) as load:
                await until(lambda: len(set(load.answers)) == 3)
                (pid,) = pids(tmp_path)
                os.kill(pid, signal.SIGKILL)
                begun, seen = time.monotonic(), len(load.answers)
                await until(lambda: pids(tmp_path) not in ([], [pid]))
                await until(lambda: answers((address, PORT)))
                assert time.monotonic() - begun < 1.0
                await until(lambda: len(load.answers) > seen + 20)
            # A target that breaks now is noticed by the new one.
            backends[0].status = 500
            await until(lambda: shelf.targets[backends[0].name].state == "unhealthy")

    run(body())


def test_the_next_data_plane_takes_over_while_requests_flow(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address, (first, second, _) = fresh_address(), backends
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path, end=False):
            shelf.show(balancer(address, PORT), groups=(group(target(first.at)),))
            await until(lambda: answers((address, PORT)))
            before = pids(tmp_path)
        with Load((address, PORT)) as load:
            shelf.targets.clear()
            shelf.listeners.clear()
            # What happens while nobody is there is found out afterwards.
            shelf.move(group(target(first.at), target(second.at)))
            async with routing(shelf, tmp_path):
                assert pids(tmp_path) == before
                await until(lambda: set(shelf.targets) == {first.name, second.name})
                await until(lambda: second.name in load.answers)
                assert shelf.listeners[LISTENER].problems == ()
                load.stop()
        assert not load.failures

    run(body())


def test_a_port_that_somebody_else_has_is_told_and_taken_when_it_is_free(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address = fresh_address()
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path):
            with socket.socket() as holder:
                holder.bind((address, PORT))
                holder.listen(1)
                told = group(target(backends[0].at))
                shelf.show(balancer(address, PORT, PORT + 1), groups=(told,))
                await until(lambda: len(shelf.listeners) == 2)
                (problem,) = shelf.listeners[LISTENER].problems
                assert problem.startswith(f"Port {PORT} of {address} is taken by ")
                assert not shelf.listeners[f"{LISTENER}1"].problems
                assert get((address, PORT + 1)) == backends[0].name
            await until(lambda: not shelf.listeners[LISTENER].problems)
            assert get((address, PORT)) == backends[0].name

    run(body())


def test_a_report_that_cannot_be_written_is_written_later(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address = fresh_address()

    class Refusing(Shelf):
        refusals = 1

        def saw_targets(self, *members: Any, **named: Any) -> None:
            if self.refusals:
                self.refusals -= 1
                raise RuntimeError("the database is away")
            super().saw_targets(*members, **named)

    shelf = Refusing(store)

    async def body() -> None:
        async with routing(shelf, tmp_path):
            told = group(target(backends[0].at))
            shelf.show(balancer(address, PORT), groups=(told,))
            await until(lambda: backends[0].name in shelf.targets)
            assert not shelf.refusals

    run(body())


def test_a_reset_leaves_no_envoy(tmp_path: Path, store: Store, backends: list[Backend]) -> None:
    address = fresh_address()
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path) as plane:
            shelf.show(balancer(address, PORT), groups=(group(target(backends[0].at)),))
            await until(lambda: answers((address, PORT)))
            shelf.shown = type(shelf.shown)(load_balancers=(), target_groups=())
            await plane.refresh()
            assert not answers((address, PORT))
            assert not pids(tmp_path)

    run(body())


def test_what_a_target_is_answering_is_answered_before_envoy_ends(
    tmp_path: Path, store: Store, backends: list[Backend]
) -> None:
    address, first = fresh_address(), backends[0]
    shelf = Shelf(store)

    async def body() -> None:
        async with routing(shelf, tmp_path) as plane:
            shelf.show(balancer(address, PORT), groups=(group(target(first.at)),))
            await until(lambda: answers((address, PORT)))
            answered: list[str] = []
            asking = threading.Thread(
                target=lambda: answered.append(get((address, PORT), "/held")), daemon=True
            )
            asking.start()
            await until(lambda: first.asked == ["/held"])
            shelf.shown = type(shelf.shown)(load_balancers=(), target_groups=())
            routed = asyncio.create_task(plane.refresh())
            await until(lambda: not answers((address, PORT)))
            assert not answered
            first.held.set()
            await routed
            await asyncio.to_thread(asking.join)
            assert answered == [first.name]
            assert not pids(tmp_path)

    run(body())
