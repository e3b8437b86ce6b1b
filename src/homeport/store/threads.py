"""Threads that work off a queue, and the way back to the event loop.  They know no database.

This is what an executor does, without what its futures cost: a read of a few microseconds should
not wait for locks and callbacks that nobody needs.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

Answer = TypeVar("Answer")
Work = Callable[[], Any]
Outcome = tuple[Any, BaseException | None]
"""The answer of work, or what it raised."""
Settle = Callable[[Any, BaseException | None], None]
AT_ONCE_MAX: Final = 8
"""Work that is done together: each waits for all of it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    work: Work
    cancelled: Callable[[], bool]
    settle: Settle


_Queue = SimpleQueue[_Asked | None]
"""None: the end."""


def each_alone(works: Sequence[Work]) -> list[Outcome]:
    """The outcome of each, one after the other."""
    return [outcome_of(work) for work in works]


def outcome_of(work: Work) -> Outcome:
    """What work answers or raises."""
    try:
        return work(), None
    except BaseException as error:
        return None, error


class Threads:
    """A few threads that take work in the order in which it came."""

    def __init__(
        self,
        count: int,
        name: str,
        *,
        together: Callable[[Sequence[Work]], Sequence[Outcome]] | None = None,
    ) -> None:
        """`together` does work of which several pieces wait, and answers the outcome of each."""
        self._queue: _Queue = SimpleQueue()
        self._closed = False
        do, most = (each_alone, 1) if together is None else (together, AT_ONCE_MAX)
        self._threads = [
            threading.Thread(
                target=_work, args=(self._queue, do, most), name=f"{name}-{n}", daemon=True
            )
            for n in range(count)
        ]
        for each in self._threads:
            each.start()

    def run(self, work: Callable[[], Answer]) -> Answer:
        """The answer of `work`, from one of the threads; blocks, so none of them may call it."""
        future: Future[Answer] = Future()

        def settle(answer: Any, error: BaseException | None) -> None:
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)

        self._put(work, future.cancelled, settle)
        return future.result()

    def arun(self, work: Callable[[], Answer]) -> asyncio.Future[Answer]:
        """`run` for the event loop; work that is cancelled before its turn is not begun."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()

        def settle(answer: Any, error: BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(_settle, future, answer, error)
            except RuntimeError:  # The loop is closed: nobody waits any more.
                return

        self._put(work, future.cancelled, settle)
        return future

    def close(self) -> None:
        """Finish what was asked for, then end; nothing may be asked for any more."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for each in self._threads:
            each.join()

    def _put(self, work: Work, cancelled: Callable[[], bool], settle: Settle) -> None:
        if self._closed:
            raise RuntimeError("the store is closed")
        self._queue.put(_Asked(work, cancelled, settle))


def _work(queue: _Queue, do: Callable[[Sequence[Work]], Sequence[Outcome]], at_once: int) -> None:
    while _goes_on(queue, do, at_once):  # Nothing is kept alive while the thread waits.
        pass


def _goes_on(
    queue: _Queue, do: Callable[[Sequence[Work]], Sequence[Outcome]], at_once: int
) -> bool:
    taken = _taken(queue, at_once)
    asked = [each for each in taken if each is not None and not each.cancelled()]
    outcomes: Sequence[Outcome]
    try:
        outcomes = do([each.work for each in asked]) if asked else ()
    except BaseException as trouble:  # Whoever waits is told; the thread lives on.
        outcomes = [(None, trouble)] * len(asked)
    for each, (answer, error) in zip(asked, outcomes, strict=True):
        each.settle(answer, error)
    return taken[-1] is not None


def _taken(queue: _Queue, most: int) -> list[_Asked | None]:
    """What waits, at least one piece of it; nothing after the end."""
    taken = [queue.get()]
    while len(taken) < most and taken[-1] is not None:
        try:
            taken.append(queue.get_nowait())
        except Empty:
            break
    return taken


def _settle(future: asyncio.Future[Any], answer: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)
