import asyncio
import contextlib
import socket

import pytest

from fleet_recorder import (
    TOKEN,
    RecordingFleet,
    announce,
    gate_of,
    hello_of,
    report_of,
    serving,
    within,
)
from homeport.agent.link import ControlLink, ControlPlane, LinkLost, Outbox, link_url
from homeport.contracts.identity import AccessKey
from homeport.link.messages import Assignment, EngineState

NODE = "arn:node/" + "a" * 32


class RecordingNode:
    """Implements what the link tells: remembers it."""

    def __init__(self):
        self.welcomes = []
        self.assignments = []
        self.known = {}
        self._news = asyncio.Event()

    def welcome(self, welcome):
        self.welcomes.append(welcome)
        self._news.set()

    def assign(self, assignment):
        self.assignments.append(assignment)
        self._news.set()

    def reports(self):
        return tuple(self.known.values())

    async def until(self, true):
        async with asyncio.timeout(10):
            while not true():
                await self._news.wait()
                self._news.clear()


class Scene:
    """A node with its link, and the control plane that a test starts and ends."""

    def __init__(self, store, clock, ids):
        self.store = store
        self.fleet = RecordingFleet()
        self.gate = gate_of(self.fleet, store, clock, ids)
        self.node = RecordingNode()
        self.outbox = Outbox()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        there = ControlPlane(
            url=f"http://127.0.0.1:{self.port}",
            token=TOKEN,
            region="us-east-1",
            account="000000000000",
        )
        self.link = ControlLink(
            find=lambda: there,
            node=self.node,
            outbox=self.outbox,
            hello=lambda _: hello_of(),
        )

    @contextlib.asynccontextmanager
    async def running(self):
        running = asyncio.create_task(self.link.run())
        try:
            yield
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    def control_plane(self):
        return serving(self.gate, self.port)

    def publish(self, report):
        self.node.known[report.task_arn] = report
        self.outbox.put(report)


@pytest.fixture
def scene(store, clock, ids):
    def play(test):
        async def act():
            await test(Scene(store, clock, ids))

        within(act())

    return play


def test_assignments_reach_the_node_and_reports_the_fleet(scene):
    async def test(it):
        it.fleet.assigned = [Assignment(task_arn="task/1", generation=1, desired="FORGOTTEN")]
        async with it.control_plane(), it.running():
            await it.node.until(lambda: len(it.node.assignments) == 1)
            assert it.node.welcomes[0].assigned == 1
            it.fleet.assigned.append(
                Assignment(task_arn="task/2", generation=2, desired="FORGOTTEN")
            )
            await announce(it.store, NODE)
            await it.node.until(lambda: len(it.node.assignments) == 2)
            it.publish(report_of("task/1"))
            await it.fleet.until(lambda: it.fleet.reports_of("task/1"))

    scene(test)


def test_a_node_started_before_its_control_plane_finds_it(scene):
    async def test(it):
        async with it.running():
            it.publish(report_of("task/1"))
            async with it.control_plane():
                await it.fleet.until(lambda: it.fleet.reports_of("task/1"))

    scene(test)


def test_after_the_control_plane_was_gone_everything_known_is_said_again(scene):
    async def test(it):
        async with it.running():
            async with it.control_plane():
                it.publish(report_of("task/1", 1))
                await it.fleet.until(lambda: it.fleet.reports_of("task/1"))
            it.publish(report_of("task/2", 1))
            it.publish(report_of("task/2", 2, "STOPPED"))
            it.fleet.said.clear()
            async with it.control_plane():
                await it.fleet.until(lambda: len(it.fleet.of("report")) == 2)
            assert [each.phase for each in it.fleet.reports_of("task/1")] == ["RUNNING"]
            assert [each.phase for each in it.fleet.reports_of("task/2")] == ["STOPPED"]
            assert len(it.node.welcomes) == 2

    scene(test)


