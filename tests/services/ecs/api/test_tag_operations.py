"""Tags of every kind of resource, asked as the gateway asks them."""

from collections.abc import Callable

import pytest

from ecs_asking import DEFAULT, HOME, Asked, task
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.services.ecs.tables import task_definitions
from homeport.store import Store


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def tags_of(ecs: Asked, arn: str) -> dict[str, str]:
    answer = ecs("ListTagsForResource", resourceArn=arn)
    return {tag["key"]: tag["value"] for tag in answer["tags"]}


def test_every_kind_of_resource_carries_tags(ecs: Asked) -> None:
    instance = ecs.add_node()
    running = task(1)
    ecs.add_tasks(running)
    row = {
        "account": "000000000000",
        "region": "us-east-1",
        "family": "web",
        "revision": 3,
        "status": "ACTIVE",
        "registered_at": 0.0,
        "body": b"",
    }
    ecs.store.write(lambda tx: tx.execute(task_definitions.insert(), row))
    for arn in (DEFAULT, instance, running.arn, f"{HOME}:task-definition/web:3"):
        ecs("TagResource", resourceArn=arn, tags=[{"key": "b", "value": "1"}, {"key": "a"}])
        ecs("TagResource", resourceArn=arn, tags=[{"key": "b", "value": "2"}])
        assert tags_of(ecs, arn) == {"a": "", "b": "2"}
        ecs("UntagResource", resourceArn=arn, tagKeys=["a", "never-there"])
        assert tags_of(ecs, arn) == {"b": "2"}


@pytest.mark.parametrize(
    ("arn", "error"),
    [
        (f"{HOME}:cluster/nope", errors.ClusterNotFoundException),
        (f"{HOME}:task/default/feed", errors.ResourceNotFoundException),
        (f"{HOME}:task-definition/web:3", errors.ResourceNotFoundException),
        (f"{HOME}:task-definition/web", errors.ResourceNotFoundException),
        (f"{HOME}:container-instance/default/feed", errors.ResourceNotFoundException),
        (f"{HOME}:service/default/web", errors.ResourceNotFoundException),
        (f"{HOME}:capacity-provider/MINE", errors.ResourceNotFoundException),
        (f"{HOME}:capacity-provider/FARGATE", errors.InvalidParameterException),
        (DEFAULT.replace("us-east-1", "eu-west-1"), errors.ClusterNotFoundException),
        (DEFAULT.replace("000000000000", "111111111111"), errors.InvalidParameterException),
        ("default", errors.InvalidParameterException),
    ],
)
def test_what_is_not_there_is_not_tagged(ecs: Asked, arn: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ecs("TagResource", resourceArn=arn, tags=[{"key": "a"}])
    with pytest.raises(error):
        ecs("UntagResource", resourceArn=arn, tagKeys=["a"])


def test_the_built_in_capacity_providers_have_no_tags(ecs: Asked) -> None:
    assert tags_of(ecs, f"{HOME}:capacity-provider/FARGATE") == {}


def test_tags_that_are_refused_change_nothing(ecs: Asked) -> None:
    ecs("TagResource", resourceArn=DEFAULT, tags=[{"key": "a"}])
    with pytest.raises(errors.InvalidParameterException, match=r"Tags can not be empty\."):
        ecs("TagResource", resourceArn=DEFAULT, tags=[])
    with pytest.raises(errors.InvalidParameterException, match="Tag keys can not be empty"):
        ecs("UntagResource", resourceArn=DEFAULT, tagKeys=[])
    with pytest.raises(errors.InvalidParameterException, match="aws: prefixed"):
        ecs("TagResource", resourceArn=DEFAULT, tags=[{"key": "b"}, {"key": "aws:b"}])
    with pytest.raises(errors.LimitExceededException):
        ecs("TagResource", resourceArn=DEFAULT, tags=[{"key": f"k{n}"} for n in range(50)])
    assert tags_of(ecs, DEFAULT) == {"a": ""}
