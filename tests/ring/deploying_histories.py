"""What a seed makes of CodeDeploy: a pipeline, faults, crashes at any pass, and a fair end."""

from collections.abc import Callable
from typing import Any

from homeport.kernel.errors import AwsError
from homeport.services.codedeploy.errors import DeploymentLimitExceeded
from homeport.services.codedeploy.records.app_specs import HOOKED_EVENTS
from ring.deploying_world import ALARM, DeployingWorld
from ring.driver import ACCOUNT, REGION
from ring.service_ends import FairEnd
from ring.service_facts import GONE
from ring.task_set_histories import TaskSetHistory
from ring.traffic import targets_of_all

STEPS = 40
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
CONFIGS = (
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
)
EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
IMAGES = ("good:2", "good:3", "good:4", "never:1", "sick:1", "crash:1")


class DeployEnd(FairEnd):
    """Every deployment is over, all traffic is on one side, and that side serves."""

    world: DeployingWorld

    def come(self) -> None:
        self.world.traffic.late = set()
        super().come()

    def is_right(self, name: str) -> bool:
        shown = self.world.shown(name)
        assert shown is not None
        if not all(each.is_over for each in self.world.watch.deployments.values()):
            return False
        if self.world.services[name].deleted:
            return bool(shown["status"] == "INACTIVE")
        sets = shown["taskSets"]
        steady = all(each["stabilityStatus"] == "STEADY_STATE" for each in sets)
        return steady and not any(each["status"] == "DRAINING" for each in sets)

    def check_end(self) -> None:
        known = self.world.watch.last.tasks
        up = {arn for arn, task in known.items() if task.last_status not in GONE}
        assert up == set(self.world.fleet.up()), "records and nodes do not agree"
        self.check_targets()
        self.check_quiet()
        for each in self.world.watch.deployments.values():
            assert each.completed_at is not None
            assert (each.failure is None) == (each.status == "Succeeded")
        if not self.world.services["web"].deleted:
            self.check_traffic()

    def check_targets(self) -> None:
        """Exactly the tasks that run are targets, where a listener forwards to them: of a target
        group that nobody uses the data plane is told nothing."""
        world = self.world
        running = [
            each for each in world.watch.last.tasks.values() if each.last_status == "RUNNING"
        ]
        found = world.store.read(lambda tx: targets_of_all(tx, running))
        used = self._used()
        expected = {where for several in found.values() for where in several if where[0] in used}
        registered = world.store.read(world.traffic.registered)
        assert {where for where in registered if where[0] in used} == expected

    def _used(self) -> set[str]:
        """Target groups that a listener forwards to."""
        world = self.world
        weights = world.weights() | world.weights(world.test_listener)
        return {{"blue": world.blue, "green": world.green}[name] for name in weights}

    def check_quiet(self) -> None:
        """A sweep changes nothing: only to look again is announced."""
        changes, before = self.world.watch.changes, dict(self.world.watch.deployments)
        changed = len(changes)
        self.world.plane.sweep()
        waking = ("service", "event", "deployment")
        done = [each for each in changes[changed:] if each.kind not in waking]
        assert done == [], "a sweep finds something to do"
        assert self.world.watch.deployments == before, "a sweep moves a deployment"

    def check_traffic(self) -> None:
        """All production traffic goes to the primary task set, and it is all that serves there."""
        serving = [name for name, weight in self.world.weights().items() if weight > 0]
        shown = self.world.shown("web")
        assert shown is not None
        assert len(serving) == 1, f"half-shifted: {self.world.weights()}"
        group = {"blue": self.world.blue, "green": self.world.green}[serving[0]]
        behind = [
            each
            for each in shown["taskSets"]
            if each["loadBalancers"][0]["targetGroupArn"] == group
        ]
        assert [each["status"] for each in behind] == ["PRIMARY"], "traffic and primary disagree"


