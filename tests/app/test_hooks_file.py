"""`--hooks FILE`: what is read, and what is refused."""

from pathlib import Path

import pytest

from homeport.app.hooks_file import BadHooks, read_hooks


def written(directory: Path, text: str) -> Path:
    path = directory / "hooks.toml"
    path.write_text(text)
    return path


def test_each_table_is_a_hook(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [smoke]
        command = "./smoke.sh"
        [approve]
        url = "http://127.0.0.1:9/"
        timeout = 60
        [migrate]
        task-definition = "migrate"
        cluster = "production"
        subnets = ["subnet-1"]
        """,
    )
    assert read_hooks(path) == (
        {"name": "smoke", "command": "./smoke.sh", "directory": str(tmp_path)},
        {"name": "approve", "url": "http://127.0.0.1:9/", "timeoutSeconds": 60.0},
        {
            "name": "migrate",
            "task": {
                "taskDefinition": "migrate",
                "cluster": "production",
                "subnets": ["subnet-1"],
            },
        },
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("smoke = 1", "is no table"),
        ("[smoke]\ncomand = 'x'", "'comand', which no hook has"),
        ("[smoke]\ncommand = 1", "cannot be 1"),
        ("[smoke]\ntimeout = true", "cannot be True"),
        ("[smoke]\nsubnets = 'subnet-1'", "cannot be"),
        ("[smoke]\ncluster = 'x'", "has no task-definition"),
        ("[smoke", "Expected"),
        ("\x00", "Invalid"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadHooks, match=told):
        read_hooks(written(tmp_path, text))


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadHooks, match="nowhere"):
        read_hooks(tmp_path / "nowhere")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(BadHooks, match="binary"):
        read_hooks(tmp_path / "binary")
