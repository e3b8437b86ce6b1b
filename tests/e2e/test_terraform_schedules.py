"""`examples/terraform-schedules`: applied, planned empty, fired, destroyed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e_harness import Homeport
from e2e_schedules import exit_code, received, until_stopped
from e2e_terraform import Terraform, needs_terraform


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("nightly") / "state"
    running = Homeport(where).start()
    yield running
    running.down()


@needs_terraform
def test_the_example_fires_and_leaves_nothing(homeport: Homeport, tmp_path: Path) -> None:
    terraform = Terraform(homeport, "terraform-schedules", tmp_path)
    terraform.done("apply", "-auto-approve")
    terraform.done("plan", "-detailed-exitcode")

    homeport.run("jobs", "run", "report")
    [task] = until_stopped(homeport, "chronos-schedule/report")
    assert exit_code(task) == 3
    queue = homeport.aws("sqs", "get-queue-url", "--queue-name", "nightly-failures")["QueueUrl"]
    assert json.loads(received(homeport, queue)["Body"]) == {"failed": task["taskArn"]}

    other = "expression=rate(5 days)"
    terraform.done("apply", "-auto-approve", f"-var={other}")
    terraform.done("plan", "-detailed-exitcode", f"-var={other}")
    terraform.done("destroy", "-auto-approve", f"-var={other}")
    scheduler, events = homeport.client("scheduler"), homeport.client("events")
    assert scheduler.list_schedules()["Schedules"] == []
    assert [each["Name"] for each in scheduler.list_schedule_groups()["ScheduleGroups"]] == [
        "default"
    ]
    assert events.list_rules()["Rules"] == []
    assert [each["Name"] for each in events.list_event_buses()["EventBuses"]] == ["default"]
    assert "QueueUrls" not in homeport.client("sqs").list_queues()
    assert homeport.client("iam").list_roles()["Roles"] == []