def test_a_link_that_ends_is_made_again(scene):
    async def test(it):
        async with it.control_plane(), it.running():
            await it.node.until(lambda: it.node.welcomes)
            await it.link._socket.close()
            await it.node.until(lambda: len(it.node.welcomes) == 2)

    scene(test)


def test_a_second_welcome_makes_the_node_say_everything_again(scene):
    async def test(it):
        async with it.control_plane(), it.running():
            it.publish(report_of("task/1"))
            await it.fleet.until(lambda: it.fleet.reports_of("task/1"))
            it.fleet.said.clear()
            await it.gate.greet_again()
            await it.node.until(lambda: len(it.node.welcomes) == 2)
            await it.fleet.until(lambda: it.fleet.reports_of("task/1"))
            assert len(it.fleet.of("hello")) == 1

    scene(test)


def test_credentials_are_asked_for_again_when_the_link_breaks_meanwhile(scene):
    async def test(it):
        it.fleet.credentials["id"] = AccessKey(
            access_key_id="ASIA1",
            secret_access_key="secret",
            session_token="token",
            account="000000000000",
            principal="p",
            expires_at=5.0,
        )
        async with it.running():
            asked = asyncio.create_task(it.link.credentials("id"))
            async with it.control_plane():
                given = await asked
            assert (given.access_key_id, given.token) == ("ASIA1", "token")

    scene(test)


def test_credentials_that_nobody_answers_are_a_lost_link(scene, monkeypatch):
    monkeypatch.setattr("homeport.agent.link.CREDENTIALS_WITHIN_S", 0.05)

    async def test(it):
        with pytest.raises(LinkLost):
            await it.link.credentials("id")

    scene(test)


def test_the_engines_state_is_said_after_every_hello(scene):
    async def test(it):
        it.outbox.put_engine(EngineState(connected=True, docker_version="20.10"))
        async with it.running():
            async with it.control_plane():
                await it.fleet.until(lambda: it.fleet.of("engine"))
            it.fleet.said.clear()
            async with it.control_plane():
                await it.fleet.until(lambda: it.fleet.of("engine"))
        assert it.fleet.of("engine")[0].docker_version == "20.10"

    scene(test)


def test_news_of_the_node_itself_are_said_in_a_new_hello(scene):
    async def test(it):
        async with it.control_plane(), it.running():
            await it.node.until(lambda: it.node.welcomes)
            await it.link.say_hello_again()
            await it.node.until(lambda: len(it.node.welcomes) == 2)
            assert len(it.fleet.of("hello")) == 2

    scene(test)


def test_a_refused_token_is_no_reason_to_give_up(scene):
    async def test(it):
        attempts = []

        async def refusing_twice(scope, receive, send):
            attempts.append(scope)
            token = b"Bearer guess" if len(attempts) <= 2 else f"Bearer {TOKEN}".encode()
            headers = [each for each in scope["headers"] if each[0] != b"authorization"]
            await it.gate(scope | {"headers": [*headers, (b"authorization", token)]}, receive, send)

        async with serving(refusing_twice, it.port), it.running():
            await it.node.until(lambda: it.node.welcomes)
        assert len(attempts) == 3

    scene(test)


def test_only_the_newest_report_of_each_task_waits():
    async def test():
        outbox = Outbox()
        outbox.put(report_of("task/1", 1))
        outbox.put(report_of("task/2", 1))
        outbox.put(report_of("task/1", 3))
        outbox.put(report_of("task/1", 2))
        taken = await outbox.take()
        assert [(each.task_arn, each.sequence) for each in taken] == [("task/1", 3), ("task/2", 1)]

    within(test())


def test_the_link_is_beside_the_api():
    assert link_url("http://127.0.0.1:4566") == "ws://127.0.0.1:4566/_homeport/agent"
    assert link_url("https://ecs.example/base/") == "wss://ecs.example/base/_homeport/agent"
    with pytest.raises(ValueError, match="http"):
        link_url("ftp://x")
