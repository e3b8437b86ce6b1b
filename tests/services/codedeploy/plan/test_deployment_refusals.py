"""What cannot be deployed to is refused when the deployment begins, and nothing is touched."""

import pytest
from msgspec.structs import replace

from codedeploy_world import BLUE, CANARY, GREEN, PRODUCTION, World, a_deployment
from homeport.services.codedeploy.records.deployments import Deployment

ID = "d-000000001"


def failure(deployment: Deployment) -> tuple[str, str, str]:
    assert deployment.failure is not None
    return deployment.status, deployment.failure.code, deployment.failure.message


@pytest.mark.parametrize(
    ("controller", "status"),
    [("ECS", "ACTIVE"), ("EXTERNAL", "ACTIVE"), ("CODE_DEPLOY", "DRAINING")],
)
def test_only_an_active_service_that_codedeploy_controls_is_deployed_to(
    controller: str, status: str
) -> None:
    world = World.of(a_deployment(), controller=controller, service_status=status)
    world.settle()
    assert failure(world.deployments[ID])[:2] == ("Failed", "INVALID_ECS_SERVICE")
    assert world.history == []


def test_the_primary_task_set_has_to_be_behind_the_listener() -> None:
    world = World.of(a_deployment())
    world.rules["production-default"] = replace(
        world.rules["production-default"], groups=((GREEN, 1),)
    )
    world.settle()
    status, code, message = failure(world.deployments[ID])
    assert (status, code) == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")
    assert f"Primary taskset target group must be behind listener {PRODUCTION}" in message


def test_a_rule_must_not_mix_the_pair_with_other_target_groups() -> None:
    world = World.of(a_deployment())
    world.add_rule("mixed", PRODUCTION, ((BLUE, 1), ("arn:tg/other", 1)))
    world.settle()
    assert "arn:tg/other" in failure(world.deployments[ID])[2]
    assert world.history == []


@pytest.mark.parametrize("kind", ["network", "application"])
def test_a_network_load_balancer_can_only_be_shifted_all_at_once(kind: str) -> None:
    world = World.of(a_deployment(shift=CANARY))
    world.rules["production-default"] = replace(world.rules["production-default"], kind=kind)
    world.settle()
    expected = "Failed" if kind == "network" else "InProgress"
    assert world.deployments[ID].status == expected
    fine = World.of(a_deployment())
    fine.rules["production-default"] = replace(fine.rules["production-default"], kind=kind)
    fine.settle()
    assert fine.deployments[ID].status == "Succeeded"


def test_a_service_without_a_primary_task_set_is_refused() -> None:
    world = World.of(a_deployment())
    world.task_sets.clear()
    world.settle()
    assert failure(world.deployments[ID])[:2] == ("Failed", "INVALID_ECS_SERVICE")
