"""Properties of registration, over documents that nobody wrote down."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.task_definition import (
    drafted,
    refusal,
    registered,
    rules,
    unsupported_to_run,
)
from homeport.services.ecs.plan.task_definition.graph import has_cycle
from homeport.services.ecs.plan.task_definition.launch_types import RULES
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=1, max_size=20)
PORTS = st.integers(1, 65535)

VALID_CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "image": st.sampled_from(["busybox", "a/b:c"]), "essential": st.just(True)},
        optional={
            "memory": st.integers(64, 128),
            "cpu": st.integers(0, 12),
            "portMappings": st.lists(
                st.builds(lambda port: {"containerPort": port, "protocol": "udp"}, PORTS),
                max_size=1,
            ),
            "environment": st.lists(st.fixed_dictionaries({"name": NAMES, "value": st.text()})),
            "command": st.lists(st.text()),
            "healthCheck": st.fixed_dictionaries(
                {"command": st.just(["CMD", "true"])},
                optional={"interval": st.integers(5, 300), "retries": st.integers(1, 10)},
            ),
            "dockerLabels": st.dictionaries(st.text(), st.text()),
        },
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda container: container["name"],
)
VALID = st.fixed_dictionaries(
    {
        "family": NAMES,
        "containerDefinitions": VALID_CONTAINERS,
        "memory": st.sampled_from(["512", "1 GB", "0.5GB"]),
    },
    optional={
        "cpu": st.sampled_from(["128", "0.5 vCPU", "196608"]),
        "networkMode": st.sampled_from(["bridge"]),
        "taskRoleArn": NAMES,
        "pidMode": st.sampled_from(["host", "task"]),
    },
)


def leaves(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a member's type, sensible and not."""
    if isinstance(kind, msgspec.inspect.UnionType):
        return st.one_of([leaves(each) for each in kind.types])
    if isinstance(kind, msgspec.inspect.StructType):
        return documents(kind)
    if isinstance(kind, msgspec.inspect.VarTupleType):
        return st.lists(leaves(kind.item_type), max_size=2)
    if isinstance(kind, msgspec.inspect.DictType):
        return st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2)
    if isinstance(kind, msgspec.inspect.StrType):
        return st.sampled_from(WORDS) | st.text(max_size=6)
    if isinstance(kind, msgspec.inspect.IntType):
        return st.sampled_from([-1, 0, 1, 5, 80]) | st.integers(-(2**31), 2**31 - 1)
    if isinstance(kind, msgspec.inspect.FloatType):
        return st.floats(allow_nan=False)
    if isinstance(kind, msgspec.inspect.BoolType):
        return st.booleans()
    return st.none()


def documents(kind: msgspec.inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    members = {each.encode_name: leaves(each.type) for each in kind.fields}
    needed = {each.encode_name for each in kind.fields if each.required}
    return st.fixed_dictionaries(
        {name: value for name, value in members.items() if name in needed},
        optional={name: value for name, value in members.items() if name not in needed},
    )


WORDS = [
    *("", "a", "a:b", "a-b", "80-90", "90-80", "256", "1 vCPU", "1GB", "awsvpc", "host", "bridge"),
    *("none", "task", "FARGATE", "EC2", "EXTERNAL", "tcp", "udp", "HEALTHY", "SUCCESS", "awslogs"),
    *("awsfirelens", "net.x", "nofile", "GPU", "ENABLED", "memberOf", "APPMESH", "CMD", "shared"),
    *("arn:aws:s3:::a/b", "arn:", "²", "٣", "WINDOWS", "LINUX", "s3", "fluentd", "a\x00b"),
]
ANYTHING = documents(msgspec.inspect.type_info(TaskDefinition))  # type: ignore[arg-type]
ANY_CONTAINER = documents(msgspec.inspect.type_info(ContainerDefinition))  # type: ignore[arg-type]


@given(VALID)
def test_a_valid_document_registers_and_echoes_itself(document: dict[str, Any]) -> None:
    draft = drafted(document)
    assert refusal(draft) is None
    definition = registered(draft, arn="arn", revision=1, now=1.0, principal="me")
    echo = msgspec.json.decode(msgspec.json.encode(definition))
    for asked, answered in zip(
        document.pop("containerDefinitions"), echo["containerDefinitions"], strict=True
    ):
        assert answered.keys() >= asked.keys()
        for member in asked.keys() - {"portMappings", "healthCheck"}:
            assert answered[member] == asked[member]
    for member in document.keys() - {"cpu", "memory"}:
        assert echo[member] == document[member]
    assert int(echo["memory"]) in (512, 1024)


@given(VALID)
def test_what_is_registered_can_be_registered_again_and_stays_the_same(
    document: dict[str, Any],
) -> None:
    first = registered(drafted(document), arn="arn", revision=1, now=1.0, principal="me")
    echo = msgspec.json.decode(msgspec.json.encode(first))
    assert refusal(drafted(echo)) is None
    again = registered(drafted(echo), arn="arn", revision=1, now=1.0, principal="me")
    assert again == first


@given(ANYTHING, st.lists(ANY_CONTAINER, min_size=1, max_size=3))
def test_any_document_of_the_models_shape_is_refused_in_words_or_registered(
    document: dict[str, Any], containers: list[dict[str, Any]]
) -> None:
    draft = drafted({**document, "containerDefinitions": containers})
    refused = refusal(draft)
    assert unsupported_to_run(draft) != ""
    if refused is not None:
        assert refused.strip()
        return
    definition = registered(draft, arn="arn", revision=1, now=1.0, principal="me")
    assert set(definition.requires_compatibilities or ()) <= set(definition.compatibilities)
    assert set(definition.compatibilities) <= set(RULES)
    assert definition.compatibilities


@given(ANYTHING, ANY_CONTAINER)
def test_every_rule_alone_answers_a_sentence_or_nothing_whatever_it_is_shown(
    document: dict[str, Any], container: dict[str, Any]
) -> None:
    draft = drafted({**document, "containerDefinitions": [container, container]})
    shown = draft.container_definitions[0]
    answers = [rule(draft) for rule in (*rules.FIRST, *rules.THEN)]
    answers += [rule(draft, shown) for rule in rules.EACH_CONTAINER]
    answers += [rule(draft) for table in RULES.values() for rule in table]
    assert all(answer is None or answer.strip() for answer in answers)


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=6))
def test_a_circle_is_found_exactly_when_some_walk_comes_back(edges: dict[str, list[str]]) -> None:
    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = list(edges.get(start, ()))
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead += edges.get(name, ())
        return seen

    assert has_cycle(edges) == any(name in reachable(name) for name in edges)
