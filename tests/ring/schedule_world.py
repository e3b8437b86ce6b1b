"""Schedules whose tasks really run, in a world that means no good: what a seed makes of them.

The model beside it knows nothing of how schedules are kept: it counts the moments that each of
them names, from what a user asked for and when.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec

from conftest import CountedIds, TurnedClock
from homeport.contracts.operations import Asker
from homeport.contracts.peers import Peers
from homeport.runtime import Service
from homeport.services.ecs.tables import tasks as tasks_table
from homeport.services.events import wiring as events
from homeport.services.jobs import wiring as jobs
from homeport.services.jobs.queries.lists import runs_of
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run
from homeport.services.jobs.tables import firings as firings_table
from homeport.services.scheduler import wiring as scheduler
from homeport.services.sqs import wiring as sqs
from homeport.store import Store, Tx
from ring.driver import ACCOUNT, REGION, ROOT, Plane, Wake
from ring.fleet_world import Fleet
from task_definition_documents import container, document

CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:ends"
OFF = {"Mode": "OFF"}
GROUPS = {
    "plain": {},
    "patient": {"homeport:queue-for-capacity": "true"},
    "limited": {"homeport:queue-for-capacity": "true", "homeport:time-limit": "15"},
}
"""Groups of schedules and what their tags say."""
RUNS_FOR_S = 20.0
ENDED = '{"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"], "group": ["family:web"]}}'


class Killed(Exception):
    """The control plane is gone in the middle of a transaction."""


class KillingWatch:
    """Fulfils `Watch`: kills the control plane before a commit, when its time has come."""

    def __init__(self) -> None:
        self.commits_left: int | None = None

    def before(self, tx: Tx, cause: Wake) -> None:
        return None

    def after(self, tx: Tx, cause: Wake, before: Any) -> None:
        if self.commits_left is None:
            return
        if self.commits_left == 0:
            raise Killed
        self.commits_left -= 1

    def committed(self, cause: Wake, seen: Any) -> None:
        return None


class SchedulePlane(Plane):
    """A control plane that serves schedules, rules, queues and the ledger, too."""

    def __init__(self, *args: Any, **members: Any) -> None:
        super().__init__(*args, **members)
        for service in more_services():
            # Where two have an operation of the same name it is the one of the ring's services.
            self._operations = {**service.operations, **self._operations}
            self._reconcilers |= {each.name: each for each in service.reconcilers}


def more_services() -> tuple[Service, ...]:
    """What is driven beside what every ring drives."""
    return (*scheduler.services(), *events.services(), *jobs.services(), *sqs.services())


@dataclass
class Planned:
    """A schedule as its user made it, and the moments that it names."""

    name: str
    group: str
    expression: str
    made_at: float
    every_s: float = 0.0
    """Seconds from one firing to the next; 0: it fires once."""
    origin: float = 0.0
    """A moment that it names; of one that fires once the only one."""
    ends_at: float | None = None
    enabled: list[tuple[float, float | None]] = field(default_factory=list)
    """From and until when it was enabled; it fires after the first moment, and in the last."""
    is_deleted: bool = False
    completion: str = "NONE"

    def moments(self, now: float) -> list[float]:
        """Every moment until now in which it had to fire."""
        if not self.every_s:
            return [self.origin] if self._counts(self.origin, now) else []
        count = int((now - self.origin) // self.every_s) + 1
        named = (self.origin + number * self.every_s for number in range(max(0, count)))
        return [each for each in named if self._counts(each, now)]

    def _counts(self, moment: float, now: float) -> bool:
        if self.ends_at is not None and moment > self.ends_at:
            return False
        return any(
            after < moment <= (now if until is None else until) for after, until in self.enabled
        )


class ScheduleWorld:
    """One account with nodes, schedules, and a queue that hears of each task's end."""

    def __init__(self, store: Store, clock: TurnedClock, peers: Peers, *, seed: int = 0) -> None:
        self.random = Random(seed)
        self.store, self.clock, self.peers = store, clock, peers
        self.ids = CountedIds()
        self.watch = KillingWatch()
        self.fleet = Fleet(self.random)
        self.planned: list[Planned] = []
        self.plane = self.new_plane()
        for _ in range(self.random.randint(1, 3)):
            self.fleet.add(self.plane)
        self.plane.ask("RegisterTaskDefinition", **document(container(memory=16, cpu=8)))
        self.ask("sqs", "CreateQueue", QueueName="ends")
        self.ask("events", "PutRule", Name="ends", EventPattern=ENDED)
        self.ask("events", "PutTargets", Rule="ends", Targets=[{"Id": "q", "Arn": QUEUE}])
        for name, tags in GROUPS.items():
            shown = [{"Key": key, "Value": value} for key, value in tags.items()]
            self.ask("scheduler", "CreateScheduleGroup", Name=name, Tags=shown)

    def new_plane(self) -> Plane:
        """The control plane as it is started."""
        parts = {"clock": self.clock, "ids": self.ids, "peers": self.peers, "watch": self.watch}
        return SchedulePlane(self.store, **parts)  # type: ignore[arg-type]

    def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """An operation of any service, as root."""
        asker = Asker(
            account=ACCOUNT, region=REGION, principal=ROOT, now=self.clock.now(), ids=self.ids
        )
        return self.store.write(
            lambda tx: self.peers.operations.ask(tx, asker, service, operation, request)
        )

    # --- what a user does --------------------------------------------------------------------

    def schedule(self) -> None:
        """Make a schedule: of a rate, of a cron expression, or for once."""
        now, random = self.clock.now(), self.random
        name, group = f"s.{len(self.planned)}", random.choice(list(GROUPS))
        made = Planned(name, group, "", now, enabled=[(now, None)])
        minutes = random.choice((1, 2, 5))
        match random.choice(("rate", "rate", "cron", "at")):
            case "rate":
                word = "minute" if minutes == 1 else "minutes"
                made.expression = f"rate({minutes} {word})"
                made.origin, made.every_s = now, minutes * 60.0
                made.enabled = [(now - 1.0, None)]  # The moment in which it was made counts.
            case "cron":
                made.expression = f"cron(0/{minutes} * * * ? *)"
                made.origin, made.every_s = now // 3600 * 3600, minutes * 60.0
            case "at":
                made.origin = float(int(now) + random.choice((30, 300, 3000)))
                moment = datetime.fromtimestamp(made.origin, UTC)
                made.expression = f"at({moment:%Y-%m-%dT%H:%M:%S})"
                made.completion = random.choice(("NONE", "DELETE"))
        if made.every_s and random.random() < 0.2:
            made.ends_at = float(int(now) + 900)
        self.ask("scheduler", "CreateSchedule", **self._request(made, "ENABLED"))
        self.planned.append(made)

    def switch(self, planned: Planned) -> None:
        """Disable a schedule, or enable it; everything that is due has fired before."""
        now = self.clock.now()
        after, until = planned.enabled[-1]
        if until is None:
            planned.enabled[-1] = (after, now)
        else:
            planned.enabled.append((now, None))
        state = "DISABLED" if until is None else "ENABLED"
        self.ask("scheduler", "UpdateSchedule", **self._request(planned, state))

    def delete(self, planned: Planned) -> None:
        """Delete a schedule; everything that is due has fired before."""
        after, until = planned.enabled[-1]
        if until is None:
            planned.enabled[-1] = (after, self.clock.now())
        planned.is_deleted = True
        self.ask("scheduler", "DeleteSchedule", Name=planned.name, GroupName=planned.group)

    def _request(self, planned: Planned, state: str) -> dict[str, Any]:
        request: dict[str, Any] = {
            "Name": planned.name,
            "GroupName": planned.group,
            "ScheduleExpression": planned.expression,
            "FlexibleTimeWindow": OFF,
            "State": state,
            "ActionAfterCompletion": planned.completion,
            "Target": {
                "Arn": CLUSTER,
                "RoleArn": ROLE,
                "EcsParameters": {"TaskDefinitionArn": "web"},
            },
        }
        if planned.ends_at is not None:
            request["EndDate"] = planned.ends_at
        return request

    # --- what the world does -----------------------------------------------------------------

    def crash(self) -> None:
        """The control plane is killed, and another is started."""
        self.watch.commits_left = None
        self.plane.end()
        self.plane = self.new_plane()
        fleet, now = self.peers.fleet, self.clock.now()
        self.plane.write(lambda tx: fleet.disconnect_all(tx, now=now), ("start", ""))
        for node in self.fleet.nodes:
            node.planes = node.plane = self.plane
            node.connected = False
        self.plane.wake_all()

    def kill(self) -> None:
        """The control plane is killed within the transaction that comes after so many."""
        self.watch.commits_left = self.random.randint(0, 8)
        with suppress(Killed):
            self.plane.drain(self.random.randrange)
        self.crash()

    def finish_tasks(self) -> None:
        """Containers exit that have run for as long as they do."""
        for node in self.fleet.nodes:
            for arn, task in list(node.tasks.items()):
                starts = [each.started_at or 0.0 for each in task.containers.values()]
                if node.is_up(arn) and max(starts) + RUNS_FOR_S <= self.clock.now():
                    node.exit(arn, 0 if arn[-1] in "02468ace" else 3)

    def next_end(self) -> float | None:
        """When the next container exits."""
        times = [
            (each.started_at or 0.0) + RUNS_FOR_S
            for node in self.fleet.nodes
            for arn, task in node.tasks.items()
            if node.is_up(arn)
            for each in task.containers.values()
        ]
        return min((each for each in times if each > self.clock.now()), default=None)

    def run_dry(self) -> None:
        """Have everything happen that is due at this moment."""
        for _ in range(500):
            self.plane.drain()
            self.finish_tasks()
            if not self.fleet.settle_once(self.plane):
                return
        raise AssertionError("control plane and nodes never come to rest")

    def run_until(self, until: float) -> None:
        """No faults: everything happens in its moment."""
        while True:
            self.run_dry()
            if self.clock.now() >= until:
                return
            times = (self.plane.next_due(), self.next_end())
            due = min((each for each in times if each is not None), default=until)
            self.clock.turn(max(0.001, min(due, until) - self.clock.now()))

    # --- what came of it ---------------------------------------------------------------------

    def firings(self, planned: Planned) -> list[Firing]:
        """What the ledger knows of a schedule, the oldest first."""
        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{planned.group}/{planned.name}"
        statement = firings_table.select().where(firings_table.c.source == arn)
        rows = self.store.read(lambda tx: tx.rows(statement.order_by(firings_table.c.sequence)))
        return [msgspec.json.decode(row.body, type=Firing) for row in rows]

    def runs(self, firing: Firing) -> tuple[Run, ...]:
        """The runs of a firing."""
        found = self.store.read(lambda tx: runs_of(tx, [firing.id]))
        return tuple(found.get(firing.id, ()))

    def tasks_of(self, planned: Planned) -> list[str]:
        """The tasks that say that the schedule has started them, however long ago they ended."""
        by = f"chronos-schedule/{planned.name}".replace(".", "-")
        statement = tasks_table.select().where(tasks_table.c.started_by == by)
        return [row.arn for row in self.store.read(lambda tx: tx.rows(statement))]

    def told_ends(self) -> list[str]:
        """The tasks whose end the queue was told of, one for each message."""
        url = f"https://queue.example/{ACCOUNT}/ends"
        found: list[str] = []
        while True:
            asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 40_000}
            messages = self.ask("sqs", "ReceiveMessage", **asked).get("Messages", ())
            if not messages:
                return found
            found += [msgspec.json.decode(each["Body"])["resources"][0] for each in messages]
