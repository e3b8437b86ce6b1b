"""Schedules in a store with a turned clock: asked for, fired as the loops would, missed.

Firings are kept by what stands for the engine that invokes targets: it answers as
homeport.contracts.firings promises.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from conftest import ACCOUNT, REGION, CountedIds, TurnedClock
from homeport.contracts.firings import Target, Wanted
from homeport.contracts.peers import Peers
from homeport.kernel.ids import Ids
from homeport.runtime import Again, Call, Reconciler, Tick
from homeport.services.scheduler import wiring
from homeport.services.scheduler.queries.schedules import SHARDS, find_schedule
from homeport.services.scheduler.records.schedules import Schedule
from homeport.store import ReadTx, Store, Tx

CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
TO_QUEUE = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "hello"}
TO_CLUSTER = {"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": "night"}}
OFF = {"Mode": "OFF"}


@dataclass
class KeptFirings:
    """Fulfils `Firings`: keeps what it is told, each firing once."""

    fired: dict[tuple[str, str], Wanted] = field(default_factory=dict)
    told: list[tuple[Wanted, int, str]] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    """Sources of which something is still to be delivered."""
    refuses: str | None = None

    def refusal(self, tx: ReadTx, target: Target, payload: str, *, region: str) -> str | None:
        return self.refuses

    def fire(self, tx: Tx, wanted: Wanted, *, now: float, ids: Ids) -> str:
        key = (wanted.source, wanted.token)
        assert key not in {(each.source, each.token) for each, _, _ in self.told}
        self.fired.setdefault(key, wanted)
        return f"{wanted.source}#{wanted.token}"

    def missed(self, tx: Tx, wanted: Wanted, *, count: int, why: str, now: float, ids: Ids) -> None:
        assert (wanted.source, wanted.token) not in self.fired
        self.told.append((wanted, count, why))

    def undelivered(self, tx: ReadTx, source: str) -> int:
        return int(source in self.waiting)


@dataclass
class SchedulerWorld:
    """One account's schedules."""

    store: Store
    clock: TurnedClock
    ids: CountedIds
    peers: Peers
    firings: KeptFirings = field(default_factory=KeptFirings)

    def __post_init__(self) -> None:
        self.peers = replace(self.peers, firings=self.firings)
        [service] = wiring.services()
        self._operations = service.operations
        self._loops = {each.name: each for each in service.reconcilers}

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """One operation, as the gateway would ask for it."""
        found = self._operations[operation]
        call = Call(
            account=ACCOUNT,
            region=REGION,
            principal=f"arn:aws:iam::{ACCOUNT}:root",
            access_key="AKIAHOMEPORT",
            now=self.clock.now(),
            ids=self.ids,
            clock=self.clock,
            peers=self.peers,
            request_id="00000000-0000-4000-8000-000000000000",
        )
        begin: Callable[..., Any] = self.store.write if found.writes else self.store.read
        answer: dict[str, Any] = begin(lambda tx: found.handler(tx, call, request))
        return answer

    def create(self, expression: str, name: str = "job", **changes: Any) -> str:
        """The ARN of a new schedule."""
        request = {
            "Name": name,
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": OFF,
            "Target": TO_QUEUE,
        } | changes
        return str(self.ask("CreateSchedule", **request)["ScheduleArn"])

    def update(self, expression: str, name: str = "job", **changes: Any) -> None:
        """Replace a schedule."""
        request = {
            "Name": name,
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": OFF,
            "Target": TO_QUEUE,
        } | changes
        self.ask("UpdateSchedule", **request)

    def schedule(self, arn: str) -> Schedule | None:
        """What is kept of a schedule."""
        return self.store.read(lambda tx: find_schedule(tx, arn))

    def loop(self, name: str) -> Reconciler:
        """A reconciler of the service."""
        return self._loops[name]

    def one_pass(self, name: str, key: str) -> Again | None:
        """One pass of a reconciler over one key."""
        tick = Tick(now=self.clock.now(), ids=self.ids, clock=self.clock, peers=self.peers)
        return self.store.write(lambda tx: self.loop(name).reconcile(tx, key, tick))

    def settle(self) -> float | None:
        """Let the loops do all that is due now; answers in how many seconds more will be."""
        waits = [self._until_idle("schedules", str(shard)) for shard in range(SHARDS)]
        for name in ("schedule endings", "schedule group removal"):
            sweep = self.loop(name).sweep
            for key in self.store.read(lambda tx, sweep=sweep: tuple(sweep(tx))):
                self._until_idle(name, key)
        return min((each for each in waits if each is not None), default=None)

    def live(self, seconds: float) -> None:
        """Let real time go by while the loops run: they wake when they asked to."""
        end = self.clock.now() + seconds
        while True:
            wait = self.settle()
            left = end - self.clock.now()
            if wait is None or wait > left:
                self.clock.turn(left)
                self.settle()
                return
            self.clock.turn(wait)

    def down(self, seconds: float) -> None:
        """Let real time go by while nothing runs."""
        self.clock.turn(seconds)

    def times(self, *names: str) -> list[float]:
        """The times that were fired, in seconds since `begin`, as they are due."""
        fired = sorted(self.fired(*names), key=lambda each: each.due_at)
        return [round(each.due_at - BEGIN, 3) for each in fired]

    def fired(self, *names: str) -> Iterable[Wanted]:
        """What was fired of schedules, or of those with these names."""
        return [each for each in self.firings.fired.values() if not names or each.name in names]

    def _until_idle(self, name: str, key: str) -> float | None:
        for _ in range(10_000):
            again = self.one_pass(name, key)
            if again is None or again.after_s > 0:
                return None if again is None else again.after_s
        raise AssertionError(f"{name} never rests")


BEGIN = 1_700_000_000.0
"""14 November 2023, 22:13:20 UTC: where the turned clock begins."""
