"""``aws ecs deploy`` and ``aws deploy wait``: the commands themselves, in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from awscli.clidriver import create_clidriver
from awscli.customizations.ecs import deploy as ecs_deploy

from codedeploy_asking import deployed, shown

DEFINITION = {
    "family": "web",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
        {"name": "web", "image": "busybox", "portMappings": [{"containerPort": 80}]}
    ],
}


@pytest.fixture
def aws(shop: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int | None]:
    """Runs a command against the world's endpoint; its exit code, or None for 0."""
    credentials = shop.deploy._request_signer._credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL", shop.deploy.meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", shop.deploy.meta.region_name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    # The command's waiter looks every 15 seconds.
    monkeypatch.setattr(ecs_deploy, "DEFAULT_DELAY_SEC", 0.05)

    def run(*words: str) -> int | None:
        code: int | None = create_clidriver().main(list(words))
        return code

    return run


def test_ecs_deploy_registers_creates_and_waits(
    shop: Any, aws: Callable[..., int | None], change: Any, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "task.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "appspec.yaml").write_text(shop.app_spec(definition="placeholder"))
    found: list[str] = []
    is_over = Event()

    def carry_out() -> None:
        while not found and not is_over.wait(0.01):
            found.extend(shop.deploy.list_deployments()["deployments"])
        change(found[0], status="Succeeded")

    engine = Thread(target=carry_out)
    engine.start()
    try:
        code = aws(
            *("ecs", "deploy", "--service", "web"),
            *("--task-definition", str(tmp_path / "task.json")),
            *("--codedeploy-appspec", str(tmp_path / "appspec.yaml")),
            *("--codedeploy-application", "shop", "--codedeploy-deployment-group", "web"),
        )
    finally:
        is_over.set()
        engine.join()
    said = capsys.readouterr()
    assert not code, said.err
    new = shop.definition.removesuffix(":1") + ":2"
    assert said.out.splitlines() == [
        f"Successfully registered new ECS task definition {new}",
        f"Successfully created deployment {found[0]}",
        # Five minutes of the group's waits, ten of its own, thirty at least.
        f"Waiting for {found[0]} to succeed (will wait up to 30 minutes)...",
        f"Successfully deployed {new} to service 'web'",
    ]
    revision = shown(shop, found[0])["revision"]
    known = shop.deploy.get_application_revision(applicationName="shop", revision=revision)
    assert new in known["revision"]["appSpecContent"]["content"]


@pytest.mark.parametrize(("status", "code"), [("Succeeded", 0), ("Failed", 255)])
def test_deploy_wait_tells_how_it_ended(
    shop: Any, aws: Callable[..., int | None], change: Any, status: str, code: int
) -> None:
    deployment_id = deployed(shop)
    change(deployment_id, status=status)
    assert aws("deploy", "wait", "deployment-successful", "--deployment-id", deployment_id) == code
