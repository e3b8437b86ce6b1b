"""`homeport pause`, `resume`, `events` and `why`, as their users meet them."""

import json
import re
import signal

from e2e_commands import TAGS, create, running, said, service, steady, tags, watching
from e2e_harness import Homeport, docker, wait_until

# --- pause and resume ---------------------------------------------------------------------


def test_a_paused_service_has_no_tasks_and_gets_them_back(homeport: Homeport, web: str) -> None:
    create(homeport, tags=TAGS)
    assert said(homeport, "pause", web).code == 0
    wait_until(lambda: docker("ps", "-q", "--filter", "label=com.amazonaws.ecs.task-arn") == "", 60)
    assert service(homeport)["desiredCount"] == 0
    assert tags(homeport) == {"team": "a", "homeport:paused-count": "2"}

    again = said(homeport, "pause", web)
    assert (again.code, "paused already" in again.out) == (0, True), again.text
    assert tags(homeport)["homeport:paused-count"] == "2"

    back = said(homeport, "resume", web)
    assert (back.code, back.out) == (0, "web is resumed: it wants 2 tasks again\n")
    steady(homeport)
    assert len(running(homeport)) == 2
    assert tags(homeport) == {"team": "a"}

    once_more = said(homeport, "resume", web)
    assert once_more.code == 1
    assert "web is not paused" in once_more.err


def test_a_count_that_was_set_while_paused_is_kept(homeport: Homeport, web: str) -> None:
    create(homeport)
    said(homeport, "pause", web)
    homeport.ecs.update_service(service="web", desiredCount=1)
    done = said(homeport, "resume", web)
    assert done.code == 0
    assert "keeps" in done.out
    assert service(homeport)["desiredCount"] == 1
    assert tags(homeport) == {}


def test_a_daemon_service_cannot_be_paused(homeport: Homeport, web: str) -> None:
    homeport.register("web", [{"name": "main", "image": "good:1"}])
    homeport.ecs.create_service(
        serviceName="web", taskDefinition="web", schedulingStrategy="DAEMON"
    )
    done = said(homeport, "pause", web)
    assert done.code == 1
    assert "DAEMON" in done.err
    assert tags(homeport) == {}


# --- why and events -----------------------------------------------------------------------------


def test_why_says_what_each_instance_lacks(homeport: Homeport, web: str) -> None:
    homeport.register("big", [{"name": "main", "image": "good:1", "memory": 90_000_000}])
    homeport.ecs.create_service(serviceName="web", taskDefinition="big", desiredCount=1)
    wait_until(lambda: bool(service(homeport)["events"]), 30)
    page = homeport.run("why", web)
    [instance] = homeport.ecs.list_container_instances()["containerInstanceArns"]
    assert "No place for a task" in page
    assert "a task needs 0 CPU units, 90000000 MiB" in page
    assert instance.rpartition("/")[2] in page
    assert re.search(r"RESOURCE:MEMORY  The task needs 90000000 MiB of memory; \d+ are free", page)
    assert "has insufficient memory available" in page


def test_why_finds_services_and_tasks_by_name_and_arn(homeport: Homeport, web: str) -> None:
    found = create(homeport, 1)
    [arn] = running(homeport)
    for name in (web, found["serviceArn"]):
        page = homeport.run("why", name)
        assert "REPLICA · ACTIVE · steady" in page
        assert arn.rpartition("/")[2] in page
        assert "has reached a steady state" in page
    for name in (arn, arn.rpartition("/")[2]):
        assert "started in" in homeport.run("why", name)
    unknown = said(homeport, "why", "nothing")
    assert unknown.code == 1
    assert "cluster default has no task and no service 'nothing'" in unknown.err


def test_events_are_lines_in_order_and_go_on_where_one_stopped(
    homeport: Homeport, web: str
) -> None:
    create(homeport, 1)
    lines = [json.loads(line) for line in homeport.run("events").splitlines()]
    sequences = [each["sequence"] for each in lines]
    assert sequences == sorted(set(sequences))
    kinds = {each["detail-type"] for each in lines}
    assert {"ECS Task State Change", "ECS Service Action", "ECS Deployment State Change"} <= kinds
    assert all(each["source"] == "aws.ecs" and each["version"] == "0" for each in lines)
    middle = sequences[len(sequences) // 2]
    rest = [each for each in sequences if each > middle]
    later = homeport.run("events", "--after", str(middle)).splitlines()
    assert [json.loads(line)["sequence"] for line in later][: len(rest)] == rest
    pretty = homeport.run("events", "--pretty")
    assert re.search(r"task [0-9a-f]{32} \(service:web\) RUNNING", pretty)
    assert "service web INFO SERVICE_STEADY_STATE" in pretty


def test_events_are_followed_as_they_happen(homeport: Homeport, web: str) -> None:
    create(homeport, 1)
    last = json.loads(homeport.run("events").splitlines()[-1])["sequence"]
    with watching(homeport, "events", "--follow", "--after", str(last), "--pretty") as watch:
        [arn] = running(homeport)
        homeport.ecs.stop_task(task=arn, reason="enough of it")
        watch.until("UserInitiated: enough of it")
        watch.process.send_signal(signal.SIGINT)
        assert watch.end().code == 0
