"""Terraform's AWS provider, told nothing but AWS_ENDPOINT_URL, settles and takes down again.

HOMEPORT_TERRAFORM_PLUGINS names a directory with the provider (`terraform init -plugin-dir`).
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e_harness import Homeport

PLUGINS = os.environ.get("HOMEPORT_TERRAFORM_PLUGINS")
HERE = Path(__file__).parent


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
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == 0
    assert terraform("destroy", "-auto-approve") == 0
    assert homeport.ecs.describe_clusters(clusters=["tf"])["clusters"][0]["status"] == "INACTIVE"
