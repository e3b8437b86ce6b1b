"""AppSpec files: what they ask for, and the line of what is wrong with them."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.codedeploy.plan.app_spec import parse
from homeport.services.codedeploy.plan.documents import SIZE_MAX, Mistake
from homeport.services.codedeploy.records.app_specs import (
    HOOKED_EVENTS,
    AppSpec,
    Awsvpc,
    CapacityProvider,
    Hook,
)

PLAIN = """\
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:2"
        LoadBalancerInfo:
          ContainerName: web
          ContainerPort: 8080
"""
WHOLE = (
    PLAIN
    + """\
        PlatformVersion: 1.4.0
        NetworkConfiguration:
          AwsvpcConfiguration:
            Subnets: [subnet-1, subnet-2]
            SecurityGroups: [sg-1]
            AssignPublicIp: ENABLED
        CapacityProviderStrategy:
          - Base: 1
            CapacityProvider: FARGATE
            Weight: 2
          - CapacityProvider: FARGATE_SPOT
Hooks:
  - BeforeInstall: before-install
  - AfterInstall: arn:aws:lambda:us-east-1:000000000000:function:after-install
  - AfterAllowTestTraffic: test
  - BeforeAllowTraffic:
  - AfterAllowTraffic: ""
"""
)
DEFINITION = "arn:aws:ecs:us-east-1:000000000000:task-definition/web:2"
SIMPLE = AppSpec(task_definition=DEFINITION, container_name="web", container_port=8080)


def test_a_file_with_what_is_needed_is_read() -> None:
    assert parse(PLAIN) == SIMPLE


def test_a_file_with_everything_is_read() -> None:
    assert parse(WHOLE) == AppSpec(
        task_definition=DEFINITION,
        container_name="web",
        container_port=8080,
        platform_version="1.4.0",
        network=Awsvpc(
            subnets=("subnet-1", "subnet-2"), security_groups=("sg-1",), assign_public_ip="ENABLED"
        ),
        capacity_providers=(
            CapacityProvider(capacity_provider="FARGATE", base=1, weight=2),
            CapacityProvider(capacity_provider="FARGATE_SPOT"),
        ),
        hooks=(
            Hook(event="BeforeInstall", function="before-install"),
            Hook(
                event="AfterInstall",
                function="arn:aws:lambda:us-east-1:000000000000:function:after-install",
            ),
            Hook(event="AfterAllowTestTraffic", function="test"),
        ),
    )


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_read_however_it_is_indented(indent: Any) -> None:
    assert parse(json.dumps(yaml.safe_load(WHOLE), indent=indent)) == parse(WHOLE)


def test_keys_may_be_written_in_any_case() -> None:
    lowered = yaml.safe_load(PLAIN.replace("Resources", "resources").replace("Type", "type"))
    (resource,) = lowered["resources"][0].values()
    resource["properties"] = {
        "taskDefinition": DEFINITION,
        "loadBalancerInfo": {"containerName": "web", "containerPort": 8080},
    }
    del resource["Properties"]
    assert parse(json.dumps(lowered)) == SIMPLE


@pytest.mark.parametrize("version", ["0.0", "'0.0'", '"0.0"', "0"])
def test_the_version_is_nothing_however_it_is_written(version: str) -> None:
    assert parse(PLAIN.replace("0.0", version, 1)) == SIMPLE


def test_hooks_may_be_a_mapping_and_are_in_the_order_of_their_events() -> None:
    hooks = "Hooks:\n  AfterAllowTraffic: last\n  beforeinstall: first\n"
    assert parse(PLAIN + hooks).hooks == (
        Hook(event="BeforeInstall", function="first"),
        Hook(event="AfterAllowTraffic", function="last"),
    )


def test_keys_that_nobody_knows_are_passed_over() -> None:
    assert parse(PLAIN + "Comment: [what, ever]\n") == SIMPLE


def test_a_port_in_quotes_is_a_number() -> None:
    assert parse(PLAIN.replace("8080", '"8080"')) == SIMPLE


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("version: 0.0", "version: 1.0", 1, "The only version that is allowed is 0.0."),
        ("version: 0.0", "versions: 0.0", 1, "version is missing."),
        ("Resources:", "Resource:", 1, "Resources is missing."),
        ("Type: AWS::ECS::Service", "Type: AWS::Lambda::Function", 4, "Type must be AWS::ECS"),
        ("      Type: AWS::ECS::Service\n", "", 3, "Type is missing."),
        ("TaskDefinition:", "TaskDef:", 5, "TaskDefinition is missing."),
        (f'"{DEFINITION}"', "", 5, "TaskDefinition is missing."),
        (f'"{DEFINITION}"', '""', 6, "TaskDefinition is missing."),
        (f'"{DEFINITION}"', "[a]", 6, "TaskDefinition must be a string."),
        ("LoadBalancerInfo:", "Load:", 5, "LoadBalancerInfo is missing."),
        ("ContainerName: web", "Container: web", 7, "ContainerName is missing."),
        ("ContainerPort: 8080", "Port: 8080", 7, "ContainerPort is missing."),
        ("8080", "0", 9, "ContainerPort must be a number from 1 to 65535."),
        ("8080", "65536", 9, "ContainerPort must be a number from 1 to 65535."),
        ("8080", "80a", 9, "ContainerPort must be a number from 1 to 65535."),
        ("8080", "-1", 9, "ContainerPort must be a number from 1 to 65535."),
        ("8080", "\uff18\uff10", 9, "ContainerPort must be a number from 1 to 65535."),
        ("AssignPublicIp: ENABLED", "AssignPublicIp: true", 15, "AssignPublicIp must be"),
        ("            AssignPublicIp: ENABLED\n", "", 12, "AssignPublicIp is missing."),
        ("            SecurityGroups: [sg-1]\n", "", 12, "SecurityGroups is missing."),
        ("Subnets: [subnet-1, subnet-2]", "Subnets: subnet-1", 13, "Subnets must be a list."),
        ("AwsvpcConfiguration", "Awsvpc", 11, "AwsvpcConfiguration is missing."),
        ("Base: 1", "Base: 100001", 17, "Base must be a number from 0 to 100000."),
        ("Weight: 2", "Weight: 1001", 19, "Weight must be a number from 0 to 1000."),
        ("CapacityProvider: FARGATE\n", "Provider: FARGATE\n", 17, "CapacityProvider is missing"),
        ("BeforeInstall:", "BeforeInstal:", 22, "BeforeInstal is not a lifecycle event that has"),
        ("AfterInstall:", "Install:", 23, "Install is not a lifecycle event that has hooks"),
        ("AfterInstall:", "beforeInstall:", 23, "BeforeInstall is given twice."),
        ("before-install", "[a, b]", 22, "BeforeInstall must be a string."),
        ("  - BeforeInstall: before-install", "  - nothing", 22, "A hook must be a mapping."),
        ("ContainerName: web", "ContainerName: [web", 9, "while parsing a flow sequence"),
        ("Type:", "\tType:", 4, "found character '\\t'"),
        ("version", "\x07version", 1, "It has a character that YAML does not allow"),
        ("Hooks:", "---\nHooks:", 21, "but found another document"),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, line: int, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(Mistake) as refused:
        parse(WHOLE.replace(before, after, 1))
    assert (refused.value.line, said in refused.value.problem) == (line, True), refused.value
    assert str(refused.value).startswith(f"Line {line}: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "It is empty."),
        ("# nothing\n", "It is empty."),
        ("web", "The AppSpec file must be a mapping."),
        ("? [a]\n: b\n", "The AppSpec file has a key that is not a word."),
        ("version: 0.0\nversion: 0.0\n", "version is given twice."),
        ("version: 0.0\nResources: []\n", "Resources must have exactly one resource."),
        ("version: 0.0\nResources: {a: b}\n", "Resources must be a list."),
        ("version: 0.0\nResources: [{a: {}, b: {}}]\n", "Resources must have exactly one resource"),
        ("version: 0.0\nResources: [{a: {}}, {b: {}}]\n", "Resources must have exactly one"),
        ("&a [*a, *a]", "The AppSpec file must be a mapping."),
        ("[" * 5000, "It is nested too deeply."),
        ("a" * (SIZE_MAX + 1), f"It is longer than {SIZE_MAX} characters."),
    ],
)
def test_what_is_no_file_of_that_kind_is_refused(content: str, said: str) -> None:
    with pytest.raises(Mistake) as refused:
        parse(content)
    assert said in refused.value.problem


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=12)
networks = st.builds(
    Awsvpc,
    subnets=st.lists(words, min_size=1, max_size=3).map(tuple),
    security_groups=st.lists(words, max_size=3).map(tuple),
    assign_public_ip=st.sampled_from(["ENABLED", "DISABLED"]),
)
specs = st.builds(
    AppSpec,
    task_definition=words,
    container_name=words,
    container_port=st.integers(1, 65535),
    platform_version=st.none() | words,
    network=st.none() | networks,
    capacity_providers=st.lists(
        st.builds(
            CapacityProvider,
            capacity_provider=words,
            base=st.integers(0, 100_000),
            weight=st.integers(0, 1000),
        ),
        max_size=2,
    ).map(tuple),
    hooks=st.dictionaries(st.sampled_from(HOOKED_EVENTS), words).map(
        lambda found: tuple(
            Hook(event=event, function=found[event]) for event in HOOKED_EVENTS if event in found
        )
    ),
)


def written(spec: AppSpec) -> dict[str, Any]:
    """The file that asks for this, as a value."""
    properties: dict[str, Any] = {
        "TaskDefinition": spec.task_definition,
        "LoadBalancerInfo": {
            "ContainerName": spec.container_name,
            "ContainerPort": spec.container_port,
        },
        "CapacityProviderStrategy": [
            {"CapacityProvider": each.capacity_provider, "Base": each.base, "Weight": each.weight}
            for each in spec.capacity_providers
        ],
    }
    if spec.platform_version is not None:
        properties["PlatformVersion"] = spec.platform_version
    if spec.network is not None:
        properties["NetworkConfiguration"] = {
            "AwsvpcConfiguration": {
                "Subnets": list(spec.network.subnets),
                "SecurityGroups": list(spec.network.security_groups),
                "AssignPublicIp": spec.network.assign_public_ip,
            }
        }
    return {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
        "Hooks": [{hook.event: hook.function} for hook in spec.hooks],
    }


@given(specs, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_whatever_is_asked_for_in_json_is_read(spec: AppSpec, ascii_: bool, indent: Any) -> None:
    assert parse(json.dumps(written(spec), ensure_ascii=ascii_, indent=indent)) == spec


@given(specs, st.booleans(), st.booleans())
def test_whatever_is_asked_for_in_yaml_is_read(spec: AppSpec, flow: bool, unicode: bool) -> None:
    dumped = yaml.safe_dump(written(spec), default_flow_style=flow, allow_unicode=unicode)
    assert parse(dumped) == spec


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line_that_it_has(content: str) -> None:
    refused_or_read(content)


@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 30),
    st.text("\t\n \"'{}[]:-&*!|>%@`#,?0aV", max_size=6),
)
def test_a_file_that_is_damaged_anywhere_is_read_or_refused(at: int, cut: int, put: str) -> None:
    refused_or_read(WHOLE[:at] + put + WHOLE[at + cut :])


def refused_or_read(content: str) -> None:
    found = mistake_in(content)
    assert found is None or (1 <= found.line <= len(content.splitlines()) + 1 and found.problem)


def mistake_in(content: str) -> Mistake | None:
    try:
        parse(content)
    except Mistake as mistake:
        return mistake
    return None
