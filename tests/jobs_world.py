"""The engine that invokes targets, with real ECS, SQS, Logs and EventBridge behind it.

One node that a test moves, a clock that a test turns; nothing here stands for our own code.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from conftest import CountedIds, TurnedClock
from homeport.contracts.firings import Target, Wanted
from homeport.contracts.operations import Asker
from homeport.contracts.peers import Peers
from homeport.services.events import wiring as events
from homeport.services.jobs import wiring as jobs
from homeport.services.jobs.queries.firings import find_firing
from homeport.services.jobs.queries.lists import runs_of
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run
from homeport.services.scheduler import wiring as scheduler
from homeport.store import Store
from ring.driver import ACCOUNT, REGION, ROOT, Plane, Watch
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document

SCHEDULE = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/nightly"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/clean-up"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/default"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
HISTORY_S = 1_000.0


class JobsPlane(Plane):
    """ECS's control plane, and that of the jobs."""

    def __init__(
        self,
        store: Store,
        *,
        clock: TurnedClock,
        ids: CountedIds,
        peers: Peers,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(store, clock=clock, ids=ids, peers=peers, watch=watch)
        ours = (
            *jobs.services(history_s=HISTORY_S),
            *events.services(),
            *scheduler.services(),
        )
        for service in ours:
            self._reconcilers |= {each.name: each for each in service.reconcilers}


class JobsWorld:
    """A cluster with one node and the task definition ``web``; firings are asked for by tests."""

    def __init__(
        self,
        store: Store,
        clock: TurnedClock,
        ids: CountedIds,
        peers: Peers,
        *,
        watch: Watch | None = None,
    ) -> None:
        """`watch`: who looks on, and may have a transaction undone."""
        self.store, self.clock, self.ids, self.peers = store, clock, ids, peers
        self.plane = JobsPlane(store, clock=clock, ids=ids, peers=peers, watch=watch)
        self.plane.ask("RegisterTaskDefinition", **document(container(memory=64, cpu=1)))
        self.node = SimulatedNode(self.plane)
        self.ask(
            "scheduler",
            "CreateSchedule",
            Name="nightly",
            State="DISABLED",  # Tests say when it fires.
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": "web"}},
        )

    # --- what is asked for -------------------------------------------------------------------

    def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """An operation of any service, as root."""
        asker = Asker(
            account=ACCOUNT, region=REGION, principal=ROOT, now=self.clock.now(), ids=self.ids
        )
        return self.store.write(
            lambda tx: self.peers.operations.ask(tx, asker, service, operation, request)
        )

    def queue(self, name: str, **attributes: str) -> str:
        """A new queue: its ARN."""
        self.ask("sqs", "CreateQueue", QueueName=name, Attributes=attributes)
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def messages(self, name: str) -> list[dict[str, Any]]:
        """What the queue holds, taken."""
        answer = self.ask(
            "sqs",
            "ReceiveMessage",
            QueueUrl=f"https://queue.example/{ACCOUNT}/{name}",
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", ()))

    def tag_definition(self, **tags: str) -> None:
        """Give the definition ``web`` reserved tags, by their names without the prefix."""
        shown = self.ask("ecs", "DescribeTaskDefinition", taskDefinition="web")
        self.plane.ask(
            "TagResource",
            resourceArn=shown["taskDefinition"]["taskDefinitionArn"],
            tags=[{"key": key, "value": value} for key, value in reserved(tags)],
        )

    # --- firings -----------------------------------------------------------------------------

    def fire(self, target: Target, **members: Any) -> str:
        """Have a target fired and tried once: the firing's id."""
        firing_id = self.ask_for(target, **members)
        self.plane.drain()
        return firing_id

    def ask_for(self, target: Target, **members: Any) -> str:
        """Have a target fired; nothing is tried yet."""
        now = self.clock.now()
        wanted = {
            "account": ACCOUNT,
            "region": REGION,
            "source": SCHEDULE,
            "source_kind": "schedule",
            "group": "default",
            "name": "nightly",
            "token": f"token-{self.ids.hex(8)}",
            "due_at": now,
            "scheduled_for": 1_652_490_720.0,
            "target": target,
        } | members
        return self.store.write(
            lambda tx: self.peers.firings.fire(tx, Wanted(**wanted), now=now, ids=self.ids)
        )

    def firing(self, firing_id: str) -> Firing:
        found = self.store.read(lambda tx: find_firing(tx, firing_id))
        assert found is not None
        return found

    def runs(self, firing_id: str) -> Sequence[Run]:
        return self.store.read(lambda tx: runs_of(tx, [firing_id])).get(firing_id, ())

    def run(self, firing_id: str) -> Run:
        """The only run of a firing."""
        [run] = self.runs(firing_id)
        return run

    # --- what happens ------------------------------------------------------------------------

    def later(self, seconds: float) -> None:
        self.clock.turn(seconds)
        self.plane.drain()

    def start(self, arn: str) -> None:
        """The node starts a task."""
        self.plane.drain()
        self.node.pull()
        self.node.run(arn)

    def end(self, arn: str, code: int = 0, *, after_s: float = 0.0) -> None:
        """The node starts a task, and its container exits."""
        self.start(arn)
        self.clock.turn(after_s)
        self.node.exit(arn, code)
        self.node.settle()

    def tasks(self) -> list[str]:
        """Every task that ECS knows, the oldest first."""
        stopped = self.plane.ask("ListTasks", desiredStatus="STOPPED")["taskArns"]
        running = self.plane.ask("ListTasks", desiredStatus="RUNNING")["taskArns"]
        return [*stopped, *running]

    def task(self, arn: str) -> dict[str, Any]:
        [shown] = self.plane.ask("DescribeTasks", tasks=[arn], include=["TAGS"])["tasks"]
        return dict(shown)


def ecs_target(**parameters: Any) -> Target:
    """The task definition ``web`` on the cluster."""
    said = {"TaskDefinitionArn": "web", **parameters}
    return Target(arn=CLUSTER, role_arn=ROLE, parameters=as_json({"EcsParameters": said}))


def universal_target(operation: str) -> Target:
    return Target(arn=f"{UNIVERSAL}{operation}", role_arn=ROLE)


def reserved(tags: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """``retry_attempts="2"`` as Homeport's tag."""
    return tuple((f"homeport:{name.replace('_', '-')}", value) for name, value in tags.items())


def as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def attributes_of(message: dict[str, Any]) -> dict[str, str]:
    return {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
