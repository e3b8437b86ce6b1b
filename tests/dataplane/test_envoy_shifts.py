"""Weights as a real Envoy takes them: when, how exactly, and what it costs those who ask."""

import asyncio
import os
import signal
import socket
import statistics
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dataplane.envoy_scenery import Backend, Load, fresh_address, get, until
from dataplane.routing_shelf import (
    GROUP,
    LISTENER,
    Shelf,
    TargetGroup,
    balancer,
    group,
    target,
)
from dataplane.test_envoy_data_plane import pids, routing, run
from homeport.contracts.routing_table import (
    Forward,
    LoadBalancer,
    PathIs,
    Rule,
    WeightedGroup,
)
from homeport.store import Store
from small_backends import Echo
from small_clients import line

PORT = 8080
GREEN = GROUP.replace("/web/", "/green/")
LIVE_WITHIN_S = 0.2
SHARE_REQUESTS = 20_000


@pytest.fixture
def sides() -> Iterator[tuple[Backend, Backend]]:
    made = Backend(), Backend()
    yield made
    for each in made:
        each.close()


class Scene:
    """A load balancer between a blue and a green target group."""

    def __init__(self, store: Store, blue: tuple[str, int], green: tuple[str, int]) -> None:
        self.at = fresh_address(), PORT
        self.shelf = Shelf(store)
        self.groups = group(target(blue)), group(target(green), arn=GREEN)
        self.shift = 0
        self.rules: tuple[Rule, ...] = ()
        self.is_network = False

    def weigh(self, blue: int, green: int) -> int:
        """Other weights; answers their shift."""
        self.shift += 1
        self.shelf.show(self.weighted(blue, green), groups=self.groups)
        return self.shift

    def weighted(self, blue: int, green: int) -> LoadBalancer:
        forward = Forward(
            groups=(WeightedGroup(arn=GROUP, weight=blue), WeightedGroup(arn=GREEN, weight=green))
        )
        made = balancer(self.at[0], PORT)
        (listener,) = made.listeners
        return replace(
            made,
            kind="network" if self.is_network else "application",
            listeners=(
                replace(
                    listener,
                    protocol="TCP" if self.is_network else "HTTP",
                    default=forward,
                    rules=self.rules,
                    shift=self.shift,
                ),
            ),
        )

    async def live(self, shift: int) -> float:
        """Wait until the shift is taken; answers how long that took."""
        return await until(lambda: self.shelf.shifts.get(LISTENER) == shift)


