"""Services that shift traffic, and a data plane that takes weights when it is told to.

The scheduler's bounds for rolling deployments, at which `service_watch` looks, do not hold here:
two sides are kept.  What has to hold instead is looked at after every transaction.
"""

import json
from typing import Any

from homeport.contracts.peers import Peers
from homeport.kernel.traffic_shift import WHOLE
from homeport.services.ecs.queries.service_deployments import find_deployment
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.records.services import ServiceDeployment
from homeport.store import Tx
from ring.driver import ACCOUNT, REGION, Wake
from ring.service_watch import ServiceWatch
from ring.service_world import ServiceWorld, Wanted

ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/default/web"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecs"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
NEXT = {
    "ROLLBACK_SUCCESSFUL": (0, None),
    "SUCCESSFUL": (WHOLE,),
    "ROLLBACK_FAILED": (None, 0, WHOLE),
}


class ShiftWatch(ServiceWatch):
    """Looks on at deployments that shift traffic."""

    def before(self, tx: Tx, cause: Wake) -> None:
        return None

    def after(self, tx: Tx, cause: Wake, before: Any) -> Any:
        seen = super().after(tx, cause, None)
        for arn, deployment in seen.deployments.items():
            check_shift(self.last.deployments.get(arn), deployment)
        return seen


def check_shift(before: ServiceDeployment | None, after: ServiceDeployment) -> None:
    """The share never goes down on the way forward, nor up on the way back, and ends whole."""
    was, now = (None if each is None else each.shifting for each in (before, after))
    if now is None:
        return
    if was is not None and not was.end and after.status != "STOPPED":
        old, new = was.production or 0, now.production or 0
        if was.is_back == now.is_back:
            assert new >= old or now.is_back, f"{old} to {new} on the way forward"
            assert new <= old or not now.is_back or now.end, f"{old} to {new} on the way back"
    if after.status in NEXT and now.routes:
        assert now.production in NEXT[after.status], f"{after.status} at {now.production}"


