"""Events of ECS, CloudWatch, CodeDeploy and load balancing arrive where a rule sends them."""

from typing import Any

import msgspec
import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.contracts.targets import NewTarget, TargetAt
from homeport.store import Store
from ring.deploying_world import DeployingWorld, DeployPlane
from ring.driver import ACCOUNT, REGION, Plane
from ring.rollout_steps import running
from ring.schedule_world import more_services
from task_definition_documents import container, document

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
URL = f"https://queue.example/{ACCOUNT}/heard"


class EventPlane(DeployPlane):
    """A control plane that serves rules and what they invoke, too."""

    def __init__(self, *args: Any, **members: Any) -> None:
        super().__init__(*args, **members)
        for service in more_services():
            self._operations = {**service.operations, **self._operations}
            self._reconcilers |= {each.name: each for each in service.reconcilers}


class EventWorld(DeployingWorld):
    """A world with a queue that hears of some events."""

    def plane_on(self, store: Store, name: str = "") -> Plane:
        parts = {"clock": self.clock, "ids": self.ids, "peers": self.peers, "watch": self.watch}
        return EventPlane(store, name=name, **parts)  # type: ignore[arg-type]

    def listen_to(self, source: str) -> None:
        """From now on the queue has every event of a source."""
        ask = self.plane.ask
        ask("CreateQueue", QueueName="heard")
        pattern = msgspec.json.encode({"source": [source]}).decode()
        ask("PutRule", Name="hear", EventPattern=pattern)
        assert not ask("PutTargets", Rule="hear", Targets=[{"Id": "q", "Arn": QUEUE}])[
            "FailedEntryCount"
        ]

    def heard(self) -> list[dict[str, Any]]:
        """What the queue was told, in order; it is empty afterwards."""
        self.plane.drain()
        found: list[dict[str, Any]] = []
        while True:
            answer = self.plane.ask("ReceiveMessage", QueueUrl=URL, MaxNumberOfMessages=10)
            messages = answer.get("Messages", ())
            if not messages:
                return found
            for each in messages:
                found.append(msgspec.json.decode(each["Body"]))
                handle = each["ReceiptHandle"]
                self.plane.ask("DeleteMessage", QueueUrl=URL, ReceiptHandle=handle)


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> EventWorld:
    made = EventWorld(store, clock=clock, ids=ids, peers=peers)
    for zone in ("us-east-1a", "us-east-1b"):
        made.fleet.add(made.plane, zone=zone)
    return made


def test_an_alarm_is_heard(world: EventWorld) -> None:
    world.listen_to("aws.cloudwatch")
    world.put_alarm()
    asked = {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "a drill"}
    world.plane.ask("SetAlarmState", **asked)
    *_, event = world.heard()
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["time"] == "2023-11-14T22:13:20Z"
    assert event["detail"]["state"]["reason"] == "a drill"


def test_a_deployment_of_codedeploy_is_heard_in_its_order(world: EventWorld) -> None:
    world.lay_out()
    assert world.end_fairly(lambda: running(world) == {"good:1": 2}, within_s=300.0)
    world.listen_to("aws.codedeploy")
    deployment = world.deploy("good:2")
    world.reach(deployment, "Succeeded", within_s=60.0)
    told = [(each["detail"]["deploymentId"], each["detail"]["state"]) for each in world.heard()]
    assert told == [(deployment, "START"), (deployment, "SUCCESS")]


def test_the_health_of_a_target_is_heard(world: EventWorld) -> None:
    world.listen_to("homeport.elasticloadbalancing")
    group = world.traffic.group(world.plane, "ip", 0)
    at = TargetAt(target_id="172.31.0.10", port=80)
    new = NewTarget(at=at, address=at.target_id, zone="us-east-1a")
    targets = world.peers.targets
    world.plane.write(lambda tx: targets.register(tx, group, (new,), now=0.0), ("register", ""))
    (event,) = world.heard()
    assert (event["source"], event["resources"][0]) == ("homeport.elasticloadbalancing", group)
    assert event["detail"]["target"] == {"id": "172.31.0.10", "port": 80}


def test_a_task_that_took_too_long_is_heard_with_its_reason(world: EventWorld) -> None:
    world.listen_to("aws.ecs")
    world.plane.ask("RegisterTaskDefinition", **document(container(cpu=1, image="good:1")))
    limit = [{"key": "homeport:time-limit", "value": "30"}]
    world.plane.ask("RunTask", taskDefinition="web", tags=limit)
    world.end_fairly(lambda: False, within_s=60.0)
    stopped = [each for each in world.heard() if each["detail"].get("lastStatus") == "STOPPED"]
    (event,) = stopped
    assert " time limit of 30 seconds " in event["detail"]["stoppedReason"]
