"""The whole of ECS without an event loop: operations in, reconcilers drained by hand.

Deterministic: a reconcile pass runs when, and in the order in which, the driver says so.  What a
pass wants to see again later waits for the clock that the test turns.
"""

import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.runtime import Call, Reconciler, Seed, Service, Tick
from homeport.services.ec2 import wiring as ec2
from homeport.services.ecs import wiring as ecs
from homeport.services.elbv2 import wiring as elbv2
from homeport.store import Change, Store, Tx

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PASSES_MAX = 10_000
HOUSEKEEPING = "history"

Answer = TypeVar("Answer")
Wake = tuple[str, str]
"""(name of a reconciler, key)."""


@cache
def all_services() -> tuple[Service, ...]:
    """What is driven: put together once, for there are thousands of planes."""
    return (*elbv2.services(), *ecs.services(), *ec2.services())


class Watch(Protocol):
    """Who looks on, within each transaction: what it raises undoes the transaction."""

    def before(self, tx: Tx, cause: Wake) -> Any:
        """Look before; what it answers is handed to `after`."""

    def after(self, tx: Tx, cause: Wake, before: Any) -> Any:
        """Look after; what it answers is handed to `committed`."""

    def committed(self, cause: Wake, seen: Any) -> None:
        """The transaction is committed."""


class Plane:
    """A control plane that stands still until it is driven."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        ids: Ids,
        peers: Peers,
        watch: Watch | None = None,
        name: str = "",
    ) -> None:
        """`name`: which one it is among those that share the store."""
        self.name = name
        self.store = store
        self.clock = clock
        self.ids = ids
        self.peers = peers
        self.watch = watch
        self.awake_since = clock.now()
        self._operations = {
            name: operation
            for service in all_services()
            for name, operation in service.operations.items()
        }
        self._reconcilers: dict[str, Reconciler] = {
            each.name: each for service in all_services() for each in service.reconcilers
        }
        self._lock = threading.Lock()
        self._due: dict[Wake, None] = {}
        self._timers: dict[Wake, float] = {}
        self._news: set[str] = set()
        self._stop_listening = store.feed.listen(self.hear)
        seed = Seed(
            account=ACCOUNT, home_region=REGION, regions=(REGION,), now=clock.now(), ids=ids
        )
        for service in all_services():
            if service.seed is not None:
                store.write(lambda tx, each=service.seed: each(tx, seed))

    # --- transactions ------------------------------------------------------------------------

    def ask(self, name: str, **request: Any) -> Any:
        """The response of an operation, as the gateway would get it."""
        operation = self._operations[name]
        call = Call(
            account=ACCOUNT,
            region=REGION,
            principal=ROOT,
            access_key="AKIAHOMEPORT",
            now=self.clock.now(),
            ids=self.ids,
            clock=self.clock,
            peers=self.peers,
            request_id="00000000-0000-4000-8000-000000000000",
        )
        if operation.writes:
            return self.write(lambda tx: operation.handler(tx, call, request), (name, ""))
        return self.store.read(lambda tx: operation.handler(tx, call, request))

    def write(self, fn: Callable[[Tx], Answer], cause: Wake) -> Answer:
        """Run a transaction in front of whoever looks on."""
        watch = self.watch
        if watch is None:
            return self.store.write(fn)

        def watched(tx: Tx) -> tuple[Answer, Any]:
            before = watch.before(tx, cause)
            answer = fn(tx)
            return answer, watch.after(tx, cause, before)

        answer, seen = self.store.write(watched)
        watch.committed(cause, seen)
        return answer

    # --- passes ------------------------------------------------------------------------------

    def drain(
        self, choose: Callable[[int], int] = lambda count: 0, *, passes: int | None = None
    ) -> int:
        """Run passes until none is due, or so many; `choose` says which of the due ones is next.

        Answers how many were run.
        """
        for done in range(PASSES_MAX if passes is None else passes):
            wake = self._take(choose)
            if wake is None:
                return done
            self._pass(*wake)
        if passes is None:
            raise AssertionError(f"the reconcilers never come to rest: {list(self._due)[:5]}")
        return passes

    def some(self) -> "Plane":
        """The control plane that a node finds."""
        return self

    def sweep(self) -> None:
        """What the slow sweep and a restart do: every reconciler looks at every key of its own."""
        self.wake_all()
        self.drain()

    def wake_all(self) -> None:
        """Have every reconciler look at every key of its own, when it is next driven."""
        for name, reconciler in self._reconcilers.items():
            for key in self.store.read(lambda tx, each=reconciler: tuple(each.sweep(tx))):
                self._add((name, key))

    def lose_wakes(self) -> None:
        """A restart: what was due in memory is gone."""
        with self._lock:
            self._due.clear()
            self._timers.clear()

    def end(self) -> None:
        """This control plane is no more: it hears of nothing."""
        self._stop_listening()
        self.lose_wakes()

    def next_due(self) -> float | None:
        """When the next pass is due, housekeeping left out; None when nothing is waited for."""
        with self._lock:
            if self._due:
                return self.clock.now()
            times = [at for (name, _), at in self._timers.items() if name != HOUSEKEEPING]
        return min(times, default=None)

    def take_news(self) -> frozenset[str]:
        """The instances that have been told of news since this was asked last."""
        with self._lock:
            news, self._news = self._news, set()
        return frozenset(news)

    def _take(self, choose: Callable[[int], int]) -> Wake | None:
        now = self.clock.now()
        with self._lock:
            for wake, at in sorted(self._timers.items(), key=lambda item: item[1]):
                if at > now:
                    break
                self._due.setdefault(wake)
            if not self._due:
                return None
            index = choose(len(self._due))
            wake = next(iter(self._due)) if index == 0 else list(self._due)[index]
            # One entry for each key, as in the real queue: looking now is looking, timer or not.
            del self._due[wake]
            self._timers.pop(wake, None)
        return wake

    def _pass(self, name: str, key: str) -> None:
        reconciler = self._reconcilers[name]
        tick = Tick(
            now=self.clock.now(),
            ids=self.ids,
            clock=self.clock,
            peers=self.peers,
            awake_since=self.awake_since,
        )
        again = self.write(lambda tx: reconciler.reconcile(tx, key, tick), (name, key))
        if again is not None:
            with self._lock:
                due = self.clock.now() + again.after_s
                self._timers[name, key] = min(due, self._timers.get((name, key), due))

    def _add(self, wake: Wake) -> None:
        with self._lock:
            self._due.setdefault(wake)

    def hear(self, changes: Sequence[Change]) -> None:
        """Take note of what was committed, here or by another control plane."""
        for change in changes:
            if change.kind == "assignment":
                with self._lock:
                    self._news.add(change.key)
            for name, reconciler in self._reconcilers.items():
                if change.kind in reconciler.watches:
                    self._add((name, change.key))
