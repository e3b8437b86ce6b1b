"""POST /_homeport/reset: everything is gone when it answers, and the next test can begin."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from e2e_harness import Homeport, docker
from e2e_services import container_of, sleeper, tasks_of, until_stable


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """A Homeport that may be reset."""
    place = tmp_path_factory.mktemp("reset")
    (place / "hooks.toml").write_text('[smoke]\ncommand = "true"\n')
    options = ("--allow-reset", "--hooks", str(place / "hooks.toml"))
    running = Homeport(place / "state", options=options).start()
    yield running
    running.down()


def reset(homeport: Homeport) -> int:
    place = urlsplit(homeport.environment()["AWS_ENDPOINT_URL"])
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    connection.request("POST", "/_homeport/reset")
    status = connection.getresponse().status
    connection.close()
    return status


def test_tasks_containers_and_definitions_are_gone_and_tasks_can_be_run_at_once(
    homeport: Homeport,
) -> None:
    definition = homeport.register("deaf", [{"name": "main", "command": ["sleep", "900"]}])
    arn = homeport.run_task(definition)["taskArn"]
    container = homeport.until_status(arn, "RUNNING")["containers"][0]["runtimeId"]
    assert reset(homeport) == 204
    assert container not in docker("ps", "-aq", "--no-trunc")
    assert homeport.ecs.describe_tasks(tasks=[arn])["failures"][0]["reason"] == "MISSING"
    assert homeport.ecs.list_task_definitions()["taskDefinitionArns"] == []
    again = homeport.register("deaf", [{"name": "main", "command": ["sleep", "900"]}])
    assert again.endswith(":1")
    homeport.until_status(homeport.run_task(again)["taskArn"], "RUNNING")
    assert reset(homeport) == 204
    assert reset(homeport) == 204


def test_a_service_is_gone_with_its_tasks_and_starts_no_more(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="kept", taskDefinition=sleeper(homeport), desiredCount=3
    )
    until_stable(homeport, "kept", 3)
    started = {container_of(each) for each in tasks_of(homeport, "kept")}
    assert reset(homeport) == 204
    assert not started & set(docker("ps", "-aq", "--no-trunc").split())
    assert homeport.ecs.describe_services(services=["kept"])["failures"][0]["reason"] == "MISSING"
    homeport.ecs.create_service(
        serviceName="kept", taskDefinition=sleeper(homeport), desiredCount=2
    )
    until_stable(homeport, "kept", 2)
    assert reset(homeport) == 204


def test_hooks_of_the_file_are_set_again_and_others_are_gone(homeport: Homeport) -> None:
    homeport.run("hooks", "set", "other", "--command", "false")
    assert len(homeport.run("hooks", "list").splitlines()) == 2
    assert reset(homeport) == 204
    assert homeport.run("hooks", "list").split() == ["smoke", "command", "true"]
    homeport.run("hooks", "remove", "smoke")
    assert homeport.run("hooks", "list") == ""
