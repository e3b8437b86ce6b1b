"""Task sets as stock boto3 sees them: parsed answers, errors, and a waiter that never succeeds."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from homeport.services.ec2 import wiring as ec2
from homeport.services.ecs import wiring
from homeport.store import Store
from root_asking import served
from task_definition_documents import container, document
from task_set_asking import IN, NOT_EXTERNAL, TAGS


@pytest.fixture
def ecs(store: Store) -> Iterator[Any]:
    with served(store, (*wiring.services(), *ec2.services())) as clients:
        made = clients("ecs")
        made.register_task_definition(**document(container()))
        yield made


def test_a_deployer_does_its_work(ecs: Any) -> None:
    ecs.create_service(
        serviceName="web",
        cluster="default",
        desiredCount=3,
        deploymentController={"type": "EXTERNAL"},
        tags=TAGS,
    )
    blue = ecs.create_task_set(
        **IN, taskDefinition="web", scale={"value": 33.4, "unit": "PERCENT"}, tags=TAGS
    )["taskSet"]
    assert (blue["computedDesiredCount"], blue["scale"]["value"]) == (2, 33.4)
    assert isinstance(blue["stabilityStatusAt"], datetime)
    promoted = ecs.update_service_primary_task_set(**IN, primaryTaskSet=blue["id"])["taskSet"]
    assert promoted["status"] == "PRIMARY"
    found = ecs.describe_task_sets(**IN, taskSets=[blue["taskSetArn"]], include=["TAGS"])
    assert (found["taskSets"][0]["tags"], found["failures"]) == (TAGS, [])
    [service] = ecs.describe_services(cluster="default", services=["web"], include=["TAGS"])[
        "services"
    ]
    assert (service["tags"], service["taskSets"][0]["tags"]) == (TAGS, TAGS)
    assert service["deploymentController"] == {"type": "EXTERNAL"}
    ecs.update_task_set(**IN, taskSet=blue["id"], scale={"value": 0.0, "unit": "PERCENT"})
    gone = ecs.delete_task_set(**IN, taskSet=blue["id"], force=True)["taskSet"]
    assert gone["status"] == "DRAINING"
    with pytest.raises(ecs.exceptions.TaskSetNotFoundException):
        ecs.delete_task_set(**IN, taskSet="ecs-svc/1")


def test_services_stable_never_succeeds_as_in_ecs(ecs: Any) -> None:
    external = {"deploymentController": {"type": "EXTERNAL"}}
    ecs.create_service(serviceName="web", cluster="default", desiredCount=0, **external)
    once = {"Delay": 0, "MaxAttempts": 1}
    with pytest.raises(WaiterError):
        ecs.get_waiter("services_stable").wait(
            cluster="default", services=["web"], WaiterConfig=once
        )


def test_a_rolling_service_has_no_task_sets(ecs: Any) -> None:
    ecs.create_service(serviceName="web", cluster="default", desiredCount=0, taskDefinition="web")
    with pytest.raises(ecs.exceptions.InvalidParameterException) as refused:
        ecs.create_task_set(**IN, taskDefinition="web")
    assert refused.value.response["Error"]["Message"] == NOT_EXTERNAL
