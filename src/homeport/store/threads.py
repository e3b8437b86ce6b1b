"""Threads that work off a queue, and the way back to the event loop.  They know no database.

This is what an executor does, without what its futures cost: a read of a few microseconds should
not wait for locks and callbacks that nobody needs.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Work = Callable[[], Any]
Settle = Callable[[Any, BaseException | None], None]


class Threads:
    """A few threads that take work in the order in which it came."""

    def __init__(self, count: int, name: str) -> None:
        self._queue: SimpleQueue[tuple[Work, Callable[[], bool], Settle] | None] = SimpleQueue()
        self._closed = False
        self._threads = [
            threading.Thread(target=_work, args=(self._queue,), name=f"{name}-{n}", daemon=True)
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
        self._queue.put((work, cancelled, settle))


def _work(queue: SimpleQueue[tuple[Work, Callable[[], bool], Settle] | None]) -> None:
    while (item := queue.get()) is not None:
        work, cancelled, settle = item
        if not cancelled():
            try:
                answer = work()
            except BaseException as error:
                settle(None, error)
            else:
                settle(answer, None)
                del answer
        del item, work, cancelled, settle  # The thread keeps nothing alive while it waits.


def _settle(future: asyncio.Future[Any], answer: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)
