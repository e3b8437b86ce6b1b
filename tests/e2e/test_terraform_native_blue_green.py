"""`examples/terraform-native-blue-green`: applied, planned empty, deployed by ECS, destroyed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_harness import BIN, Homeport, wait_until
from e2e_terraform import Terraform, fetched, needs_terraform


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("shop") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


@needs_terraform
def test_each_apply_of_another_version_is_a_blue_green_deployment(
    homeport: Homeport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    terraform = Terraform(homeport, "terraform-native-blue-green", tmp_path)
    [default] = homeport.ecs.list_clusters()["clusterArns"]
    terraform.done("apply", "-auto-approve")
    terraform.done("plan", "-detailed-exitcode")
    url = json.loads(terraform.done("output", "-json"))["url"]["value"]
    first = [each["serviceDeploymentArn"] for each in ended_deployments(homeport, 2)]
    assert service(homeport)["deploymentConfiguration"]["strategy"] == "BLUE_GREEN"
    assert "version one" in fetched(url)

    other = 'command=["serve", "8080", "version two"]'
    terraform.done("apply", "-auto-approve", f"-var={other}")
    [newest] = [
        each for each in ended_deployments(homeport, 3) if each["serviceDeploymentArn"] not in first
    ]
    assert newest["status"] == "SUCCESSFUL"
    assert newest["deploymentConfiguration"]["strategy"] == "BLUE_GREEN"
    assert newest["sourceServiceRevisions"] != []
    assert "version two" in fetched(url)
    terraform.done("plan", "-detailed-exitcode", f"-var={other}")

    terraform.done("destroy", "-auto-approve", f"-var={other}")
    assert homeport.ecs.list_clusters()["clusterArns"] == [default]
    assert homeport.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert homeport.client("iam").list_roles()["Roles"] == []


def service(homeport: Homeport) -> Any:
    return homeport.ecs.describe_services(cluster="shop", services=["web"])["services"][0]


def ended_deployments(homeport: Homeport, count: int) -> list[Any]:
    """The service's deployments, once there are `count` of them and each is over."""
    shown: list[Any] = []

    def are_over() -> bool:
        listed = homeport.ecs.list_service_deployments(cluster="shop", service="web")
        arns = [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]]
        described = homeport.ecs.describe_service_deployments(serviceDeploymentArns=arns)
        shown[:] = described["serviceDeployments"]
        over = [each for each in shown if each["status"] in ("SUCCESSFUL", "STOPPED")]
        return len(over) == len(shown) == count

    wait_until(are_over, 120, lambda: json.dumps(shown, default=str))
    return list(shown)
