"""DeleteService as a client meets it: ACTIVE becomes DRAINING, at once and once."""

import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    ClusterNotFoundException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    ARN,
    all_deployments,
    change_deployment,
    change_service,
    create,
    deployment,
    everything,
    refusal,
    register,
    update,
)

SCALED = "The service cannot be stopped while it is scaled above 0."


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


def test_a_service_that_is_scaled_to_zero_drains(plane: Plane) -> None:
    create(plane)
    update(plane, desiredCount=0)
    service = plane.ask("DeleteService", service="web")["service"]
    assert service["status"] == "DRAINING"
    assert plane.ask("DescribeServices", services=["web"])["services"] == [service]
    assert plane.ask("ListServices") == {"serviceArns": []}


def test_a_scaled_service_has_to_be_forced(plane: Plane) -> None:
    create(plane)
    for request in ({}, {"force": False}):
        asked = {"service": "web"} | request
        assert refusal(plane, "DeleteService", InvalidParameterException, **asked) == SCALED
    service = plane.ask("DeleteService", service="web", force=True)["service"]
    assert (service["status"], service["desiredCount"]) == ("DRAINING", 0)


def test_a_daemon_service_needs_no_force(plane: Plane) -> None:
    create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    change_service(plane, lambda each: replace(each, desired_count=3))
    assert plane.ask("DeleteService", service="web")["service"]["status"] == "DRAINING"


def test_its_rollouts_are_to_have_no_tasks(plane: Plane, clock: TurnedClock) -> None:
    create(plane)
    update(plane, forceNewDeployment=True)
    clock.turn(5)
    service = plane.ask("DeleteService", service="web", force=True)["service"]
    shown = [(each["status"], each["desiredCount"]) for each in service["deployments"]]
    assert shown == [("PRIMARY", 0), ("ACTIVE", 0)]
    assert all(each["updatedAt"] == each["createdAt"] + 5 for each in service["deployments"])


def test_a_deployment_that_is_under_way_is_over(plane: Plane, clock: TurnedClock) -> None:
    create(plane)
    clock.turn(5)
    plane.ask("DeleteService", service="web", force=True)
    assert deployment(plane).status == "STOPPED"
    assert deployment(plane).stopped_at == deployment(plane).created_at + 5
    assert deployment(plane).status_reason


def test_a_deployment_that_was_over_stays_as_it_was(plane: Plane) -> None:
    create(plane)
    change_deployment(plane, lambda each: replace(each, status="SUCCESSFUL"))
    before = all_deployments(plane)
    plane.ask("DeleteService", service="web", force=True)
    assert all_deployments(plane) == before


@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
def test_a_service_that_goes_or_is_gone_is_answered_as_it_is(plane: Plane, status: str) -> None:
    create(plane)
    plane.ask("DeleteService", service="web", force=True)
    if status == "INACTIVE":
        change_service(plane, lambda each: replace(each, status=status, rollouts=()))
    before = everything(plane)
    service = plane.ask("DeleteService", service="web")["service"]
    assert (service["serviceArn"], service["status"]) == (ARN, status)
    assert everything(plane) == before


def test_a_service_that_never_was_is_not_found(plane: Plane) -> None:
    text = refusal(plane, "DeleteService", ServiceNotFoundException, service="web")
    assert text == "Service not found."
    text = refusal(plane, "DeleteService", ClusterNotFoundException, service="web", cluster="x")
    assert text == "Cluster not found."


def test_a_reference_must_be_one(plane: Plane) -> None:
    foreign = ARN.replace("000000000000", "111111111111")
    text = refusal(plane, "DeleteService", InvalidParameterException, service=foreign)
    assert text == "AccountIDs mismatch"
    assert refusal(plane, "DeleteService", InvalidParameterException, service="\ud800/x")
