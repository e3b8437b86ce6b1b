"""What users meet when they start Homeport twice, or where it cannot run: a sentence."""

import subprocess
from pathlib import Path

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


def test_a_machine_has_one_metadata_endpoint(homeport: Homeport, tmp_path: Path) -> None:
    assert "169.254.170.2" in refused(tmp_path / "other", "--port", "0")


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