class ShiftingWorld(ServiceWorld):
    """A service ``web`` behind a production rule and a test rule, with two target groups."""

    def __init__(self, *args: Any, **members: Any) -> None:
        super().__init__(*args, **members)
        self.watch = ShiftWatch(self.clock.now, self.peers)
        self.plane.watch = self.watch
        self.blue = self.green = self.rule = self.test_rule = self.listener = ""

    def lay_out(self, kind: str = "instance") -> None:
        """A listener with a rule for production and one for tests."""
        self.blue = self.traffic.group(self.plane, kind, 0)
        self.green = self.traffic.group(self.plane, kind, 1)
        ask = self.plane.ask
        listeners = ask("DescribeListeners", LoadBalancerArn=self.traffic.load_balancer)
        self.listener = listeners["Listeners"][0]["ListenerArn"]
        self.rule = self.add_rule(10, "/", ((self.blue, 1), (self.green, 0)))
        self.test_rule = self.add_rule(20, "/test", ((self.green, 1),))

    def deployed(self, strategy: str = "BLUE_GREEN", **wanted: Any) -> None:
        """Create ``web`` with this strategy; the rest is its configuration."""
        names = ("kind", "desired", "image", "breaker", "grace_s", "checked")
        members = {name: wanted.pop(name) for name in names if name in wanted}
        extra = self.request(strategy, **wanted)
        assert self.create(Wanted("web", **{"desired": 2, "groups": 1, **members}, extra=extra))

    def request(self, strategy: str, *, test: bool = True, **configuration: Any) -> Any:
        """Members of CreateService and UpdateService."""
        told = {"strategy": strategy, "bakeTimeInMinutes": 5, **configuration}
        return (
            ("deploymentConfiguration", told),
            ("loadBalancers", [self.balancer(test=test)]),
        )

    def balancer(self, *, test: bool = True) -> dict[str, Any]:
        """The load balancer of the service."""
        advanced = {
            "alternateTargetGroupArn": self.green,
            "productionListenerRule": self.rule,
            "roleArn": ROLE,
        }
        if test:
            advanced["testListenerRule"] = self.test_rule
        return {
            "targetGroupArn": self.blue,
            "containerName": "web",
            "containerPort": 80,
            "advancedConfiguration": advanced,
        }

    def load_balancers(self, wanted: Wanted) -> list[dict[str, Any]]:
        return [self.balancer()]

    def hold_weights(self, *, held: bool = True) -> None:
        """The data plane takes no weights for as long as they are held."""
        self.traffic.late = {self.listener} if held else set()

    def weights(self, rule: str | None = None) -> dict[str, float]:
        """Where a rule forwards to, in percent; ``blue`` and ``green`` are its two groups."""
        facts = self.store.read(
            lambda tx: self.peers.traffic.forwards(tx, ACCOUNT, REGION, rule or self.rule)
        )
        names = {self.blue: "blue", self.green: "green"}
        total = sum(weight for _, weight in facts[-1].groups)
        groups = [(names[arn], weight) for arn, weight in facts[-1].groups if weight]
        return {name: 100 * weight / total for name, weight in groups}

    def deployment(self) -> dict[str, Any]:
        """The newest deployment, as it is shown."""
        arn = (self.shown("web") or {})["currentServiceDeployment"]
        answer = self.plane.ask("DescribeServiceDeployments", serviceDeploymentArns=[arn])
        found: dict[str, Any] = answer["serviceDeployments"][0]
        return found

    def record(self) -> ServiceDeployment:
        """The newest deployment, as it is kept."""
        arn = self.deployment()["serviceDeploymentArn"]
        found = self.store.read(lambda tx: find_deployment(tx, arn))
        assert found is not None
        return found

    def stage(self) -> str:
        """Where the newest deployment is, or how it has ended."""
        shown = self.deployment()
        is_over = shown["status"] not in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
        return str(shown["status"] if is_over else shown["lifecycleStage"])

    def completed(self) -> str | None:
        """The revision that a rollback would lead to."""
        found = self.store.read(lambda tx: find_service(tx, ARN))
        return None if found is None else found.completed_revision_arn

    def reach(self, stage: str, *, within_s: float = 7_200.0) -> None:
        """Turn the clock until the newest deployment is in a stage, or over with a status."""
        assert self.end_fairly(lambda: self.stage() == stage, within_s=within_s), self.deployment()

    def hooks(self) -> list[dict[str, Any]]:
        """The hooks of the newest deployment."""
        found: list[dict[str, Any]] = self.deployment().get("lifecycleHookDetails", [])
        return found

    def answer(self, said: Any = None, *, diagnostic: str = "") -> dict[str, Any]:
        """Answer the function that is asked; its payload."""
        hooks = self.peers.hook_work
        [order] = self.store.read(hooks.orders)
        body = None if diagnostic else json.dumps(said)
        now = self.clock.now()
        self.store.write(
            lambda tx: hooks.settle(tx, order.id, body=body, diagnostic=diagnostic, now=now)
        )
        self.run_dry()
        told: dict[str, Any] = json.loads(order.payload)
        return told

    def add_rule(self, priority: int, path: str, groups: Any) -> str:
        """A rule of the listener; `groups` are (ARN, weight)."""
        tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
        made = self.plane.ask(
            "CreateRule",
            ListenerArn=self.listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"{path}*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}],
        )
        return str(made["Rules"][0]["RuleArn"])


def make_world(
    store: Any, clock: Any, ids: Any, peers: Peers, *, of: type[ShiftingWorld] = ShiftingWorld
) -> ShiftingWorld:
    """A control plane with two nodes, and what the service needs."""
    made = of(store, clock=clock, ids=ids, peers=peers)
    for zone in ("us-east-1a", "us-east-1b"):
        made.fleet.add(made.plane, zone=zone)
    made.lay_out()
    return made
