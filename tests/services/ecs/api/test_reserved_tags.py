"""Homeport's own tags: one that says nothing it understands is refused wherever tags are put."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.ec2 import wiring as ec2
from homeport.services.ecs import wiring
from homeport.store import Store
from root_asking import served
from task_definition_documents import container, document

BAD = [{"key": "homeport:time-limit", "value": "soon"}]
SAID = "The tag homeport:time-limit is a whole number from 1 to 1209600, not 'soon'."
OPERATIONS: dict[str, dict[str, Any]] = {
    "run_task": {"taskDefinition": "web"},
    "start_task": {"taskDefinition": "web", "containerInstances": ["i"]},
    "register_task_definition": {**document(container())},
    "create_service": {"serviceName": "s", "taskDefinition": "web", "desiredCount": 1},
    "create_cluster": {"clusterName": "c"},
}


@pytest.fixture
def ecs(store: Store) -> Iterator[Any]:
    with served(store, (*wiring.services(), *ec2.services())) as clients:
        made = clients("ecs")
        made.register_task_definition(**document(container()))
        yield made


def refused(ecs: Any, operation: str, **request: Any) -> str:
    with pytest.raises(ClientError) as raised:
        getattr(ecs, operation)(**request)
    error = raised.value.response["Error"]
    assert error["Code"] == "InvalidParameterException"
    said: str = error["Message"]
    return said


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_limit_that_is_no_number_is_refused_and_nothing_is_made(ecs: Any, operation: str) -> None:
    assert refused(ecs, operation, **OPERATIONS[operation], tags=BAD) == SAID
    assert ecs.list_services()["serviceArns"] == []
    assert len(ecs.list_task_definitions()["taskDefinitionArns"]) == 1
    assert len(ecs.list_clusters()["clusterArns"]) == 1


def test_a_resource_that_is_there_keeps_its_tags(ecs: Any) -> None:
    [arn] = ecs.list_task_definitions()["taskDefinitionArns"]
    good = [{"key": "homeport:time-limit", "value": "30"}]
    ecs.tag_resource(resourceArn=arn, tags=good)
    assert refused(ecs, "tag_resource", resourceArn=arn, tags=BAD) == SAID
    assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == good


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("homeport:timelimit", "30", "The tag key homeport:timelimit is none of Homeport's."),
        ("homeport:time-limit", "0", "a whole number from 1 to"),
        ("homeport:time-limit", "", "a whole number from 1 to"),
        ("homeport:concurrency", "never", "one of allow, forbid, replace, not 'never'"),
        ("homeport:retry-on", "256", "'256' is neither"),
        ("homeport:queue-for-capacity", "yes", "one of true, false, not 'yes'"),
    ],
)
def test_what_each_of_them_may_say(ecs: Any, key: str, value: str, complaint: str) -> None:
    [arn] = ecs.list_task_definitions()["taskDefinitionArns"]
    tags = [{"key": key, "value": value}]
    assert complaint in refused(ecs, "tag_resource", resourceArn=arn, tags=tags)


def test_whoever_else_has_such_a_name_is_not_ours(ecs: Any) -> None:
    [arn] = ecs.list_task_definitions()["taskDefinitionArns"]
    tags = [{"key": "homeport", "value": "x"}, {"key": "my-homeport:time-limit", "value": "soon"}]
    ecs.tag_resource(resourceArn=arn, tags=tags)
    shown = ecs.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["key"] for tag in shown} == {"homeport", "my-homeport:time-limit"}
