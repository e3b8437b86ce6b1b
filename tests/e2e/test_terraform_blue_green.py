"""`examples/terraform-blue-green`: applied, planned empty, deployed by CodeDeploy, destroyed."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e_codedeploy import app_spec, until_ended
from e2e_harness import BIN, Homeport
from e2e_terraform import Terraform, fetched, needs_terraform


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("store") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


@needs_terraform
def test_the_example_is_deployed_by_codedeploy_and_leaves_nothing(
    homeport: Homeport, tmp_path: Path
) -> None:
    terraform = Terraform(homeport, "terraform-blue-green", tmp_path)
    terraform.done("apply", "-auto-approve")
    terraform.done("plan", "-detailed-exitcode")
    outputs = json.loads(terraform.done("output", "-json"))
    url = outputs["url"]["value"]
    assert "version one" in fetched(url)
    found = homeport.ecs.describe_task_definition(
        taskDefinition=outputs["task_definition"]["value"]
    )["taskDefinition"]
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory")
    document = {key: found[key] for key in kept}
    document["containerDefinitions"] = [
        found["containerDefinitions"][0] | {"command": ["serve", "8080", "version two"]}
    ]
    (tmp_path / "task.json").write_text(json.dumps(document))
    (tmp_path / "appspec.json").write_text(app_spec("placeholder"))
    words = ["ecs", "deploy", "--cluster", "store", "--service", "web"]
    words += ["--task-definition", str(tmp_path / "task.json")]
    words += ["--codedeploy-appspec", str(tmp_path / "appspec.json")]
    words += ["--codedeploy-application", "store", "--codedeploy-deployment-group", "web"]
    done = subprocess.run(
        [str(BIN / "aws"), *words],
        capture_output=True,
        text=True,
        env=os.environ | homeport.environment(),
    )
    assert "Successfully deployed" in done.stdout, done
    assert "version two" in fetched(url)
    [deployment] = homeport.client("codedeploy").list_deployments()["deployments"]
    until_ended(homeport, deployment)
    terraform.done("plan", "-detailed-exitcode")
    terraform.done("destroy", "-auto-approve")
    assert homeport.client("codedeploy").list_applications()["applications"] == []
    assert homeport.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert homeport.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert homeport.client("iam").list_roles()["Roles"] == []