def ask_many(at: tuple[str, int], count: int) -> Counter[str]:
    """Who answers so many requests over four connections that are kept."""
    found: list[Counter[str]] = []

    def ask() -> None:
        own: Counter[str] = Counter()
        with socket.create_connection(at, timeout=20) as opened:
            asked = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"
            with opened.makefile("rb") as said:
                for _ in range(count // 4):
                    opened.sendall(asked)
                    own[answer_of(said)] += 1
        found.append(own)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(found, Counter())


def answer_of(said: object) -> str:
    status = said.readline()  # type: ignore[attr-defined]
    length = 0
    while (header := said.readline()) not in (b"\r\n", b""):  # type: ignore[attr-defined]
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = said.read(length).decode()  # type: ignore[attr-defined]
    return body if b" 200 " in status else f"failed: {status!r}"


def test_a_canary_gets_its_share_to_a_point(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    blue, green = sides
    scene = Scene(store, blue.at, green.at)

    async def body() -> None:
        async with routing(scene.shelf, tmp_path):
            await scene.live(scene.weigh(100, 0))
            await until(lambda: len(scene.shelf.targets) == 2)
            found = await asyncio.to_thread(ask_many, scene.at, 2_000)
            assert found == {blue.name: 2_000}, "none but blue at nothing"
            await scene.live(scene.weigh(90, 10))
            found = await asyncio.to_thread(ask_many, scene.at, SHARE_REQUESTS)
            assert found.keys() == {blue.name, green.name}
            assert abs(found[green.name] / SHARE_REQUESTS - 0.1) < 0.01, found
            await scene.live(scene.weigh(999, 1))
            found = await asyncio.to_thread(ask_many, scene.at, 8_000)
            assert 0 < found[green.name] < 32, "a tenth of a percent"
            await scene.live(scene.weigh(0, 100))
            found = await asyncio.to_thread(ask_many, scene.at, 2_000)
            assert found == {green.name: 2_000}, "all at all"
            await scene.live(scene.weigh(0, 0))
            found = await asyncio.to_thread(ask_many, scene.at, 40)
            assert all(" 503 " in each for each in found), "nobody takes any"

    run(body())


def test_weights_are_live_soon_and_change_under_load_without_loss(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    blue, green = sides
    scene = Scene(store, blue.at, green.at)

    async def body() -> None:
        async with routing(scene.shelf, tmp_path):
            await scene.live(scene.weigh(100, 0))
            await until(lambda: len(scene.shelf.targets) == 2)
            took = []
            with Load(scene.at) as load:
                await until(lambda: len(load.answers) > 50)
                before = connections(scene.at)
                for tenths in range(10, 101, 10):
                    took.append(await scene.live(scene.weigh(100 - tenths, tenths)))
                begun = len(load.answers) + load.clients  # Those were asked before.
                await until(lambda: len(load.answers) > begun + 100)
                assert connections(scene.at) == before, "nobody had to connect again"
            assert load.failures == []
            assert set(load.answers[begun:]) == {green.name}
            print(f"live after {statistics.median(took):.3f} s, at most {max(took):.3f} s")
            assert statistics.median(took) < LIVE_WITHIN_S, took

    run(body())


def connections(at: tuple[str, int]) -> set[str]:
    """The connections that clients have open to an address and port, by their own ports."""
    with Path("/proc/net/tcp").open() as lines:
        rows = [row.split() for row in list(lines)[1:]]
    here = "".join(f"{int(part):02X}" for part in reversed(at[0].split("."))) + f":{at[1]:04X}"
    return {row[2] for row in rows if row[1] == here and row[3] == "01"}


def test_the_same_weights_of_a_rule_are_confirmed_by_the_next_life_too(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    scene = Scene(store, sides[0].at, sides[1].at)

    async def body() -> None:
        async with routing(scene.shelf, tmp_path, end=False):
            await scene.live(scene.weigh(50, 50))
            (pid,) = pids(tmp_path)
        scene.shelf.shifts.clear()
        async with routing(scene.shelf, tmp_path):
            await scene.live(scene.shift)
            assert pids(tmp_path) == [pid]
            os.kill(pid, signal.SIGKILL)
            await until(lambda: pids(tmp_path) not in ([], [pid]))
            await scene.live(scene.weigh(0, 1))
            assert get(scene.at) == sides[1].name

    run(body())


def test_what_envoy_refuses_is_never_live_and_shows_why_until_it_is_mended(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    scene = Scene(store, sides[0].at, sides[1].at)
    # ELB lets nobody say anything as long.
    rule = Rule(
        arn="rule",
        conditions=(PathIs(values=("/" + "?" * 100_000,)),),
        action=Forward(groups=(WeightedGroup(arn=GROUP),)),
    )

    async def body() -> None:
        async with routing(scene.shelf, tmp_path):
            await scene.live(scene.weigh(1, 0))
            scene.rules = (rule,)
            await until(lambda: LISTENER in scene.shelf.listeners)
            refused = scene.weigh(0, 1)
            await until(lambda: bool(scene.shelf.listeners[LISTENER].problems))
            (problem,) = scene.shelf.listeners[LISTENER].problems
            assert problem.startswith("Requests go by the rules and weights before")
            assert "program size" in problem
            assert get(scene.at) == sides[0].name, "it goes on as it was"
            assert scene.shelf.shifts[LISTENER] < refused
            scene.rules = ()
            await scene.live(scene.weigh(0, 1))
            await until(lambda: not scene.shelf.listeners[LISTENER].problems)
            assert get(scene.at) == sides[1].name

    run(body())


def test_a_listener_that_is_open_nowhere_is_not_live(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    scene = Scene(store, sides[0].at, sides[1].at)

    async def body() -> None:
        async with routing(scene.shelf, tmp_path):
            with socket.socket() as holder:
                holder.bind(scene.at)
                holder.listen(1)
                shift = scene.weigh(1, 1)
                await until(lambda: bool(scene.shelf.listeners))
                assert scene.shelf.listeners[LISTENER].problems
                assert LISTENER not in scene.shelf.shifts
            await scene.live(shift)

    run(body())


def test_connections_are_shared_out_by_weights_that_are_live(tmp_path: Path, store: Store) -> None:
    with ExitStack() as ends:
        blue, green = (
            ends.enter_context(closing(Echo(name, address=fresh_address())))
            for name in ("blue", "green")
        )
        scene = Scene(
            store, (blue.server_address[0], blue.port), (green.server_address[0], green.port)
        )  # type: ignore
        scene.groups = tuple(as_tcp(each) for each in scene.groups)  # type: ignore[assignment]
        scene.is_network = True

        async def body() -> None:
            async with routing(scene.shelf, tmp_path):
                await scene.live(scene.weigh(100, 0))
                await until(lambda: len(scene.shelf.targets) == 2)
                stays, name = line(PORT, address=scene.at[0])
                ends.enter_context(stays)
                assert name == "blue"
                took = await scene.live(scene.weigh(0, 100))
                assert took < 5 * LIVE_WITHIN_S
                assert await asyncio.to_thread(names, 50) == {"green": 50}
                stays.sendall(b"still there?")
                assert stays.recv(100) == b"still there?"
                await scene.live(scene.weigh(75, 25))
                found = await asyncio.to_thread(names, 400)
                assert abs(found["green"] / 400 - 0.25) < 0.1, found

        def names(count: int) -> Counter[str]:
            found: Counter[str] = Counter()
            for _ in range(count):
                opened, name = line(PORT, address=scene.at[0])
                opened.close()
                found[name] += 1
            return found

        run(body())


def as_tcp(each: TargetGroup) -> TargetGroup:
    check = replace(each.health, protocol="TCP", path="", matcher="")
    return replace(each, protocol="TCP", version="", health=check)


def test_a_rule_of_a_listener_is_as_live_as_its_default(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    blue, green = sides
    scene = Scene(store, blue.at, green.at)

    async def body() -> None:
        async with routing(scene.shelf, tmp_path):
            await scene.live(scene.weigh(1, 0))
            await until(lambda: len(scene.shelf.targets) == 2)
            to_green = Forward(groups=(WeightedGroup(arn=GREEN),))
            rule = Rule(arn="rule", conditions=(PathIs(values=("/test",)),), action=to_green)
            scene.rules = (rule,)
            await scene.live(scene.weigh(1, 0))
            assert get(scene.at, "/test") == green.name
            assert get(scene.at) == blue.name

    run(body())


def test_weights_that_are_live_are_told_once_the_database_is_back(
    tmp_path: Path, store: Store, sides: tuple[Backend, Backend]
) -> None:
    class Refusing(Shelf):
        refusals = 2

        def saw_shift(self, *members: Any, **named: Any) -> None:
            if self.refusals:
                self.refusals -= 1
                raise RuntimeError("the database is away")
            super().saw_shift(*members, **named)

    scene = Scene(store, sides[0].at, sides[1].at)
    scene.shelf = Refusing(store)

    async def body() -> None:
        async with routing(scene.shelf, tmp_path):
            await scene.live(scene.weigh(1, 1))
            assert not scene.shelf.refusals  # type: ignore[attr-defined]

    run(body())
