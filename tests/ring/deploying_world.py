"""A service that CodeDeploy deploys to, with real providers, nodes, and a data plane by hand.

`DeployWatch` looks on from within every transaction, at the deployments beside the task sets.
"""

import json
from typing import Any

from homeport.contracts.peers import Peers
from homeport.runtime import Service
from homeport.services.cloudwatch import wiring as cloudwatch
from homeport.services.codedeploy import wiring as codedeploy
from homeport.services.codedeploy.plan.events import event_of
from homeport.services.codedeploy.queries.deployments import find_deployment, of_group
from homeport.services.codedeploy.records.deployments import EVENTS, Deployment
from homeport.services.hooks import wiring as hooks
from homeport.services.hooks.queries.hooks import put_hook
from homeport.services.hooks.records.hooks import Hook
from homeport.store import Store, Tx
from ring.driver import ACCOUNT, REGION, Plane, Wake
from ring.service_world import Wanted
from ring.task_set_world import TaskSetWatch, TaskSetWorld

NAMES = {"applicationName": "shop", "deploymentGroupName": "web"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
RANKS = {"Pending": 0, "InProgress": 1, "Succeeded": 2, "Failed": 2, "Skipped": 2}
ALARM = "errors"


def more_services() -> tuple[Service, ...]:
    """What is driven beside what every ring drives."""
    return (*codedeploy.services(), *hooks.services(), *cloudwatch.services())


class DeployPlane(Plane):
    """A control plane that serves CodeDeploy, too."""

    def __init__(self, *args: Any, **members: Any) -> None:
        super().__init__(*args, **members)
        for service in more_services():
            # Where two have an operation of the same name it is the one of the ring's services.
            self._operations = {**service.operations, **self._operations}
            self._reconcilers |= {each.name: each for each in service.reconcilers}


class DeployWatch(TaskSetWatch):
    """Looks on at deployments."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.deployments: dict[str, Deployment] = {}

    def after(self, tx: Tx, cause: Wake, before: Any) -> Any:
        seen = super().after(tx, cause, before)
        for change in tx.changes:
            if change.kind == "deployment":
                deployment = find_deployment(tx, change.key)
                assert deployment is not None
                check_deployment(self.deployments.get(change.key), deployment)
                self.deployments[change.key] = deployment
        return seen


def check_deployment(was: Deployment | None, now: Deployment) -> None:
    """Object to a deployment that goes back, or changes once it is over."""
    begun = [event for event in now.events if event.status == "InProgress"]
    assert len(begun) <= (2 if now.is_rollback else 1)
    if was is None or was == now:
        return
    assert not was.is_over, f"{was.id} was over"
    assert was.progress.tenths <= now.progress.tenths
    for name in EVENTS:
        before, after = event_of(was, name), event_of(now, name)
        assert RANKS[before.status] <= RANKS[after.status]
        assert RANKS[before.status] < 2 or before == after


class DeployingWorld(TaskSetWorld):
    """A service ``web`` behind a listener, deployed by CodeDeploy."""

    def __init__(self, *args: Any, **members: Any) -> None:
        super().__init__(*args, **members)
        self.watch: DeployWatch = DeployWatch(self.clock.now, self.peers)
        self.plane.watch = self.watch
        self.blue = self.green = self.listener = self.test_listener = ""

    def plane_on(self, store: Store, name: str = "") -> Plane:
        parts = {"clock": self.clock, "ids": self.ids, "peers": self.peers, "watch": self.watch}
        return DeployPlane(store, name=name, **parts)  # type: ignore[arg-type]

    # --- what there is -----------------------------------------------------------------------

    def lay_out(self, *, desired: int = 2, image: str = "good:1", **group: Any) -> None:
        """A service that is steady, and a deployment group."""
        self.blue = self.traffic.group(self.plane, "instance", 0)
        self.green = self.traffic.group(self.plane, "instance", 1)
        shown = self.plane.ask("DescribeListeners", LoadBalancerArn=self.traffic.load_balancer)
        self.listener, self.test_listener = (each["ListenerArn"] for each in shown["Listeners"])
        wanted = Wanted("web", groups=1, desired=desired, image=image)
        self.plane.ask(
            "CreateService",
            serviceName="web",
            desiredCount=desired,
            launchType="EC2",
            deploymentController={"type": "CODE_DEPLOY"},
            taskDefinition=self.definition(wanted),
            loadBalancers=[self._balancer(self.blue)],
        )
        self.services["web"] = wanted
        self.plane.ask("CreateApplication", applicationName="shop", computePlatform="ECS")
        self.plane.ask("CreateDeploymentGroup", **self.group_request(**group))

    def group_request(
        self, *, test: bool = False, terminate: int | None = 0, **members: Any
    ) -> dict[str, Any]:
        """CreateDeploymentGroup; `terminate` minutes, or None to keep the original alive."""
        ends: dict[str, Any] = {"action": "KEEP_ALIVE"}
        if terminate is not None:
            ends = {"action": "TERMINATE", "terminationWaitTimeInMinutes": terminate}
        pair: dict[str, Any] = {
            "targetGroups": [{"name": "instance-0"}, {"name": "instance-1"}],
            "prodTrafficRoute": {"listenerArns": [self.listener]},
        }
        if test:
            pair["testTrafficRoute"] = {"listenerArns": [self.test_listener]}
        ready = members.pop("ready", {"actionOnTimeout": "CONTINUE_DEPLOYMENT"})
        return {
            **NAMES,
            "serviceRoleArn": ROLE,
            "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
            "deploymentStyle": {
                "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            "blueGreenDeploymentConfiguration": {
                "terminateBlueInstancesOnDeploymentSuccess": ends,
                "deploymentReadyOption": ready,
            },
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "ecsServices": [{"clusterName": "default", "serviceName": "web"}],
            **members,
        }

    def deploy(self, image: str = "good:2", *, hooks: Any = (), **members: Any) -> str:
        """CreateDeployment; answers its id."""
        definition = self.definition(Wanted("web", groups=1, image=image))
        properties = {
            "TaskDefinition": definition,
            "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 80},
        }
        service = {"Type": "AWS::ECS::Service", "Properties": properties}
        spec = {
            "version": 0.0,
            "Resources": [{"TargetService": service}],
            "Hooks": [{event: function} for event, function in hooks],
        }
        revision = {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(spec)},
        }
        made = self.plane.ask("CreateDeployment", **NAMES, revision=revision, **members)
        deployment_id: str = made["deploymentId"]
        return deployment_id

    def put_alarm(self) -> None:
        """An alarm that is OK."""
        self.plane.ask(
            "PutMetricAlarm",
            AlarmName=ALARM,
            Namespace="Shop",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        self.set_alarm("OK")

    def map_hook(self, name: str = "check") -> None:
        """Something that the test answers for stands for the function."""
        url = "http://localhost/check"
        hook = Hook(account=ACCOUNT, region=REGION, name=name, url=url, updated_at=self.clock.now())
        self.store.write(lambda tx: put_hook(tx, hook))

    def set_alarm(self, state: str) -> None:
        """SetAlarmState."""
        self.plane.ask("SetAlarmState", AlarmName=ALARM, StateValue=state, StateReason="test")

    # --- what is to be seen ------------------------------------------------------------------

    def deployment(self, deployment_id: str) -> Deployment:
        """The record of a deployment."""
        found = self.store.read(lambda tx: find_deployment(tx, deployment_id))
        assert found is not None
        return found

    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment of the group, the newest first."""
        shown = self.plane.ask("GetDeploymentGroup", **NAMES)["deploymentGroupInfo"]
        found: tuple[Deployment, ...] = self.store.read(
            lambda tx: of_group(tx, shown["deploymentGroupId"])
        )
        return found

    def target(self, deployment_id: str) -> dict[str, Any]:
        """`ecsTarget` of a deployment."""
        answer = self.plane.ask(
            "GetDeploymentTarget", deploymentId=deployment_id, targetId="default:web"
        )
        found: dict[str, Any] = answer["deploymentTarget"]["ecsTarget"]
        return found

    def weights(self, listener: str | None = None) -> dict[str, int]:
        """What a listener's default rule forwards by; ``blue`` and ``green`` are the pair."""
        arn = listener or self.listener
        facts = self.store.read(lambda tx: self.peers.traffic.forwards(tx, ACCOUNT, REGION, arn))
        names = {self.blue: "blue", self.green: "green"}
        return {names[group]: weight for group, weight in facts[-1].groups}

    def labels(self) -> dict[str, str]:
        """The status of each task set, by the image that it is of."""
        shown = self.shown("web")
        assert shown is not None
        found: dict[str, str] = {}
        for each in shown["taskSets"]:
            name, _, _ = each["taskDefinition"].rpartition(":")
            definition = self.plane.ask(
                "DescribeTaskDefinition", taskDefinition=each["taskDefinition"]
            )["taskDefinition"]
            assert name
            image = json.loads(bytes(definition))["containerDefinitions"][0]["image"]
            found[image] = each["status"]
        return found

    def reach(self, deployment_id: str, status: str, *, within_s: float = 7200.0) -> None:
        """Turn the clock until the deployment has this status."""
        is_there = self.end_fairly(
            lambda: self.deployment(deployment_id).status == status, within_s=within_s
        )
        assert is_there, self.deployment(deployment_id)

    def orders(self) -> list[Any]:
        """Functions that are asked now."""
        return list(self.store.read(self.peers.hooks.orders))  # type: ignore[attr-defined]

    def answer(self, body: str | None, diagnostic: str = "") -> dict[str, Any]:
        """Answer the one function that is asked; its payload."""
        [order] = self.orders()
        peer: Any = self.peers.hooks
        now = self.clock.now()
        self.store.write(
            lambda tx: peer.settle(tx, order.id, body=body, diagnostic=diagnostic, now=now)
        )
        told: dict[str, Any] = json.loads(order.payload)
        return told

    def _balancer(self, group: str) -> dict[str, Any]:
        return {"targetGroupArn": group, "containerName": "web", "containerPort": 80}


def make_world(store: Any, clock: Any, ids: Any, peers: Peers, **members: Any) -> DeployingWorld:
    """A control plane with two nodes."""
    made = DeployingWorld(store, clock=clock, ids=ids, peers=peers, **members)
    for zone in ("us-east-1a", "us-east-1b"):
        made.fleet.add(made.plane, zone=zone)
    return made