class DeployHistory(TaskSetHistory):
    """One seed."""

    world: DeployingWorld

    def __init__(self, world: DeployingWorld, *, steps: int = STEPS) -> None:
        self.steps = steps
        self.world = world
        self.random = world.random
        self.fair_end = DeployEnd(world)
        for number in range(self.random.randint(1, 4)):
            world.fleet.add(world.plane, **self._machine(number))
        world.put_alarm()
        world.map_hook()
        world.lay_out(desired=self.random.choice((0, 1, 2, 3)), **self._group())
        if self.random.random() < 0.8:
            world.end_fairly(lambda: False, within_s=60.0)

    def _group(self) -> dict[str, Any]:
        random = self.random
        events = [each for each in EVENTS if random.random() < 0.5]
        group: dict[str, Any] = {
            "test": random.random() < 0.5,
            "terminate": random.choice((None, 0, 0, 5)),
        }
        if random.random() < 0.6:
            group["alarmConfiguration"] = {"enabled": True, "alarms": [{"name": ALARM}]}
        if events:
            group["autoRollbackConfiguration"] = {"enabled": True, "events": events}
        if random.random() < 0.2:
            group["ready"] = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 5}
        return group

    def _moves(self) -> dict[Callable[[], None], int]:
        kept = {
            *("scale", "drain_instance", "activate_instance", "stop_task", "protect"),
            *("deregister", "move_one", "die", "sicken", "listen", "say", "say_badly"),
            *("lose_link", "return_node", "boot_node", "lose_wakes", "some_passes"),
            *("all_passes", "wait", "check_targets", "fail_target", "stay_connected"),
        }
        usual = {move: weight for move, weight in super()._moves().items() if move.__name__ in kept}
        return usual | {
            self.work: 40,
            self.crash: 8,
            self.deploy: 12,
            self.stop_deploying: 3,
            self.go_on: 4,
            self.sound_alarm: 3,
            self.answer_function: 6,
            self.hold_weights: 3,
            self.take_weights: 4,
            self.change_weights: 1,
            self.drop_side: 1,
            self.delete: 1,
        }

    def deploy(self) -> None:
        random, hooks = self.random, []
        if random.random() < 0.3:
            hooks = [(random.choice(HOOKED_EVENTS), FUNCTION)]
        if self.world.services["web"].deleted:
            return
        try:
            self.world.deploy(
                random.choice((*IMAGES[:3], *IMAGES)),
                hooks=hooks,
                deploymentConfigName=random.choice(CONFIGS),
            )
        except DeploymentLimitExceeded:
            assert any(not each.is_over for each in self.world.watch.deployments.values())

    def stop_deploying(self) -> None:
        for each in self._under_way():
            rolls_back = self.random.choice(({}, {"autoRollbackEnabled": True}))
            self.world.plane.ask("StopDeployment", deploymentId=each, **rolls_back)

    def go_on(self) -> None:
        kind = self.random.choice(("READY_WAIT", "TERMINATION_WAIT"))
        for each in self._under_way():
            self._ask("ContinueDeployment", deploymentId=each, deploymentWaitType=kind)

    def sound_alarm(self) -> None:
        self.world.set_alarm(self.random.choice(("ALARM", "OK")))

    def answer_function(self) -> None:
        if self.world.orders():
            if self.random.random() < 0.3:
                self.world.answer(None, "It exited with 1.")
            else:
                self.world.answer('{"status": "Succeeded"}')

    def hold_weights(self) -> None:
        self.world.traffic.late = {self.world.listener}

    def take_weights(self) -> None:
        self.world.traffic.late = set()

    def change_weights(self) -> None:
        """Somebody else changes what the listener forwards to."""
        groups = [
            {"TargetGroupArn": self.world.blue, "Weight": 50},
            {"TargetGroupArn": self.world.green, "Weight": 50},
        ]
        if self._under_way():
            self.world.plane.ask(
                "ModifyListener",
                ListenerArn=self.world.listener,
                DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
            )

    def drop_side(self) -> None:
        """Somebody else deletes a task set that is not the primary one."""
        shown = self.world.shown("web")
        assert shown is not None
        others = [each["id"] for each in shown["taskSets"] if each["status"] == "ACTIVE"]
        if others and not self.world.services["web"].deleted:
            request = {"cluster": "default", "service": "web", "force": True}
            self.world.plane.ask("DeleteTaskSet", taskSet=self.random.choice(others), **request)

    def _under_way(self) -> list[str]:
        known = self.world.watch.deployments.values()
        return [each.id for each in known if not each.is_over]

    def _ask(self, operation: str, **request: Any) -> None:
        try:
            self.world.plane.ask(operation, **request)
        except AwsError:
            return
