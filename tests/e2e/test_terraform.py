"""Terraform's AWS provider, told nothing but AWS_ENDPOINT_URL, settles and takes down again.

HOMEPORT_TERRAFORM_PLUGINS names a directory with the provider (`terraform init -plugin-dir`).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_harness import Homeport, inspect

PLUGINS = os.environ.get("HOMEPORT_TERRAFORM_PLUGINS")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Time passes twenty times as fast: replaced tasks stay for ECS's 40 seconds."""
    where = tmp_path_factory.mktemp("terraform") / "state"
    running = Homeport(where, options=("--time-scale", "20")).start()
    yield running
    running.down()


def tasks_of(homeport: Homeport, cluster: str, service: str) -> list[dict[str, Any]]:
    """The tasks of a service in any cluster."""
    arns = homeport.ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]
    tasks: list[dict[str, Any]] = homeport.ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    return tasks


@pytest.mark.skipif(
    PLUGINS is None or shutil.which("terraform") is None,
    reason="HOMEPORT_TERRAFORM_PLUGINS names no plugin directory, or terraform is not installed",
)
def test_apply_then_an_empty_plan_then_destroy(homeport: Homeport, tmp_path: Path) -> None:
    shutil.copytree(HERE / "terraform", tmp_path, dirs_exist_ok=True)

    def terraform(*words: str) -> int:
        return subprocess.run(
            ["terraform", words[0], "-no-color", *words[1:]],
            cwd=tmp_path,
            env=os.environ | homeport.environment(),
        ).returncode

    assert terraform("init", f"-plugin-dir={PLUGINS}") == 0
    for settings in ((), ("-var=desired=2", "-var=version_of_app=2")):
        assert terraform("apply", "-auto-approve", *settings) == 0
        assert terraform("plan", "-detailed-exitcode", *settings) == 0
    for cluster, service in (("tf", "tf-fargate"), ("default", "tf-ec2")):
        tasks = tasks_of(homeport, cluster, service)
        assert len(tasks) == 2
        for task in tasks:
            runtime = task["containers"][0]["runtimeId"]
            assert "VERSION=2" in inspect(runtime)["Config"]["Env"]
    assert terraform("destroy", "-auto-approve") == 0
    assert homeport.ecs.describe_clusters(clusters=["tf"])["clusters"][0]["status"] == "INACTIVE"
