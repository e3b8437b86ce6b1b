"""The ledger behind a gateway: schedules and rules made with stock boto3, and a history for them.

Firings are asked for as schedules ask for them; how they ended is written as the engine that
invokes targets writes it, by its own statements.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from homeport.app.services import all_services, providers
from homeport.app.settings import Settings
from homeport.cli.client import Client
from homeport.contracts.peers import Peers
from homeport.contracts.wanted_firings import Target, Wanted
from homeport.runtime import Tick
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.jobs import wiring
from homeport.services.jobs.queries import firings, runs
from homeport.services.jobs.queries.lists import runs_of
from homeport.services.jobs.records.firings import Attempt, Firing
from homeport.services.jobs.records.runs import ContainerEnd, Outcome, Run, RunTask
from homeport.store import Store, Tx
from root_asking import ACCOUNT, REGION, ROOT, served

CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
SERVED = ("ecs", "homeport", "scheduler", "events", "sqs")


@dataclass
class LedgerWorld:
    """Homeport's API over one store."""

    store: Store
    peers: Peers
    client: Client
    scheduler: Any
    events: Any
    sqs: Any

    def __post_init__(self) -> None:
        self.clock, self.ids = SystemClock(), SystemIds()

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """One of Homeport's own operations, over the wire."""
        return self.client.call("homeport", operation, request)

    def group(self, name: str, **tags: str) -> None:
        """A group of schedules, with reserved tags."""
        kept = [{"Key": f"homeport:{key}", "Value": value} for key, value in tags.items()]
        self.scheduler.create_schedule_group(Name=name, Tags=kept)

    def schedule(self, name: str, group: str = "default", **changes: Any) -> str:
        """ARN of a new schedule of a task, which fires every hour."""
        request = {
            "Name": name,
            "GroupName": group,
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": CLUSTER,
                "RoleArn": ROLE,
                "EcsParameters": {"TaskDefinitionArn": "night"},
            },
        } | changes
        return str(self.scheduler.create_schedule(**request)["ScheduleArn"])

    def fire(self, arn: str, *, due_at: float | None = None, **changes: Any) -> str:
        """The id of a firing of a job."""
        now, place = self.clock.now(), arn.partition(":schedule/")[2].partition("/")
        members: dict[str, Any] = {
            "account": ACCOUNT,
            "region": REGION,
            "source": arn,
            "source_kind": "schedule",
            "group": place[0],
            "name": place[2],
            "token": self.ids.uuid(),
            "due_at": now if due_at is None else due_at,
            "scheduled_for": now if due_at is None else due_at,
            "target": Target(arn=CLUSTER, role_arn=ROLE),
        } | changes
        wanted = Wanted(**members)
        return self.store.write(
            lambda tx: self.peers.firings.fire(tx, wanted, now=now, ids=self.ids)
        )

    def turn(self, arn: str) -> None:
        """One pass of the engine over the firings of a schedule that are due."""
        [service] = wiring.services()
        [engine] = [each for each in service.reconcilers if each.name == "firings"]
        tick = Tick(now=self.clock.now(), ids=self.ids, clock=self.clock, peers=self.peers)
        self.store.write(lambda tx: engine.reconcile(tx, arn, tick))

    def missed(self, arn: str, count: int) -> None:
        """Firings of a job that never were."""
        now = self.clock.now()
        wanted = Wanted(
            account=ACCOUNT,
            region=REGION,
            source=arn,
            source_kind="schedule",
            group="default",
            name=arn.rpartition("/")[2],
            token=self.ids.uuid(),
            due_at=now - 60,
            scheduled_for=now - 60,
            target=Target(arn=CLUSTER),
        )
        self.store.write(
            lambda tx: self.peers.firings.missed(
                tx, wanted, count=count, why="Homeport was down.", now=now, ids=self.ids
            )
        )

    def ended(self, firing_id: str, state: str, **changes: Any) -> None:
        """The engine is done with a firing, without a run."""
        members = {"state": state, "next_attempt_at": None, "ended_at": self.clock.now()}
        self._save(firing_id, members | changes, None)

    def given_up(self, firing_id: str, *, error: tuple[str, str], queue: str) -> None:
        """Its target could not be invoked, and a queue has it."""
        tries = tuple(
            Attempt(number=each, at=self.clock.now(), error_code=error[0], error_message=error[1])
            for each in (1, 2)
        )
        self.ended(
            firing_id,
            "FAILED",
            attempts=tries,
            attempts_made=len(tries),
            reason="It was given up.",
            dead_lettered_to=queue,
        )

    def run(self, firing_id: str, outcome: Outcome, code: int | None = None) -> str:
        """A run of a firing, after those that it has; ARN of its task."""
        number = self._runs_of(firing_id) + 1
        now, arn = self.clock.now(), f"{CLUSTER.replace(':cluster', ':task')}/{self.ids.hex(32)}"
        is_over = outcome not in ("PENDING", "RUNNING")
        ends = (ContainerEnd(name="main", exit_code=code),) if is_over else ()
        task = RunTask(arn=arn, started_at=now, containers=ends, outcome=outcome)

        def record(tx: Tx) -> None:
            firing = found(tx, firing_id)
            run = Run(
                id=self.ids.uuid(),
                firing_id=firing_id,
                source=firing.wanted.source,
                lane=firing.lane,
                account=ACCOUNT,
                region=REGION,
                number=number,
                requested_at=now,
                cluster=CLUSTER,
                tasks=() if outcome == "PENDING" else (task,),
                outcome=outcome,
                started_at=now,
                stopped_at=now + 2.0 if is_over else None,
                exit_code=code,
                stopped_reason="Essential container in task exited" if is_over else "",
            )
            runs.insert_run(tx, run)

        self.store.write(record)
        self._save(
            firing_id,
            {"state": "DELIVERED", "next_attempt_at": None, "delivered_at": now},
            outcome,
        )
        return arn

    def _runs_of(self, firing_id: str) -> int:
        return self.store.read(lambda tx: len(runs_of(tx, [firing_id]).get(firing_id, ())))

    def _save(self, firing_id: str, members: dict[str, Any], outcome: Outcome | None) -> None:
        def record(tx: Tx) -> None:
            before = found(tx, firing_id)
            firings.save_firing(tx, before, replace(before, **members), run_outcome=outcome)

        self.store.write(record)


def found(tx: Any, firing_id: str) -> Firing:
    """The firing with this id."""
    firing = firings.find_firing(tx, firing_id)
    assert firing is not None
    return firing


@contextmanager
def ledger_world(store: Store, where: Path) -> Iterator[LedgerWorld]:
    """A gateway with the services that are asked here; its state directory is `where`."""
    services = all_services(Settings(state_dir=where))
    with served(store, [each for each in services if each.name in SERVED]) as clients:
        scheduler = clients("scheduler")
        client = Client(scheduler.meta.endpoint_url, REGION, *ROOT)
        others = (clients("events"), clients("sqs"))
        yield LedgerWorld(store, providers(SystemClock()), client, scheduler, *others)
