"""Several agents of one machine: one holds the endpoint's address, all answer for their tasks."""

import asyncio
import contextlib
import socket

import aiohttp
import pytest

from fleet_recorder import serving, within
from homeport.agent.metadata_server import MetadataUnavailable
from homeport.agent.metadata_sharing import LOOKUPS_AT_ONCE, SharedEndpoint, Whereabouts
from homeport.agent.metadata_wire import Answer, Question
from homeport.agent.neighbours import AWAY


class Agent:
    """Answers for the ids it was given, and says of others that it does not know them."""

    def __init__(self, name, *ids, unsure=()):
        self.name = name
        self.ids = {*ids}
        self.unsure = {*unsure}
        self.asked = []

    def knows(self, question):
        return question.parts[1] in self.ids

    async def answer(self, question):
        self.asked.append(question)
        if question.parts[1] in self.ids:
            told = {"by": self.name, "for": question.caller, "body": question.body.decode()}
            return Answer(200, told)
        if question.parts[1] in self.unsure:
            return Answer(503, {"by": self.name, "unsure": True}, certainty="unsure")
        return Answer(404, {"by": self.name, "unknown": True}, certainty="unknown")


class Machine:
    """Runs agents that share an address, and asks it as a container does."""

    def __init__(self, place):
        self.place = place
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.running = {}

    async def start(self, agent):
        where = Whereabouts(
            address="127.0.0.1", port=self.port, listening_port=None, place=self.place
        )
        endpoint = SharedEndpoint(agent, name=agent.name, where=where)
        await endpoint.open()
        self.running[agent.name] = (endpoint, asyncio.create_task(endpoint.run()))
        return endpoint

    async def stop(self, name, *, coming_back=False):
        endpoint, running = self.running.pop(name)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await endpoint.close(coming_back=coming_back)

    async def ask(self, path, method="GET", body=None):
        url = f"http://127.0.0.1:{self.port}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=body) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def until_answered(self, path):
        """Asked again while nobody listens, as clients do."""
        async with asyncio.timeout(10):
            while True:
                try:
                    return await self.ask(path)
                except aiohttp.ClientError:
                    await asyncio.sleep(0)


@pytest.fixture
def machine(tmp_path):
    """Runs a test's coroutine: ``machine(test)``; every agent that still runs is stopped."""

    def play(test):
        async def act():
            it = Machine(tmp_path)
            try:
                await test(it)
            finally:
                for name in list(it.running):
                    await it.stop(name)

        within(act())

    return play


def told(name, caller="127.0.0.1", body=""):
    return (200, {"by": name, "for": caller, "body": body})


def test_the_first_holds_the_address_and_passes_on_what_it_does_not_know(machine):
    async def test(it):
        first = await it.start(Agent("a", "one"))
        second = await it.start(Agent("b", "two"))
        assert (first.holds_address, second.holds_address) == (True, False)
        assert await it.ask("/v4/one") == told("a")
        assert await it.ask("/v4/two") == told("b")
        assert await it.ask("/v4/two", "PUT", b"said") == told("b", body="said")

    machine(test)


def test_who_answered_once_is_asked_alone_the_next_time(machine):
    async def test(it):
        a, b, c = Agent("a"), Agent("b", "two"), Agent("c")
        for each in (a, b, c):
            await it.start(each)
        for _ in range(3):
            assert await it.ask("/v4/two") == told("b")
        assert (len(a.asked), len(b.asked)) == (0, 3)
        assert len(c.asked) <= 1
        b.ids, c.ids = set(), {"two"}
        assert await it.ask("/v4/two") == told("c")

    machine(test)


def test_an_id_that_nobody_knows_is_answered_by_the_holder(machine):
    async def test(it):
        await it.start(Agent("a"))
        assert await it.ask("/v4/x") == (404, {"by": "a", "unknown": True})
        await it.start(Agent("b"))
        assert await it.ask("/v4/x") == (404, {"by": "a", "unknown": True})

    machine(test)


def test_who_cannot_tell_now_counts_more_than_who_does_not_know(machine):
    async def test(it):
        await it.start(Agent("a"))
        await it.start(Agent("b", unsure={"x"}))
        await it.start(Agent("c"))
        assert await it.ask("/v4/x") == (503, {"by": "b", "unsure": True})

    machine(test)


@pytest.mark.parametrize("path", ["/v2/credentials/x", "/v4/x"])
def test_an_agent_that_will_come_back_leaves_a_sign(machine, path):
    async def test(it):
        await it.start(Agent("a"))
        await it.start(Agent("b", "x", "credentials"))
        await it.stop("b", coming_back=True)
        status, body = await it.ask(path)
        assert status == 503
        code = "CredentialsUninitialized"
        assert body == AWAY or body["code"] == code
        await it.start(Agent("b", "x", "credentials"))
        assert await it.ask(path) == told("b")
        await it.stop("b")
        assert (await it.ask(path))[0] == 404

    machine(test)


def test_when_the_holder_ends_another_takes_over(machine):
    async def test(it):
        await it.start(Agent("a", "one"))
        second = await it.start(Agent("b", "two"))
        await it.stop("a")
        assert await it.until_answered("/v4/two") == told("b")
        assert second.holds_address
        again = await it.start(Agent("a", "one"))
        assert not again.holds_address
        assert await it.ask("/v4/one") == told("a")

    machine(test)


def test_one_that_waits_in_vain_does_not_take_a_turn(machine):
    async def test(it):
        await it.start(Agent("a"))
        await it.start(Agent("b"))
        await it.start(Agent("c", "three"))
        await asyncio.sleep(0)
        await it.stop("b")
        await it.stop("a")
        assert await it.until_answered("/v4/three") == told("c")

    machine(test)


def test_a_holder_of_another_kind_is_said(machine):
    async def test(it):
        async def app(scope, receive, send):
            raise AssertionError

        async with serving(app, it.port):
            with pytest.raises(MetadataUnavailable, match="the port is taken"):
                await it.start(Agent("a"))
        await it.start(Agent("a", "one"))  # What it had begun is undone.
        assert await it.ask("/v4/one") == told("a")

    machine(test)


def test_looking_for_an_id_again_and_again_has_its_bounds(machine):
    async def test(it):
        holder = await it.start(Agent("a"))
        b = Agent("b", "two")
        await it.start(b)
        asked = [Question(path=f"/v4/{n}", caller="c") for n in range(LOOKUPS_AT_ONCE * 4)]
        answers = await asyncio.gather(*(holder.answer(each) for each in asked))
        assert {each.status for each in answers} == {404, 429}
        assert len(b.asked) < len(asked)
        other = await holder.answer(Question(path="/v4/two", caller="d"))
        assert other.status == 200

    machine(test)
