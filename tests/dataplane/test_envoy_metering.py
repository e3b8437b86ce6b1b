"""What goes through a real Envoy is told, to the request."""

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dataplane.envoy_scenery import Backend, fresh_address, get, until
from dataplane.routing_shelf import BALANCER, GROUP, Shelf
from dataplane.test_envoy_data_plane import pids, run
from dataplane.test_envoy_data_plane import routing as data_plane
from dataplane.test_envoy_shifts import GREEN, Scene
from homeport.dataplane.envoy.run import DataPlane
from homeport.runtime.system import SystemClock
from homeport.store import Store

PERIOD_S = 0.5


class FastClock(SystemClock):
    """A minute of AWS's is half a second."""

    def span(self, seconds: float) -> float:
        return seconds * PERIOD_S / 60


@pytest.fixture
def sides() -> Iterator[tuple[Backend, Backend]]:
    made = Backend(), Backend()
    yield made
    for each in made:
        each.held.set()
        each.close()


@asynccontextmanager
async def routing(shelf: Shelf, directory: Path, *, end: bool = True) -> AsyncIterator[DataPlane]:
    async with data_plane(shelf, directory, end=end, clock=FastClock()) as plane:
        yield plane


def summed(shelf: Shelf, group: str) -> Counter[str]:
    """What was told of a target group, or of the load balancer."""
    found: Counter[str] = Counter()
    for each in shelf.figures:
        assert each.load_balancer_arn == BALANCER
        if each.group_arn == group:
            found["requests"] += each.requests
            found["new"] += each.new_connections
            found["bytes"] += each.processed_bytes
            found["errors"] += each.connection_errors
            found["timed"] += int(sum(count for _, count in each.response_times))
            found.update(dict(each.codes))
    return found


def test_every_request_is_told_once_with_who_answered_it(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    blue, green = sides
    scene = Scene(store, blue.at, green.at)
    shelf = scene.shelf

    async def body() -> None:
        async with routing(shelf, tmp_path):
            await scene.live(scene.weigh(100, 0))
            await until(lambda: len(shelf.targets) == 2)
            begun = time.time()
            for _ in range(30):
                get(scene.at)
            blue.status = 404
            get(scene.at)
            await scene.live(scene.weigh(0, 100))
            get(scene.at)
            get(scene.at, "/break")  # The target hangs up: that is a 502 of the load balancer's.
            await until(lambda: summed(shelf, GREEN)["requests"] == 2)
            await until(lambda: summed(shelf, "")["new"] >= 33)
            whole = summed(shelf, "")
            of_blue = summed(shelf, GROUP)
            assert (of_blue["requests"], of_blue["2XX"], of_blue["4XX"]) == (31, 30, 1)
            assert of_blue["timed"] == 31
            assert of_blue["bytes"] > 31 * 100
            of_green = summed(shelf, GREEN)
            assert (of_green["2XX"], of_green["5XX"], of_green["timed"]) == (1, 0, 1)
            assert (whole["5XX"], whole["502"], whole["requests"]) == (1, 1, 0)
            spans = [each.began_at for each in shelf.figures if each.requests]
            assert all(begun - PERIOD_S <= each <= time.time() for each in spans)
            told = len(shelf.figures)
            await until(lambda: len(shelf.figures) >= told + 6)
            assert not any(each.requests for each in shelf.figures[told:]), "told once"
            groups = {each.group_arn for each in shelf.figures[told:]}
            assert groups == {GROUP, GREEN, ""}, "what has no traffic is told too"

    run(body())


def test_nothing_is_told_twice_or_taken_back_when_envoy_or_homeport_begin_anew(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    blue, _ = sides
    scene = Scene(store, *(each.at for each in sides))
    shelf = scene.shelf

    async def body() -> None:
        async with routing(shelf, tmp_path, end=False):
            await scene.live(scene.weigh(1, 0))
            await until(lambda: blue.name in shelf.targets)
            for _ in range(10):
                get(scene.at)
            await until(lambda: summed(shelf, GROUP)["requests"] == 10)
        async with routing(shelf, tmp_path):
            await scene.live(scene.shift)
            get(scene.at)
            await until(lambda: summed(shelf, GROUP)["requests"] == 11)
            (pid,) = pids(tmp_path)
            os.kill(pid, signal.SIGKILL)
            await until(lambda: pids(tmp_path) not in ([], [pid]))
            await until(lambda: answers_at(scene.at))
            before = summed(shelf, GROUP)["requests"]
            assert before in (11, 12)
            get(scene.at)
            await until(lambda: summed(shelf, GROUP)["requests"] >= 13)
            assert all(each.requests >= 0 for each in shelf.figures)
            assert summed(shelf, GROUP)["requests"] == 13

    run(body())


def answers_at(at: tuple[str, int]) -> bool:
    with socket.socket() as asking:
        asking.settimeout(1)
        if asking.connect_ex(at) != 0:
            return False
    return bool(get(at))


def test_connections_that_targets_refuse_are_counted(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    nobody = fresh_address(), 9000
    scene = Scene(store, nobody, sides[1].at)
    shelf = scene.shelf

    async def body() -> None:
        async with routing(shelf, tmp_path):
            await scene.live(scene.weigh(1, 0))
            await until(lambda: nobody[0] in shelf.targets)
            get(scene.at)
            await until(lambda: summed(shelf, GROUP)["errors"] == 3)
            await until(lambda: summed(shelf, "")["502"] == 1)
            assert summed(shelf, GROUP)["5XX"] == 0
            assert summed(shelf, GROUP)["requests"] == 1

    run(body())


def test_figures_that_cannot_be_written_hold_up_nothing_and_are_written_later(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    class Refusing(Shelf):
        refuses = True
        refused = 0

        def saw_traffic(self, tx: Any, figures: Any, *, now: float) -> None:
            if self.refuses:
                self.refused += 1
                raise RuntimeError("the database is away")
            super().saw_traffic(tx, figures, now=now)

    scene = Scene(store, *(each.at for each in sides))
    shelf = scene.shelf = Refusing(store)

    async def body() -> None:
        async with routing(shelf, tmp_path):
            await scene.live(scene.weigh(1, 0))
            for _ in range(5):
                get(scene.at)
            await until(lambda: shelf.refused >= 2)
            await scene.live(scene.weigh(0, 1))
            assert not shelf.figures
            shelf.refuses = False
            await until(lambda: summed(shelf, GROUP)["requests"] == 5)

    run(body())
