"""Terraform in the end-to-end tests: an example of the repository, as its user runs it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e_harness import Homeport

PLUGINS = os.environ.get("HOMEPORT_TERRAFORM_PLUGINS")
EXAMPLES = Path(__file__).parent.parent / "examples"

needs_terraform = pytest.mark.skipif(
    PLUGINS is None or shutil.which("terraform") is None,
    reason="HOMEPORT_TERRAFORM_PLUGINS names no plugin directory, or terraform is not installed",
)


class Terraform:
    """An example in a directory of its own, initialised."""

    def __init__(self, homeport: Homeport, example: str, where: Path) -> None:
        shutil.copytree(EXAMPLES / example, where, dirs_exist_ok=True)
        self.where = where
        self.environment = os.environ | homeport.environment()
        self.done("init", f"-plugin-dir={PLUGINS}")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", words[0], "-no-color", *words[1:]],
            cwd=self.where,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def done(self, *words: str) -> str:
        """Run it; it must exit with 0, as a plan does that has nothing to change."""
        run = self.run(*words)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


def fetched(url: str) -> str:
    """The page as curl gets it, which knows names under localhost."""
    done = subprocess.run(["curl", "-sS", "-m", "5", url], capture_output=True, text=True)
    return done.stdout + done.stderr
