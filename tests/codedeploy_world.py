"""A service, its task sets and its listeners as a deployment sees them: values, turned by tests.

What is ordered happens at once; what the data plane and ECS have yet to do, the test lets happen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.plan import events, lifecycle, rollback, sides
from homeport.services.codedeploy.plan.moves import (
    AskHook,
    CreateReplacement,
    DeleteTaskSet,
    ForgetHook,
    MakePrimary,
    Move,
    Order,
    RollBack,
    SetWeights,
)
from homeport.services.codedeploy.records.app_specs import AppSpec
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.group_options import Balancing, TargetGroup
from homeport.services.codedeploy.records.sights import (
    HookSight,
    RuleSight,
    ServiceSight,
    Sight,
    TaskSetSight,
)

BLUE, GREEN = "arn:tg/blue", "arn:tg/green"
PRODUCTION, TEST = "arn:listener/production", "arn:listener/test"
CANARY = Shift(kind="canary", tenths=100, interval_s=300)
LINEAR = Shift(kind="linear", tenths=100, interval_s=60)


def a_deployment(**changes: object) -> Deployment:
    """A deployment that was just created: all at once, no waits, no functions, no test listener."""
    members: dict[str, object] = {
        "id": "d-000000001",
        "account": "000000000000",
        "region": "us-east-1",
        "application": "shop",
        "group": "web",
        "group_id": "g1",
        "config_name": "CodeDeployDefault.ECSAllAtOnce",
        "cluster": "main",
        "service": "web",
        "app_spec": AppSpec(task_definition="web:2", container_name="web", container_port=80),
        "balancing": Balancing(
            target_groups=(
                TargetGroup(name="blue", arn=BLUE),
                TargetGroup(name="green", arn=GREEN),
            ),
            production_listener=PRODUCTION,
        ),
        "created_at": 0.0,
    }
    return Deployment(**(members | changes))  # type: ignore[arg-type]


def with_test_listener(deployment: Deployment) -> Deployment:
    """The deployment, with a listener for test traffic."""
    return replace(deployment, balancing=replace(deployment.balancing, test_listener=TEST))


@dataclass
class World:
    """The world around the deployments of one service."""

    now: float = 0.0
    deployments: dict[str, Deployment] = field(default_factory=dict)
    task_sets: dict[str, TaskSetSight] = field(default_factory=dict)
    rules: dict[str, RuleSight] = field(default_factory=dict)
    service_status: str | None = "ACTIVE"
    controller: str = "CODE_DEPLOY"
    alarms: dict[str, str] = field(default_factory=dict)
    answers: dict[str, HookSight] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Functions, in the order in which they were asked."""
    history: list[tuple[float, tuple[tuple[str, int], ...]]] = field(default_factory=list)
    """Every weight that was set for the production listener's default rule, and when."""
    starts_steady: bool = True
    goes_live: bool = True

    @classmethod
    def of(cls, deployment: Deployment, **changes: object) -> "World":
        """Blue serves; the deployment was just created."""
        world = cls(**changes)  # type: ignore[arg-type]
        world.deployments[deployment.id] = deployment
        world.add_task_set("ts-blue", BLUE, status="PRIMARY")
        world.add_rule("production-default", PRODUCTION, ((BLUE, 1),))
        world.add_rule("production-other", PRODUCTION, (("arn:tg/other", 1),))
        if deployment.balancing.test_listener is not None:
            world.add_rule("test-default", TEST, ((BLUE, 1),))
        return world

    def add_task_set(self, name: str, group: str, *, status: str = "ACTIVE") -> None:
        """A task set that is steady."""
        self.task_sets[name] = TaskSetSight(
            arn=name,
            id=name,
            status=status,
            is_steady=True,
            desired=2,
            running=2,
            target_group_arn=group,
        )

    def add_rule(self, arn: str, listener: str, groups: tuple[tuple[str, int], ...]) -> None:
        """A rule that the data plane goes by."""
        self.rules[arn] = RuleSight(
            arn=arn, listener_arn=listener, kind="application", groups=groups, is_live=True
        )

    def sight(self, deployment: Deployment) -> Sight:
        """What a pass would see."""
        event = events.current(deployment)
        invocation = None if event is None else event.invocation_id
        service = None
        if self.service_status is not None:
            service = ServiceSight(
                status=self.service_status,
                controller=self.controller,
                task_sets=tuple(self.task_sets.values()),
            )
        return Sight(
            service=service,
            production=self._of(deployment.balancing.production_listener),
            test=self._of(deployment.balancing.test_listener),
            alarms=tuple(self.alarms.items()),
            hook=None
            if invocation is None
            else self.answers.get(invocation, HookSight(status="UNKNOWN")),
        )

    def step(self, deployment_id: str) -> Move:
        """One move of the deployment, carried out."""
        before = self.deployments[deployment_id]
        move = lifecycle.next_move(
            before, self.sight(before), now=self.now, span=lambda seconds: seconds
        )
        after = move.deployment
        for order in move.orders:
            after = self._obey(after, order)
        self.deployments[deployment_id] = after
        return move

    def settle(self, watch: Callable[["World"], None] = lambda world: None) -> float | None:
        """Pass after pass until all deployments wait; answers when the first wants to go on."""
        again: float | None = None
        for deployment_id in list(self.deployments):
            for _ in range(100):
                before = self.deployments[deployment_id]
                move = self.step(deployment_id)
                watch(self)
                if not move.orders and move.deployment == before:
                    if move.again_at is not None:
                        assert move.again_at > self.now, "it would wait for what is over"
                        again = move.again_at if again is None else min(again, move.again_at)
                    break
            else:
                raise AssertionError("a deployment moves without end")
        if any(not each.is_over and each.status == "Created" for each in self.deployments.values()):
            return self.settle(watch)
        return again

    def run(self, until: float, watch: Callable[["World"], None] = lambda world: None) -> None:
        """Let time pass, as far as something is due."""
        while True:
            again = self.settle(watch)
            if again is None or again > until:
                self.now = max(self.now, until)
                self.settle(watch)
                return
            self.now = max(self.now, again)

    def change(self, name: str, **changes: object) -> None:
        """Change a deployment as an operation of the API does."""
        self.deployments[name] = replace(self.deployments[name], **changes)

    def make_live(self) -> None:
        """The data plane has taken every weight."""
        self.rules = {arn: replace(rule, is_live=True) for arn, rule in self.rules.items()}

    def _of(self, listener: str | None) -> tuple[RuleSight, ...]:
        return tuple(rule for rule in self.rules.values() if rule.listener_arn == listener)

    def _obey(self, deployment: Deployment, order: Order) -> Deployment:
        match order:
            case CreateReplacement(target_group=group):
                name = f"ts-{deployment.id}"
                self.add_task_set(name, group.arn)
                if not self.starts_steady:
                    changed = replace(self.task_sets[name], is_steady=False, running=0, pending=2)
                    self.task_sets[name] = changed
                side = sides.side_of(self.task_sets[name], group)
                return replace(deployment, progress=replace(deployment.progress, replacement=side))
            case SetWeights(rule_arn=arn, weights=weights):
                before = self.rules[arn]
                self.rules[arn] = replace(before, groups=weights, is_live=self.goes_live)
                if arn == "production-default":
                    self.history.append((self.now, weights))
            case MakePrimary(task_set_arn=arn):
                for name, each in self.task_sets.items():
                    if each.status in {"PRIMARY", "ACTIVE"}:
                        status = "PRIMARY" if name == arn else "ACTIVE"
                        self.task_sets[name] = replace(each, status=status)
            case DeleteTaskSet(task_set_arn=arn):
                self.task_sets[arn] = replace(self.task_sets[arn], status="DRAINING", running=0)
            case AskHook(event=event, function=function):
                self.asked.append(function)
                invocation = f"{deployment.id}/{event}"
                self.answers[invocation] = HookSight(status="RUNNING")
                asked = replace(
                    events.event_of(deployment, event),
                    invocation_id=invocation,
                    execution_id=f"x-{event}",
                )
                return events.with_event(deployment, asked)
            case ForgetHook(invocation_id=invocation):
                self.answers.pop(invocation, None)
            case RollBack(event=event):
                name = f"{deployment.id}-undone"
                undoing = rollback.rollback_of(deployment, event, rollback_id=name, now=self.now)
                self.deployments[name] = undoing
                return rollback.undone_by(deployment, name)
        return deployment
