"""The whole of ECS without an event loop: operations in, reconcilers drained by hand.

Deterministic: a reconcile pass runs when, and in the order in which, the driver says so.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.runtime import Call, Reconciler, Seed, Tick
from homeport.services.ec2 import wiring as ec2
from homeport.services.ecs import wiring as ecs
from homeport.store import Change, Store

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PASSES_MAX = 10_000


class Plane:
    """A control plane that stands still until it is driven."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, peers: Peers) -> None:
        self.store = store
        self.clock = clock
        self.ids = ids
        self.peers = peers
        self._operations = {
            name: operation
            for service in (*ecs.services(), *ec2.services())
            for name, operation in service.operations.items()
        }
        self._reconcilers: tuple[Reconciler, ...] = tuple(
            each for service in ecs.services() for each in service.reconcilers
        )
        self._due: deque[tuple[Reconciler, str]] = deque()
        store.feed.listen(self._hear)
        seed = Seed(
            account=ACCOUNT, home_region=REGION, regions=(REGION,), now=clock.now(), ids=ids
        )
        for service in (*ecs.services(), *ec2.services()):
            if service.seed is not None:
                store.write(lambda tx, each=service.seed: each(tx, seed))

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
        run = self.store.write if operation.writes else self.store.read
        return run(lambda tx: operation.handler(tx, call, request))

    def drain(self, choose: Callable[[int], int] = lambda count: 0) -> None:
        """Run reconcile passes until none is due; `choose` says which of the due ones is next."""
        for _ in range(PASSES_MAX):
            if not self._due:
                return
            index = choose(len(self._due))
            reconciler, key = self._due[index]
            del self._due[index]
            self._pass(reconciler, key)
        raise AssertionError("the reconcilers never come to rest")

    def sweep(self) -> None:
        """What the slow sweep and a restart do: every reconciler looks at every key of its own."""
        for reconciler in self._reconcilers:
            for key in self.store.read(lambda tx, each=reconciler: tuple(each.sweep(tx))):
                self._pass(reconciler, key)
        self.drain()

    def lose_wakes(self) -> None:
        """A restart: what was due in memory is gone."""
        self._due.clear()

    def _pass(self, reconciler: Reconciler, key: str) -> None:
        tick = Tick(now=self.clock.now(), ids=self.ids, clock=self.clock, peers=self.peers)
        self.store.write(lambda tx: reconciler.reconcile(tx, key, tick))

    def _hear(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for reconciler in self._reconcilers:
                wake = (reconciler, change.key)
                if change.kind in reconciler.watches and wake not in self._due:
                    self._due.append(wake)
