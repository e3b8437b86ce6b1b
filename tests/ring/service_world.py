"""A user, a control plane and a fleet: what a seed makes of them, one step at a time.

`ServiceWorld` is the stage: services as a user asks for them, faults as the world has them, and a
fair end in which everything has to come right.  Which step comes next is `service_histories`'.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import msgspec

from conftest import TurnedClock
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.kernel.ids import Ids
from homeport.services.ecs.errors import InvalidParameterException, ServiceNotActiveException
from homeport.store import Store
from ring.driver import ACCOUNT, REGION, Plane
from ring.fleet_world import Fleet
from ring.service_watch import ServiceWatch
from ring.traffic import Traffic
from task_definition_documents import container, document, fargate

DRAINING = "Unable to Start a service that is still Draining."
ON_EC2 = ("bridge", "ports", "awsvpc")
PATIENCE_S = 2 * 3600.0
"""Longer than whatever may have to be waited for: protection, a node that is lost, a throttle."""
PERCENTS = ((100, 200), (50, 100), (100, 150), (0, 100), (50, 200))


@dataclass(frozen=True)
class Wanted:
    """A service as its user asked for it last."""

    name: str
    kind: str = "bridge"
    """bridge, ports (a static host port), awsvpc, fargate or providers."""
    desired: int = 1
    """Unused by DAEMON services."""
    daemon: bool = False
    percents: tuple[int, int] = (100, 200)
    breaker: str = ""
    """Empty, ``stop`` or ``rollback``."""
    checked: bool = False
    """Its container has a health check."""
    image: str = "good:1"
    grace_s: int = 0
    groups: int = 0
    """In how many target groups its tasks are."""
    extra: tuple[tuple[str, Any], ...] = ()
    """Other members of the request."""
    deleted: bool = False

    @property
    def configuration(self) -> dict[str, Any]:
        """Its `deploymentConfiguration`."""
        least, most = (0, 100) if self.daemon else self.percents
        breaker = {"enable": bool(self.breaker), "rollback": self.breaker == "rollback"}
        return {
            "minimumHealthyPercent": least,
            "maximumPercent": most,
            "deploymentCircuitBreaker": breaker,
        }


class ServiceWorld:
    """One world; nothing in it moves by itself."""

    def __init__(
        self, store: Store, *, clock: TurnedClock, ids: Ids, peers: Peers, seed: int = 0
    ) -> None:
        self.random = Random(seed)
        self.store = store
        self.clock = clock
        self.ids = ids
        self.peers = peers
        self.watch = ServiceWatch(clock.now, peers)
        self.fleet = Fleet(self.random)
        self.services: dict[str, Wanted] = {}
        self.traffic = Traffic(store, clock, peers)
        self._definitions: dict[tuple[str, str, bool, str, bool], str] = {}
        self.plane = self.new_plane()
        found = store.read(lambda tx: peers.networks.default_subnets(tx, ACCOUNT, REGION))
        self.subnets = [each.subnet_id for each in found]

    def new_plane(self) -> Plane:
        """The control plane on this world's store, as it is started."""
        return self.plane_on(self.store)

    def plane_on(self, store: Store, name: str = "") -> Plane:
        """A control plane as it is started."""
        parts = {"clock": self.clock, "ids": self.ids, "peers": self.peers, "watch": self.watch}
        return Plane(store, name=name, **parts)  # type: ignore[arg-type]

    # --- what a user does --------------------------------------------------------------------

    def definition(self, wanted: Wanted) -> str:
        """A task definition for the service as it is wanted, registered when it is first asked."""
        key = (wanted.name, wanted.kind, wanted.checked, wanted.image, wanted.groups > 0)
        if key not in self._definitions:
            members: dict[str, Any] = {"image": wanted.image, "memory": 64, "cpu": 128}
            if wanted.checked:
                members["healthCheck"] = {"command": ["CMD", "true"]}
            if wanted.kind == "ports":
                port = 8080 + zlib.crc32(wanted.name.encode()) % 1000
                members["portMappings"] = [{"containerPort": 80, "hostPort": port}]
            elif wanted.groups:
                members["portMappings"] = [{"containerPort": 80}]
            family = f"{wanted.kind}-{wanted.checked}-{wanted.name}"
            if wanted.kind in ("fargate", "providers"):
                asked = fargate(container(**members), family=family)
            else:
                mode = "awsvpc" if wanted.kind == "awsvpc" else "bridge"
                asked = document(container(**members), family=family, networkMode=mode)
            answer = self.plane.ask("RegisterTaskDefinition", **asked)["taskDefinition"]
            self._definitions[key] = msgspec.json.decode(answer)["taskDefinitionArn"]
        return self._definitions[key]

    def create(self, wanted: Wanted) -> bool:
        """CreateService; whether it was taken: a name that still drains is refused."""
        request: dict[str, Any] = {
            "serviceName": wanted.name,
            "taskDefinition": self.definition(wanted),
            "deploymentConfiguration": wanted.configuration,
            **dict(wanted.extra),
        }
        if wanted.daemon:
            request["schedulingStrategy"] = "DAEMON"
        else:
            request["desiredCount"] = wanted.desired
        if wanted.kind == "providers":
            self._use_providers()
            request["capacityProviderStrategy"] = [
                {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 1},
            ]
        else:
            request["launchType"] = "FARGATE" if wanted.kind == "fargate" else "EC2"
        if wanted.kind in ("fargate", "providers", "awsvpc"):
            network = {"awsvpcConfiguration": {"subnets": self.subnets}}
            request["networkConfiguration"] = network
        if wanted.groups:
            request["loadBalancers"] = self.load_balancers(wanted)
        if wanted.grace_s:
            request["healthCheckGracePeriodSeconds"] = wanted.grace_s
        before = self.shown(wanted.name)
        try:
            self.plane.ask("CreateService", **request)
        except InvalidParameterException as refused:
            if before is None or before["status"] != "DRAINING" or refused.message != DRAINING:
                raise
            return False
        self.services[wanted.name] = wanted
        return True

    def update(self, name: str, *, force: bool = False, **changes: Any) -> None:
        """UpdateService to what is wanted now; one that was deleted is refused."""
        wanted = replace(self.services[name], **changes)
        request: dict[str, Any] = {"service": name}
        if {"image", "checked", "groups"} & set(changes):
            request["taskDefinition"] = self.definition(wanted)
        if {"percents", "breaker"} & set(changes):
            request["deploymentConfiguration"] = wanted.configuration
            if wanted.percents[1] <= 100:  # ECS refuses it otherwise.
                request["availabilityZoneRebalancing"] = "DISABLED"
        if "groups" in changes:
            request["loadBalancers"] = self.load_balancers(wanted)
        if "desired" in changes:
            request["desiredCount"] = wanted.desired
        if force:
            request["forceNewDeployment"] = True
        try:
            self.plane.ask("UpdateService", **request)
        except ServiceNotActiveException:
            assert wanted.deleted, f"{name} is refused an update"
            return
        assert not wanted.deleted, f"{name} was deleted and takes an update"
        self.services[name] = wanted

    def load_balancers(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Its `loadBalancers`: groups that it shares with others of its kind."""
        kind = "ip" if wanted.kind in ("awsvpc", "fargate", "providers") else "instance"
        return [
            {
                "targetGroupArn": self.traffic.group(self.plane, kind, number),
                "containerName": "web",
                "containerPort": 80,
            }
            for number in range(wanted.groups)
        ]

    def check_targets(self, *, only: str | None = None) -> bool:
        """Have the data plane look at all targets, or those of one group; whether it had news."""
        known, up, waking = self.watch.last.tasks, [], []
        for arn, node in self.fleet.up().items():
            if self.fleet.images.kind_of(node.tasks[arn].spec) != "sick":
                up.append(known[arn])
            elif self.clock.now() < node.goes_wrong_at(arn, "sick"):
                waking.append(known[arn])
        return self.traffic.look(up, waking, only=only)

    def delete(self, name: str) -> None:
        """DeleteService with force."""
        self.plane.ask("DeleteService", service=name, force=True)
        self.services[name] = replace(self.services[name], deleted=True)

    def stop_deployment(self, name: str) -> None:
        """StopServiceDeployment of the newest; one that is over is refused."""
        shown = self.shown(name)
        arn = shown.get("currentServiceDeployment") if shown else None
        if arn is None:
            return
        found = self.plane.ask("DescribeServiceDeployments", serviceDeploymentArns=[arn])
        status = found["serviceDeployments"][0]["status"]
        try:
            self.plane.ask("StopServiceDeployment", serviceDeploymentArn=arn)
        except AwsError:
            assert status not in ("PENDING", "IN_PROGRESS"), "a stop was refused"

    def set_state(self, status: str, *arns: str) -> None:
        """UpdateContainerInstancesState."""
        self.plane.ask(
            "UpdateContainerInstancesState", containerInstances=list(arns), status=status
        )

    def shown(self, name: str) -> dict[str, Any] | None:
        """The service as DescribeServices shows it."""
        found = self.plane.ask("DescribeServices", services=[name])["services"]
        return found[0] if found else None

    def tasks(self, name: str) -> list[str]:
        """The tasks of a service that are to run."""
        return self.plane.ask("ListTasks", serviceName=name)["taskArns"]

    def _use_providers(self) -> None:
        self.plane.ask(
            "PutClusterCapacityProviders",
            cluster="default",
            capacityProviders=["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategy=[],
        )

    # --- what the world does -----------------------------------------------------------------

    def crash(self, *, passes: int = 0) -> None:
        """The control plane dies, after so many more passes, and another is started: whatever it
        had in memory is gone, and so are the links to its nodes."""
        self.plane.drain(self.random.randrange, passes=passes)
        self.plane.end()
        self.plane = self.new_plane()
        fleet, now = self.peers.fleet, self.clock.now()
        self.plane.write(lambda tx: fleet.disconnect_all(tx, now=now), ("start", ""))
        for node in self.fleet.nodes:
            node.planes = node.plane = self.plane
            node.connected = False
        self.plane.wake_all()

    # --- a fair end --------------------------------------------------------------------------

    def end_fairly(self, is_done: Callable[[], bool], *, within_s: float = PATIENCE_S) -> bool:
        """No more faults, every link works, the clock turns from one moment at which something is
        due to the next; whether all comes right in that time."""
        until = self.clock.now() + within_s
        while True:
            self.run_dry()
            if is_done():
                return True
            times = (self.plane.next_due(), self.fleet.next_due())
            due = min((each for each in times if each is not None), default=until)
            self.clock.turn(max(0.0, min(due, until) - self.clock.now()))
            if due >= until:
                self.run_dry()
                return is_done()

    def run_dry(self) -> None:
        """Have everything happen that is due at this moment."""
        for _ in range(1000):
            self.plane.drain()
            moved = self.fleet.settle_once(self.plane)
            if not self.check_targets() and not moved:
                return
        raise AssertionError("control plane and nodes never come to rest")
