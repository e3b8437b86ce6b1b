"""Asks what stands for Lambda functions, and records the answers.

The edge of hooks: woken by the change feed, it keeps one asyncio task for each invocation that has
no answer.  What is asked is recorded before it is asked; a crash in between asks once more.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from homeport.app.hook_asking import Said, ask_command, ask_url
from homeport.contracts.hooks import HookWork, Order
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.runtime.lease import Leases
from homeport.store import MISSED, Change, Store

KIND: Final = "hook invocation"
NAME: Final = "hook runner"
"""By which the keys of its work are leased."""
TRY_AGAIN_S: Final = 1.0

_log = structlog.get_logger("homeport.hooks")


class HookRunner:
    """Keeps every invocation that is ours going until it has its answer."""

    def __init__(
        self,
        store: Store,
        work: HookWork,
        *,
        clock: Clock,
        ids: Ids,
        credentials: dict[str, str],
        directory: Path,
        leases: Leases | None,
    ) -> None:
        """`credentials` are environment variables that an AWS client finds Homeport by.

        `directory` is where commands run that say nothing else.
        """
        self._store = store
        self._work = work
        self._clock = clock
        self._ids = ids
        self._credentials = credentials
        self._directory = directory
        self._leases = leases
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._waiting_for: dict[str, asyncio.Event] = {}
        """Set when the task with this ARN has news."""
        self._look = asyncio.Event()

    async def run(self) -> None:
        """Ask until cancelled; commands that still run are killed then, and run again later."""
        loop = asyncio.get_running_loop()

        def hear(changes: Sequence[Change]) -> None:
            news = [each for each in changes if self._concerns(each)]
            if news:
                loop.call_soon_threadsafe(self._hear, news)

        if self._leases is not None:
            self._leases.on_gain(self._look.set)
        stop_listening = self._store.feed.listen(hear, kinds=(KIND, "task"))
        self._look.set()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._look.wait()
                    self._look.clear()
                    await self._take_up(group)
        finally:
            stop_listening()

    def _concerns(self, change: Change) -> bool:
        """Of the many tasks, those that a hook waits for; on any thread."""
        return change.kind != "task" or change.key in self._waiting_for

    def _hear(self, changes: Sequence[Change]) -> None:
        for each in changes:
            if each.kind == KIND or each == MISSED:
                self._look.set()
            waiter = self._waiting_for.get(each.key) if each.kind == "task" else None
            if waiter is not None:
                waiter.set()
            if each == MISSED:
                for waiting in self._waiting_for.values():
                    waiting.set()

    async def _take_up(self, group: asyncio.TaskGroup) -> None:
        """Begin what is new, end what nobody waits for any more."""
        try:
            orders = {each.id: each for each in await self._store.aread(self._work.orders)}
        except Exception:
            _log.exception("hooks could not be read", again_in_s=TRY_AGAIN_S)
            asyncio.get_running_loop().call_later(TRY_AGAIN_S, self._look.set)
            return
        for known, asking in list(self._asking.items()):
            if known not in orders or not self._holds(known):
                asking.cancel()
        for each in orders.values():
            if each.id not in self._asking and self._holds(each.id):
                self._asking[each.id] = group.create_task(self._keep(each))

    def _holds(self, invocation_id: str) -> bool:
        return self._leases is None or self._leases.holds(NAME, invocation_id)

    async def _keep(self, order: Order) -> None:
        """Until the invocation has its answer."""
        try:
            if order.kind == "task":
                await self._keep_task(order)
            else:
                await self._record(order, await self._asked(order))
        except Exception:
            _log.exception("a hook failed", hook=order.name, again_in_s=TRY_AGAIN_S)
            await asyncio.sleep(TRY_AGAIN_S)
            self._look.set()
        finally:
            self._asking.pop(order.id, None)
            # Cut short because it was somebody else's for a moment, it may be ours again by now.
            self._look.set()

    async def _asked(self, order: Order) -> Said:
        left = order.began_at + order.timeout_s - self._clock.now()
        try:
            async with asyncio.timeout(max(0.0, left)):
                if order.kind == "url":
                    return await ask_url(order)
                where = order.directory or str(self._directory)
                return await ask_command(order, self._environment(order), where)
        except TimeoutError:
            return Said(
                diagnostic=f"The {order.kind} of the hook did not answer within "
                f"{order.timeout_s:g} seconds."
            )

    async def _record(self, order: Order, said: Said) -> None:
        await self._store.awrite(
            lambda tx: self._work.settle(
                tx, order.id, body=said.body, diagnostic=said.diagnostic, now=self._clock.now()
            )
        )

    async def _keep_task(self, order: Order) -> None:
        """Look at the task whenever it has news, and when its time is over."""
        arn = order.task_arn
        while True:
            news = asyncio.Event()
            if arn is not None:
                self._waiting_for[arn] = news
            try:
                found = await self._store.awrite(
                    lambda tx: self._work.keep_task(
                        tx, order.id, now=self._clock.now(), ids=self._ids
                    )
                )
                if found is None:
                    return
                if found == arn:
                    await self._news(news, order)
                arn = found
            finally:
                self._waiting_for.pop(arn or "", None)

    async def _news(self, news: asyncio.Event, order: Order) -> None:
        left = order.began_at + order.timeout_s - self._clock.now()
        try:
            async with asyncio.timeout(max(0.0, left)):
                await news.wait()
        except TimeoutError:
            return

    def _environment(self, order: Order) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            **self._credentials,
            "AWS_DEFAULT_REGION": order.region,
            "AWS_REGION": order.region,
            "AWS_LAMBDA_FUNCTION_NAME": order.name,
        }
