"""Who waits at the gateway: asked again when there is news, and not otherwise."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from homeport.gateway import waiting
from homeport.gateway.waiting import Waiting, never
from homeport.runtime import NotYet, settled
from homeport.runtime.system import SystemClock
from homeport.store import MISSED, Change, Feed

OF = Change("queue", "q")
CLOCK = SystemClock()


@dataclass
class Shop:
    """Something to wait for: goods, and who asked for them."""

    goods: list[str] = field(default_factory=list)
    asked: int = 0
    at_once: int = 0
    most_at_once: int = 0
    later: list[tuple[float, str]] = field(default_factory=list)
    """What comes of itself, and when."""

    def not_yet(self, wait_s: float, of: Change = OF) -> NotYet:
        again_at = min((at for at, _ in self.later), default=None)
        return NotYet(answer="nothing", of=of, until=CLOCK.now() + wait_s, again_at=again_at)

    def asking(self, wait_s: float) -> Callable[[], Awaitable[Any]]:
        first = self.not_yet(wait_s)

        async def ask() -> Any:
            self.asked += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            due = [each for each in self.later if each[0] <= CLOCK.now()]
            self.later = [each for each in self.later if each not in due]
            self.goods.extend(good for _, good in due)
            if self.goods:
                return self.goods.pop(0)
            again_at = min((at for at, _ in self.later), default=None)
            return NotYet(answer="nothing", of=OF, until=first.until, again_at=again_at)

        return ask


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 30))


async def rest() -> None:
    """Let everybody go as far as they can."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_everybody_is_served_once_and_few_are_asked() -> None:
    async def scene() -> None:
        shop, feed = Shop(), Feed()
        place = Waiting(feed, CLOCK)
        waiters = [
            asyncio.create_task(place.settle(shop.not_yet(20), shop.asking(20), never))
            for _ in range(100)
        ]
        await rest()
        assert shop.asked == 1, "one found nothing, so nobody else is asked"
        for number in range(100):
            shop.goods.append(str(number))
            feed.publish([OF])
            await rest()
        assert sorted(await asyncio.gather(*waiters), key=int) == [str(n) for n in range(100)]
        assert shop.asked <= 300
        assert shop.most_at_once == 1
        assert feed._listeners == ()

    run(scene())


def test_what_came_before_one_joined_is_not_missed() -> None:
    async def scene() -> None:
        shop, feed = Shop(), Feed()
        place = Waiting(feed, CLOCK)
        answer = shop.not_yet(20)
        shop.goods.append("a")  # After the first question, before anybody listens.
        assert await place.settle(answer, shop.asking(20), never) == "a"

    run(scene())


def test_news_of_something_else_wakes_nobody() -> None:
    async def scene() -> None:
        shop, feed = Shop(), Feed()
        place = Waiting(feed, CLOCK)
        waiter = asyncio.create_task(place.settle(shop.not_yet(20), shop.asking(20), never))
        await rest()
        shop.goods.append("a")
        feed.publish([Change("queue", "other"), Change("task", "q")])
        await rest()
        assert (shop.asked, waiter.done()) == (1, False)
        feed.publish([MISSED])
        assert await waiter == "a"

    run(scene())


def test_what_comes_of_itself_comes_to_one_of_those_who_wait() -> None:
    async def scene() -> None:
        shop, feed = Shop(later=[(CLOCK.now() + 0.2, "a"), (CLOCK.now() + 0.4, "b")]), Feed()
        place = Waiting(feed, CLOCK)
        waiters = [
            asyncio.create_task(place.settle(shop.not_yet(20), shop.asking(20), never))
            for _ in range(20)
        ]
        done, left = await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        done_too, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result() for each in (*done, *done_too)] == ["a", "b"]
        assert shop.asked <= 6
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        assert feed._listeners == ()

    run(scene())


def test_the_answer_stands_when_the_time_is_over() -> None:
    async def scene() -> None:
        shop, place = Shop(), Waiting(Feed(), CLOCK)
        begun = CLOCK.now()
        waiters = [place.settle(shop.not_yet(0.3), shop.asking(0.3), never) for _ in range(10)]
        assert await asyncio.gather(*waiters) == ["nothing"] * 10
        assert 0.29 < CLOCK.now() - begun < 10
        assert shop.asked == 1

    run(scene())


def test_nothing_is_asked_for_who_is_gone() -> None:
    async def scene() -> None:
        shop, feed = Shop(goods=["a"]), Feed()
        place = Waiting(feed, CLOCK)

        async def gone() -> None:
            return

        assert await place.settle(shop.not_yet(20), shop.asking(20), gone) == "nothing"
        assert shop.asked == 0
        leaves = asyncio.Event()

        async def later() -> None:
            await leaves.wait()

        shop.goods.clear()
        waiter = asyncio.create_task(place.settle(shop.not_yet(20), shop.asking(20), later))
        await rest()
        leaves.set()
        assert await waiter == "nothing"
        assert feed._listeners == ()

    run(scene())


def test_a_question_that_fails_fails_for_who_asked_alone() -> None:
    async def scene() -> None:
        shop, feed = Shop(), Feed()
        place = Waiting(feed, CLOCK)

        async def fail() -> Any:
            raise ValueError("gone")

        other = asyncio.create_task(place.settle(shop.not_yet(20), shop.asking(20), never))
        await rest()
        feed.publish([OF])
        with pytest.raises(ValueError, match="gone"):
            await place.settle(shop.not_yet(20), fail, never)
        shop.goods.append("a")
        feed.publish([OF])
        assert await other == "a"

    run(scene())


def test_nobody_waits_at_a_gateway_that_closes() -> None:
    async def scene() -> None:
        shop, place = Shop(), Waiting(Feed(), CLOCK)
        waiter = asyncio.create_task(place.settle(shop.not_yet(20), shop.asking(20), never))
        await rest()
        place.close()
        assert await waiter == "nothing"
        assert await place.settle(shop.not_yet(20), shop.asking(20), never) == "nothing"

    run(scene())


def test_there_is_an_end_to_how_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "WAITERS_MAX", 2)

    async def scene() -> None:
        shop, place = Shop(), Waiting(Feed(), CLOCK)
        waiters = [
            asyncio.create_task(place.settle(shop.not_yet(0.5), shop.asking(0.5), never))
            for _ in range(2)
        ]
        await rest()
        assert await place.settle(shop.not_yet(20), shop.asking(20), never) == "nothing"
        assert await asyncio.gather(*waiters) == ["nothing"] * 2

    run(scene())


def test_who_does_not_wait_has_the_answer_at_once() -> None:
    assert settled(Shop().not_yet(20)) == "nothing"
    assert settled({"a": 1}) == {"a": 1}
