import asyncio

import pytest

from fleet_recorder import within
from homeport.agent.credentials import UNKNOWN_FOR_S, RoleCredentials
from homeport.agent.link import LinkLost
from homeport.link.messages import Credentials

HOUR = 3600.0


class ControlPlane:
    """Answers requests for credentials, one after the other, as a test wants it to."""

    def __init__(self, clock, lifetime_s=6 * HOUR):
        self.clock = clock
        self.lifetime_s = lifetime_s
        self.asked = []
        self.known = {"task"}
        self.reachable = True
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self, credentials_id):
        self.asked.append(credentials_id)
        await self.gate.wait()
        if not self.reachable:
            raise LinkLost("no")
        if credentials_id not in self.known:
            return Credentials(request=1)
        return Credentials(
            request=1,
            access_key_id=f"ASIA{len(self.asked)}",
            expires_at=self.clock.now() + self.lifetime_s,
        )


@pytest.fixture
def scene(clock):
    def play(test, **control):
        async def act():
            plane = ControlPlane(clock, **control)
            here = {"task"}
            credentials = RoleCredentials(
                fetch=plane.fetch, clock=clock, belongs_here=here.__contains__
            )
            await test(plane, credentials, here)

        within(act())

    return play


def test_credentials_are_fetched_once_and_kept_while_they_are_good_for_a_while(scene, clock):
    async def test(plane, credentials, here):
        first = await credentials.get("task")
        clock.turn(5 * HOUR)
        assert await credentials.get("task") == first
        clock.turn(HOUR - 20 * 60)
        assert (await credentials.get("task")).access_key_id == "ASIA2"
        assert plane.asked == ["task", "task"]

    scene(test)


def test_credentials_that_live_shortly_are_renewed_half_way(scene, clock):
    async def test(plane, credentials, here):
        await credentials.get("task")
        clock.turn(29)
        await credentials.get("task")
        assert len(plane.asked) == 1
        clock.turn(1)
        await credentials.get("task")
        assert len(plane.asked) == 2

    scene(test, lifetime_s=60.0)


def test_many_callers_at_once_ask_the_control_plane_once(scene):
    async def test(plane, credentials, here):
        plane.gate.clear()
        callers = [asyncio.create_task(credentials.get("task")) for _ in range(20)]
        await asyncio.sleep(0)
        callers[0].cancel()
        plane.gate.set()
        given = await asyncio.gather(*callers[1:])
        assert {each.access_key_id for each in given} == {"ASIA1"}
        assert plane.asked == ["task"]

    scene(test)


def test_an_unknown_id_is_not_asked_about_again_for_a_moment(scene, clock):
    async def test(plane, credentials, here):
        assert await credentials.get("later") is None
        assert await credentials.get("later") is None
        assert plane.asked == ["later"]
        plane.known.add("later")
        clock.turn(UNKNOWN_FOR_S)
        assert (await credentials.get("later")).access_key_id == "ASIA2"

    scene(test)


def test_without_a_link_the_old_ones_are_given_until_they_expire(scene, clock):
    async def test(plane, credentials, here):
        first = await credentials.get("task")
        plane.reachable = False
        clock.turn(6 * HOUR - 1)
        assert await credentials.get("task") == first
        clock.turn(1)
        with pytest.raises(LinkLost):
            await credentials.get("task")

    scene(test)


def test_credentials_end_with_their_task(scene):
    async def test(plane, credentials, here):
        await credentials.get("task")
        here.clear()
        plane.known.clear()
        assert await credentials.get("task") is None

    scene(test)
