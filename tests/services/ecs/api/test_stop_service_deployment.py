"""StopServiceDeployment as a client meets it: it asks for a rollback, and answers."""

import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    ConflictException,
    InvalidParameterException,
    ServiceDeploymentNotFoundException,
)
from homeport.store import Change, Store
from ring.driver import Plane
from service_asking import (
    ARN,
    HOME,
    change_deployment,
    create,
    deployment,
    everything,
    refusal,
    register,
    stored,
    update,
)

UNKNOWN = f"{HOME}:service-deployment/default/web/{'0' * 21}"


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


@pytest.mark.parametrize("request_", [{}, {"stopType": "ROLLBACK"}])
def test_a_rollback_is_asked_for(
    plane: Plane, clock: TurnedClock, request_: dict[str, str]
) -> None:
    create(plane)
    service, arn = stored(plane), deployment(plane).arn
    clock.turn(5)
    answer = plane.ask("StopServiceDeployment", serviceDeploymentArn=arn, **request_)
    assert answer == {"serviceDeploymentArn": arn}
    assert deployment(plane).status == "ROLLBACK_REQUESTED"
    assert deployment(plane).updated_at == deployment(plane).created_at + 5
    assert stored(plane) == service  # The scheduler turns it.


def test_the_scheduler_is_woken(plane: Plane) -> None:
    create(plane)
    heard: list[Change] = []
    plane.store.feed.listen(heard.extend)
    plane.ask("StopServiceDeployment", serviceDeploymentArn=deployment(plane).arn)
    assert [(each.kind, each.key) for each in heard] == [("service", ARN)]


def test_a_deployment_that_waits_is_stopped_too(plane: Plane) -> None:
    create(plane)
    change_deployment(plane, lambda each: replace(each, status="PENDING"))
    plane.ask("StopServiceDeployment", serviceDeploymentArn=deployment(plane).arn)
    assert deployment(plane).status == "ROLLBACK_REQUESTED"


@pytest.mark.parametrize("status", ["STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"])
def test_a_deployment_that_stops_already_goes_on(plane: Plane, status: str) -> None:
    create(plane)
    change_deployment(plane, lambda each: replace(each, status=status))
    before = everything(plane)
    arn = deployment(plane).arn
    answer = plane.ask("StopServiceDeployment", serviceDeploymentArn=arn)
    assert answer == {"serviceDeploymentArn": arn}
    assert everything(plane) == before


@pytest.mark.parametrize(
    "status", ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"]
)
def test_a_deployment_that_is_over_cannot_be_stopped(plane: Plane, status: str) -> None:
    create(plane)
    change_deployment(plane, lambda each: replace(each, status=status))
    arn = deployment(plane).arn
    text = refusal(plane, "StopServiceDeployment", ConflictException, serviceDeploymentArn=arn)
    assert text == f"The service deployment can't be stopped: its status is {status}."


def test_a_superseded_deployment_cannot_be_stopped(plane: Plane) -> None:
    create(plane)
    arn = deployment(plane).arn
    update(plane, forceNewDeployment=True)
    refusal(plane, "StopServiceDeployment", ConflictException, serviceDeploymentArn=arn)


def test_the_deployment_of_a_deleted_service_cannot_be_stopped(plane: Plane) -> None:
    create(plane)
    plane.ask("DeleteService", service="web", force=True)
    arn = deployment(plane).arn
    refusal(plane, "StopServiceDeployment", ConflictException, serviceDeploymentArn=arn)


def test_a_deployment_that_never_was_is_not_found(plane: Plane) -> None:
    create(plane)
    refusal(
        plane,
        "StopServiceDeployment",
        ServiceDeploymentNotFoundException,
        serviceDeploymentArn=UNKNOWN,
    )


@pytest.mark.parametrize("stop_type", ["ABORT", "ANY", ""])
def test_rollback_is_the_only_way_to_stop(plane: Plane, stop_type: str) -> None:
    create(plane)
    text = refusal(
        plane,
        "StopServiceDeployment",
        InvalidParameterException,
        serviceDeploymentArn=deployment(plane).arn,
        stopType=stop_type,
    )
    assert text == "stopType should be one of [ROLLBACK]"


@pytest.mark.parametrize(
    "arn",
    ["", "web", ARN, "arn:", UNKNOWN.replace("000000000000", "111111111111"), UNKNOWN + "\0"],
)
def test_an_arn_must_be_that_of_a_deployment_here(plane: Plane, arn: str) -> None:
    refusal(plane, "StopServiceDeployment", InvalidParameterException, serviceDeploymentArn=arn)
