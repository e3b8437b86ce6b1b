"""CloudWatch alarms that end deployments, rolling ones and those that shift traffic."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.runtime import Call
from homeport.services.cloudwatch import wiring
from homeport.store import Store
from ring.driver import ACCOUNT, REGION, ROOT
from ring.rollout_steps import deployments, running, states
from ring.shifting_world import ShiftingWorld, make_world

OLD, NEW = "good:1", "good:2"
ALARMS = {"alarmNames": ["bad", "other"], "enable": True, "rollback": True}


class AlarmWorld(ShiftingWorld):
    """A world with an alarm ``bad``, which is OK."""

    def cloudwatch(self, operation: str, **request: Any) -> Any:
        (service, *_) = wiring.services()
        handler = service.operations[operation].handler
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
        return self.store.write(lambda tx: handler(tx, call, request))

    def alarm(self, state: str) -> None:
        self.cloudwatch("SetAlarmState", AlarmName="bad", StateValue=state, StateReason="test")


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> AlarmWorld:
    made = make_world(store, clock, ids, peers, of=AlarmWorld)
    assert isinstance(made, AlarmWorld)
    for name in ("bad", "other"):
        made.cloudwatch(
            "PutMetricAlarm",
            AlarmName=name,
            MetricName="Errors",
            Namespace="test",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
    made.alarm("OK")
    return made


def rolling(world: AlarmWorld, **alarms: Any) -> None:
    """A service ``web`` whose second deployment, a rolling one, has begun."""
    told = {"alarms": ALARMS | alarms}
    world.deployed(**told)
    world.reach("SUCCESSFUL")
    configuration = {"strategy": "ROLLING"}
    world.plane.ask("UpdateService", service="web", deploymentConfiguration=configuration)
    world.update("web", image=NEW)


def told(world: AlarmWorld) -> list[str]:
    service = world.shown("web")
    assert service is not None
    return [each["message"] for each in service["events"]]


def test_an_alarm_turns_a_shift_back_whenever_it_comes(world: AlarmWorld) -> None:
    world.deployed("CANARY", alarms=ALARMS)
    world.reach("SUCCESSFUL")
    world.update("web", image=NEW)
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    assert world.deployment()["alarms"]["status"] == "MONITORING"
    world.alarm("ALARM")
    world.plane.drain()
    assert world.weights() == {"blue": 100}
    world.reach("ROLLBACK_SUCCESSFUL")
    shown = world.deployment()
    assert shown["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["bad", "other"],
        "triggeredAlarmNames": ["bad"],
    }
    assert shown["statusReason"] == (
        "Service deployment rolled back because an alarm was detected: bad."
    )
    assert running(world) == {OLD: 2}
    assert any(each.endswith("deployment failed: alarm detected.") for each in told(world))


def test_alarms_are_not_heeded_once_the_old_side_goes(world: AlarmWorld) -> None:
    world.deployed(alarms=ALARMS)
    world.reach("SUCCESSFUL")
    world.update("web", image=NEW)
    world.reach("BAKE_TIME")
    assert world.end_fairly(lambda: world.stage() != "BAKE_TIME", within_s=301.0)
    world.alarm("ALARM")
    world.reach("SUCCESSFUL")
    assert world.deployment()["alarms"]["status"] == "MONITORING_COMPLETE"
    assert running(world) == {NEW: 2}


def test_an_alarm_turns_a_rolling_deployment_back(world: AlarmWorld) -> None:
    rolling(world)
    world.run_dry()
    assert running(world) == {NEW: 2}
    assert states(world) == ["IN_PROGRESS"]
    world.alarm("ALARM")
    assert world.end_fairly(lambda: running(world) == {OLD: 2} and states(world) == ["COMPLETED"])
    assert deployments(world)[-1] == "ROLLBACK_SUCCESSFUL"
    assert world.deployment()["alarms"]["triggeredAlarmNames"] == ["bad"]


def test_a_rolling_deployment_is_watched_for_a_while_once_it_is_steady(world: AlarmWorld) -> None:
    rolling(world)
    assert not world.end_fairly(lambda: states(world) == ["COMPLETED"], within_s=299.0)
    assert world.end_fairly(lambda: states(world) == ["COMPLETED"], within_s=2.0)
    assert world.deployment()["alarms"]["status"] == "MONITORING_COMPLETE"


def test_without_rollback_an_alarm_stops_the_deployment(world: AlarmWorld) -> None:
    rolling(world, rollback=False)
    world.run_dry()
    world.alarm("ALARM")
    world.run_dry()
    assert (world.deployment()["status"], states(world)) == ("STOPPED", ["FAILED"])
    assert running(world) == {NEW: 2}


def test_an_alarm_that_rings_already_says_nothing_of_what_comes(world: AlarmWorld) -> None:
    world.alarm("ALARM")
    world.deployed(alarms=ALARMS)
    world.reach("SUCCESSFUL")
    assert world.deployment()["alarms"]["status"] == "DISABLED"
