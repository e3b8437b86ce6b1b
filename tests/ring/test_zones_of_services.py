"""A new revision is well spread over zones by itself, whatever the old one left free."""

from collections import Counter

from conftest import TurnedClock
from ring.driver import ACCOUNT, REGION, Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, fargate

STEPS = 12


def settled(plane: Plane, node: SimulatedNode, clock: TurnedClock) -> None:
    """Let everything happen that is due, ECS's 40 seconds included."""
    for _ in range(STEPS):
        plane.drain()
        node.pull()
        for arn in list(node.tasks):
            node.step(arn)
        node.deliver()
        clock.turn(10)
        plane.sweep()


def test_a_rolling_update_ends_balanced_and_moves_nothing_afterwards(
    plane: Plane, clock: TurnedClock
) -> None:
    node = SimulatedNode(plane)
    plane.ask("RegisterTaskDefinition", **fargate(container()))
    found = plane.store.read(lambda tx: plane.peers.networks.default_subnets(tx, ACCOUNT, REGION))
    network = {"awsvpcConfiguration": {"subnets": [each.subnet_id for each in found]}}
    asked = {"serviceName": "spread", "taskDefinition": "web", "launchType": "FARGATE"}
    plane.ask("CreateService", **asked, desiredCount=4, networkConfiguration=network)
    settled(plane, node, clock)
    for _ in range(8):
        plane.ask("UpdateService", service="spread", forceNewDeployment=True)
        settled(plane, node, clock)
        settled(plane, node, clock)
        [service] = plane.ask("DescribeServices", services=["spread"])["services"]
        assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]
        arns = plane.ask("ListTasks", serviceName="spread")["taskArns"]
        shown = plane.ask("DescribeTasks", tasks=arns)["tasks"]
        zones = Counter(each["availabilityZone"] for each in shown)
        assert sorted(zones.values()) == [1, 1, 2]
    told = [each["message"] for each in service["events"]]
    assert not any("AZ balanced" in each for each in told), told
