"""What users meet when they start Homeport twice, or where it cannot run: a sentence."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from e2e_harness import BIN, Homeport


def refused(state_dir: Path, *options: str) -> str:
    """What a `homeport up` that ends by itself says."""
    done = subprocess.run(
        [str(BIN / "homeport"), "up", "--state-dir", str(state_dir), *options],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(said) == 1, done.stderr
    return said[0]


def test_a_state_directory_has_one_homeport(homeport: Homeport) -> None:
    assert "another Homeport runs on" in refused(homeport.state_dir, "--port", "0")


def test_a_machine_may_have_two_homeports(homeport: Homeport, tmp_path: Path) -> None:
    """They share the metadata endpoint, as agents of one Homeport do."""
    other = Homeport(tmp_path / "other").start()
    try:
        script = "wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/task | grep -q $WANTED"
        for each in (homeport, other):
            environment = [{"name": "WANTED", "value": "asks"}]
            main = {"name": "main", "command": ["sh", "-c", script], "environment": environment}
            arn = each.run_task(each.register("asks", [main]))["taskArn"]
            assert each.until_status(arn, "STOPPED")["containers"][0]["exitCode"] == 0
    finally:
        other.down()


def test_a_machine_has_one_agent_of_a_name(homeport: Homeport) -> None:
    homeport.agent("b", cpu=512, memory=512)
    done = subprocess.run(
        [str(BIN / "homeport"), "agent", "--name", "b", "--state-dir", str(homeport.state_dir)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    homeport.agents["b"].stop()
    assert done.returncode == 1
    assert "An agent runs already with the state in" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", "../b"), "Invalid value for --name: 1 to 64 letters"),
        (("--name", "b", "--attributes", "a b=c"), "the name 'a b' must have 1 to 128 letters"),
        (("--name", "b", "--control-url", "http://x:1"), "give --token-file with --control-url"),
    ],
)
def test_an_agent_is_told_what_is_wrong_with_its_options(words: Sequence[str], said: str) -> None:
    done = subprocess.run([str(BIN / "homeport"), "agent", *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_port_that_is_taken_is_named(homeport: Homeport, tmp_path: Path) -> None:
    port = homeport.environment()["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]
    assert f"port {port} of 127.0.0.1 is taken" in refused(tmp_path / "other", "--port", port)


def test_status_and_env_say_that_nothing_runs(tmp_path: Path) -> None:
    for command in ("status", "env", "down"):
        done = subprocess.run(
            [str(BIN / "homeport"), command, "--state-dir", str(tmp_path)],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (
            1,
            f"homeport: no Homeport runs on {tmp_path}\n",
        )
