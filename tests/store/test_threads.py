"""Threads that work off a queue."""

import asyncio
import threading
from collections.abc import Iterator, Sequence

import pytest

from homeport.store.threads import AT_ONCE_MAX, Outcome, Threads, Work, each_alone


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(1, "worker")
    yield made
    made.close()


def fail() -> None:
    raise LookupError("no such thing")


def test_work_is_done_elsewhere_and_answered(threads: Threads) -> None:
    assert threads.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(LookupError, match="no such thing"):
        threads.run(fail)
    assert threads.run(lambda: 3) == 3


def test_the_event_loop_is_answered_too(threads: Threads) -> None:
    async def ask() -> int:
        with pytest.raises(LookupError, match="no such thing"):
            await threads.arun(fail)
        return await threads.arun(lambda: 3)

    assert asyncio.run(ask()) == 3


def test_work_that_is_cancelled_in_time_is_not_begun(threads: Threads) -> None:
    begun: list[str] = []
    gate = threading.Event()

    async def ask() -> None:
        first = threads.arun(gate.wait)
        second = threads.arun(lambda: begun.append("second"))
        second.cancel()
        gate.set()
        await first
        await threads.arun(lambda: begun.append("third"))

    asyncio.run(ask())
    assert begun == ["third"]


def test_a_loop_that_left_is_no_trouble(threads: Threads) -> None:
    gate = threading.Event()

    async def ask() -> None:
        threads.arun(gate.wait)

    asyncio.run(ask())
    gate.set()
    assert threads.run(lambda: 3) == 3


def test_closing_finishes_the_work_and_refuses_more() -> None:
    done: list[int] = []

    async def ask(threads: Threads) -> None:
        waiting = [threads.arun(lambda number=number: done.append(number)) for number in range(9)]  # type: ignore[misc]
        threads.close()
        await asyncio.gather(*waiting)

    threads = Threads(1, "worker")
    asyncio.run(ask(threads))
    assert done == list(range(9))
    with pytest.raises(RuntimeError, match="closed"):
        threads.run(lambda: 3)


def test_what_waits_is_done_together_and_each_has_its_own_outcome() -> None:
    seen: list[int] = []

    def together(works: Sequence[Work]) -> list[Outcome]:
        seen.append(len(works))
        return each_alone(works)

    async def ask(threads: Threads) -> list[object]:
        gate = threading.Event()
        first = threads.arun(gate.wait)
        while not seen:
            await asyncio.sleep(0)
        rest = [threads.arun(fail), *(threads.arun(lambda at=at: at) for at in range(9))]  # type: ignore[misc]
        gate.set()
        await first
        return await asyncio.gather(*rest, return_exceptions=True)

    threads = Threads(1, "worker", together=together)
    try:
        told = asyncio.run(ask(threads))
        assert isinstance(told[0], LookupError)
        assert told[1:] == list(range(9))
        assert seen == [1, AT_ONCE_MAX, 10 - AT_ONCE_MAX]
    finally:
        threads.close()


def test_a_thread_outlives_what_goes_wrong_with_several() -> None:
    def together(works: Sequence[Work]) -> list[Outcome]:
        raise OSError("no disk")

    threads = Threads(1, "worker", together=together)
    try:
        for _ in range(2):
            with pytest.raises(OSError, match="no disk"):
                threads.run(lambda: 3)
    finally:
        threads.close()
