"""What the commands make of a task definition: one image changed, logs added, nothing else."""

from typing import Any

import botocore.session
import pytest

from homeport.cli import definitions
from homeport.cli.definitions import Unusable

SHOWN: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/web:7",
    "family": "web",
    "revision": 7,
    "status": "ACTIVE",
    "registeredAt": 1.0,
    "registeredBy": "arn:aws:iam::000000000000:root",
    "requiresAttributes": [{"name": "ecs.capability.task-eni"}],
    "compatibilities": ["EC2"],
    "networkMode": "bridge",
    "taskRoleArn": "arn:aws:iam::000000000000:role/app",
    "containerDefinitions": [
        {"name": "main", "image": "app:1", "memory": 64, "environment": [{"name": "A"}]},
        {"name": "side", "image": "side:1", "memory": 32},
    ],
}
ONE: dict[str, Any] = SHOWN | {"containerDefinitions": SHOWN["containerDefinitions"][:1]}
TAGS = [{"key": "team", "value": "a"}]


def test_everything_but_the_image_and_what_is_only_shown_is_kept() -> None:
    change = definitions.with_image(ONE, TAGS, container=None, image="app:2")
    assert (change.container, change.before, change.image) == ("main", "app:1", "app:2")
    assert change.definition == {
        "family": "web",
        "networkMode": "bridge",
        "taskRoleArn": "arn:aws:iam::000000000000:role/app",
        "containerDefinitions": [
            {"name": "main", "image": "app:2", "memory": 64, "environment": [{"name": "A"}]}
        ],
        "tags": TAGS,
    }


def test_a_definition_without_tags_gets_none() -> None:
    """ECS refuses an empty list."""
    assert "tags" not in definitions.with_image(ONE, [], container=None, image="x").definition


def test_of_several_containers_only_the_named_one_is_changed() -> None:
    change = definitions.with_image(SHOWN, [], container="side", image="side:2")
    assert [each["image"] for each in change.definition["containerDefinitions"]] == [
        "app:1",
        "side:2",
    ]
    assert SHOWN["containerDefinitions"][1]["image"] == "side:1"


def test_several_containers_need_a_name() -> None:
    with pytest.raises(Unusable, match=r"web:7 has several containers: main, side\. .*--container"):
        definitions.with_image(SHOWN, [], container=None, image="x")


def test_an_unknown_container_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Unusable, match=r"web:7 has no container 'man'; its containers: main, side"):
        definitions.with_image(SHOWN, [], container="man", image="x")


def test_what_is_only_shown_is_exactly_what_cannot_be_registered() -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    shown = set(model.shape_for("TaskDefinition").members)
    taken = set(model.shape_for("RegisterTaskDefinitionRequest").members)
    assert shown - taken == definitions.READ_ONLY


@pytest.mark.parametrize("document", [ONE, {"taskDefinition": ONE}])
def test_a_file_may_hold_what_describes_a_definition(document: dict[str, Any]) -> None:
    assert definitions.read_document(document) == definitions.without_read_only(ONE)


def test_tags_beside_a_described_definition_are_kept() -> None:
    read = definitions.read_document({"taskDefinition": ONE, "tags": TAGS})
    assert read["tags"] == TAGS


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"family": "a"},
        {"family": "a", "containerDefinitions": []},
        {"family": "a", "containerDefinitions": {}},
        {"family": "a", "containerDefinitions": ["a"]},
        {"family": 3, "containerDefinitions": [{}]},
        {"taskDefinition": "web:7"},
    ],
)
def test_what_is_no_definition_is_refused(document: object) -> None:
    with pytest.raises(Unusable, match="not a task definition"):
        definitions.read_document(document)


def with_logs(definition: dict[str, Any]) -> dict[str, Any]:
    return definitions.with_logs(definition, group="/g", region="eu-west-1", account="1" * 12)


def test_a_container_without_a_log_driver_gets_the_log_group() -> None:
    logged = {"name": "b", "logConfiguration": {"logDriver": "none"}}
    asked = {"family": "job", "containerDefinitions": [{"name": "a"}, logged]}
    made = with_logs(asked)
    [first, second] = made["containerDefinitions"]
    assert first["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/g",
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "run",
            "awslogs-force-flush-interval-seconds": "1",
        },
    }
    assert second == logged
    assert "executionRoleArn" not in made
    assert asked["containerDefinitions"][0] == {"name": "a"}
    assert definitions.log_regions(made) == {"a": "eu-west-1"}
    assert definitions.unreadable(made) == {"b": "none"}


def test_fargate_gets_a_role_to_log_with_unless_it_has_one() -> None:
    asked = {"requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "a"}]}
    assert with_logs(asked)["executionRoleArn"] == f"arn:aws:iam::{'1' * 12}:role/homeport-run"
    own = asked | {"executionRoleArn": "mine"}
    assert with_logs(own)["executionRoleArn"] == "mine"


def test_a_definition_that_logs_everywhere_stays_as_it_is() -> None:
    logged = {"name": "b", "logConfiguration": {"logDriver": "awslogs"}}
    asked = {"family": "job", "containerDefinitions": [logged]}
    assert with_logs(asked) is asked


@pytest.mark.parametrize(
    ("containers", "first"),
    [
        ([{"name": "a"}, {"name": "b"}], "a"),
        ([{"name": "a", "essential": False}, {"name": "b"}], "b"),
        ([{"name": "a", "essential": False}, {"name": "b", "essential": True}], "b"),
    ],
)
def test_the_exit_code_is_that_of_the_first_essential_container(
    containers: list[dict[str, Any]], first: str
) -> None:
    assert definitions.first_essential({"containerDefinitions": containers}) == first


@pytest.mark.parametrize(
    ("compatibilities", "wanted", "asked"),
    [
        (None, None, None),
        (["EC2"], None, None),
        (["FARGATE"], None, "FARGATE"),
        (["EC2", "FARGATE"], None, None),
        (["EC2", "FARGATE"], "FARGATE", "FARGATE"),
        (["FARGATE"], "EC2", "EC2"),
    ],
)
def test_the_launch_type_follows_from_the_definition_unless_it_is_named(
    compatibilities: list[str] | None, wanted: str | None, asked: str | None
) -> None:
    definition = {} if compatibilities is None else {"requiresCompatibilities": compatibilities}
    assert definitions.launch_type_of(definition, wanted) == asked
