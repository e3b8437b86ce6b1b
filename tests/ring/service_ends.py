"""A fair end for a world of services: faults cease, and everything has to come right."""

from typing import Any

from sqlalchemy import select

from homeport.services.ecs.tables import held_targets
from homeport.store import ReadTx
from ring.fleet_world import ZONES, WorldNode
from ring.service_facts import GONE, ServiceFacts, facts_of
from ring.service_world import ServiceWorld, Wanted
from ring.traffic import Where, targets_of_all

BAD = ("never", "sick", "crash")
BAD_IMAGES_FOR_S = 60.0
"""Long enough for a circuit breaker to trip."""


class FairEnd:
    """What the end of one history demands."""

    def __init__(self, world: ServiceWorld) -> None:
        self.world = world
        self.random = world.random
        self.lost: set[str] = set()
        """Instances that are gone for good."""

    def look(self) -> None:
        """What the nodes do and what the records say does not contradict each other."""
        known = self.world.watch.last.tasks
        for arn, node in self.world.fleet.up().items():
            task = known[arn]
            assert task.instance_arn == node.arn, f"{arn} runs where it was not placed"
            if task.last_status in GONE:
                given_up = arn in self.world.watch.given_up
                assert given_up, f"{arn} is {task.last_status} and runs"
        for node in self.world.fleet.nodes:
            if node.connected and not node.outbox:
                self.check_believed(node)

    def check_believed(self, node: WorldNode) -> None:
        """What is believed of a node that has said everything is so."""
        for arn in node.tasks:
            task = self.world.watch.last.tasks[arn]
            if task.last_status == task.desired_status == "RUNNING":
                assert node.is_up(arn), f"{arn} is RUNNING and does not run"
                assert task.health in ("UNKNOWN", node.health(arn)), f"{arn} is {task.health}"

    def come(self) -> None:
        """Faults cease: what keeps a service from what it should be is put right by its user."""
        world = self.world
        self.lose_some_for_good()
        for node in world.fleet.nodes:
            if not node.connected:
                node.come_back()
            world.set_state("ACTIVE" if self.random.random() < 0.8 else "DRAINING", node.arn)
        for wanted in world.services.values():
            least, most = wanted.percents
            bounds = (-(-wanted.desired * least // 100), wanted.desired * most // 100)
            if not wanted.deleted and not wanted.daemon and bounds[0] >= bounds[1] > 0:
                world.update(wanted.name, percents=(100, 200))  # As ECS's event asks one to do.
        done = world.end_fairly(self.is_done, within_s=BAD_IMAGES_FOR_S)
        for help_out in (self.push_images_again, self.add_machines):
            if not done:
                self.check_quiet()
                help_out()
                done = world.end_fairly(self.is_done)
        wrong = [name for name in world.services if not self.is_right(name)]
        assert done, f"{[(world.services[name], world.shown(name)) for name in wrong]}"
        self.look()
        self.check_end()

    def lose_some_for_good(self) -> None:
        """Some machines burn down: nobody ever hears of them again."""
        for node in list(self.world.fleet.nodes):
            if self.random.random() < 0.1:
                node.goodbye()
                self.world.fleet.nodes.remove(node)
                self.lost.add(node.arn)

    def push_images_again(self) -> None:
        """What could not be pulled or did not work does now; a rollout that failed stays so."""
        self.world.fleet.images.broken.clear()

    def add_machines(self) -> None:
        """There is room for everything, also where each task wants a machine of its own."""
        for node in self.world.fleet.nodes:
            node.grow()
        for zone in ZONES[:2] * 4:
            self.world.fleet.add(self.world.plane, zone=zone)

    def facts(self, name: str) -> ServiceFacts:
        world = self.world
        shown, now = world.shown(name), world.clock.now()
        assert shown is not None
        facts = world.store.read(lambda tx: facts_of(tx, world.peers, shown["serviceArn"], now))
        assert facts is not None
        return facts

    def is_done(self) -> bool:
        known = self.world.watch.last.tasks.values()
        moving = [each for each in known if each.last_status not in ("RUNNING", "STOPPED")]
        running = [each for each in known if each.last_status == "RUNNING"]
        moving += [each for each in running if each.instance_arn in self.lost]
        return not moving and all(self.is_right(name) for name in self.world.services)

    def is_right(self, name: str) -> bool:
        """Whether a service is what its user asked for, or what was made of a bad revision."""
        wanted = self.world.services[name]
        shown = self.world.shown(name)
        assert shown is not None
        if wanted.deleted:
            return shown["status"] == "INACTIVE"
        primary = shown["deployments"][0]
        if primary["rolloutState"] == "FAILED":
            return self.is_left_failed(wanted, shown)
        facts = self.facts(name)
        count = len(facts.service.rollouts) and shown["desiredCount"]
        if not wanted.daemon:
            assert count == wanted.desired, "a desired count that nobody asked for"
        return (
            len(shown["deployments"]) == 1
            and shown["runningCount"] == len(facts.occupying) == count
            and shown["pendingCount"] == 0
            and primary["rolloutState"] == "COMPLETED"
            and facts.service.steady
        )

    def is_left_failed(self, wanted: Wanted, shown: dict[str, Any]) -> bool:
        """A bad revision that nobody wanted rolled back, or that has nothing to go back to."""
        bad = wanted.image.partition(":")[0] in BAD or self.has_had_sick_targets(wanted.name)
        asked = self.facts(wanted.name).deployment
        stopped = asked is not None and asked.status == "ROLLBACK_FAILED"
        return (stopped or (bool(wanted.breaker) and bad)) and shown["pendingCount"] == 0

    def has_had_sick_targets(self, name: str) -> bool:
        """Whether the breaker tripped over targets of the revision, whatever its image is."""
        facts = self.facts(name)
        primary, deployment = facts.service.rollouts[0], facts.deployment
        if deployment is None or deployment.breaker.status != "TRIGGERED":
            return False
        ended = [
            each.stopped_reason or ""
            for each in self.world.watch.last.tasks.values()
            if each.started_by == primary.id
        ]
        sick = [each for each in ended if each.startswith("Task failed ELB health checks")]
        return len(sick) >= deployment.breaker.threshold

    def check_end(self) -> None:
        """The records and the nodes agree, nothing is left over, and nobody wants to do more."""
        world, known = self.world, self.world.watch.last.tasks
        for name, wanted in world.services.items():
            shown = world.shown(name)
            assert shown is not None
            definition = shown["deployments"][0]["taskDefinition"] if shown["deployments"] else ""
            if not wanted.deleted and definition != world.definition(wanted):
                self.check_turned_back(name)
        up = {arn for arn, task in known.items() if task.last_status not in GONE}
        wrong = up ^ set(world.fleet.up())
        assert not wrong, f"records and nodes do not agree on {[known[arn] for arn in wrong]}"
        on_nodes = {arn for node in world.fleet.nodes for arn in node.tasks}
        assert on_nodes == up, "something is left on a node"
        interfaces = [
            each
            for each in world.plane.ask("DescribeNetworkInterfaces")["NetworkInterfaces"]
            if ":attachment/" in each["Description"]
        ]
        owned = [each for each in known.values() if each.arn in up and each.interface is not None]
        assert len(interfaces) == len(owned), "an address is left over"
        self.check_targets()
        request = {"status": "DRAINING"}
        draining = world.plane.ask("ListContainerInstances", **request)["containerInstanceArns"]
        for arn in [each.arn for each in known.values()]:
            task = known[arn]
            assert task.last_status in ("RUNNING", "STOPPED")
            if task.instance_arn not in self.lost:
                assert task.released == (task.last_status == "STOPPED")
            if task.last_status == "RUNNING" and task.launch_type == "EC2":
                failed = self.facts(task.service_name or "").service.rollouts[0].rollout_state
                drained = task.instance_arn not in draining or failed == "FAILED"
                assert drained, "an instance is not drained"
        self.check_quiet()

    def check_targets(self) -> None:
        """Exactly the tasks that run are targets, and no task is remembered as one that is over."""
        world = self.world
        known = world.watch.last.tasks.values()

        def wanted(tx: ReadTx) -> set[Where]:
            running = [each for each in known if each.last_status == "RUNNING"]
            found = targets_of_all(tx, running)
            return {where for several in found.values() for where in several}

        registered = world.store.read(world.traffic.registered)
        assert registered == world.store.read(wanted), "targets are not the tasks that run"
        held = world.store.read(lambda tx: tx.rows(select(held_targets)))
        assert {(each.group_arn, each.target_id, each.port) for each in held} == registered
        states = {each.registration for each in known if each.last_status == "STOPPED"}
        assert states <= {"", "GONE"}, f"tasks are over and {states}"

    def check_turned_back(self, name: str) -> None:
        """It is of another revision than was asked for last: only a rollback may do that."""
        deployments = self.world.watch.last.deployments.values()
        own = [each for each in deployments if each.service_arn.endswith(f"/{name}")]
        assert any(each.rollback for each in own), "another revision than was asked for"

    def check_quiet(self) -> None:
        """A sweep of a world that has come to rest changes nothing: no wake was lost.

        Only the balance of zones is left to the sweep, when others' tasks have made room in one.
        """
        story, changes = self.world.watch.story, self.world.watch.changes
        told, changed = len(story), len(changes)
        self.world.plane.sweep()
        balances = any("AZ Rebalancing in progress" in line for line in story[told:])
        done = [each for each in changes[changed:] if each.kind not in ("service", "event")]
        assert balances or done == [], "a sweep finds something to do"
