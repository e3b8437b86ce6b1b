"""What ECS fills in, rewrites and computes when it registers a definition."""

from typing import Any

import msgspec
import pytest

from homeport.services.ecs.plan.task_definition import drafted, registered, unsupported_to_run
from homeport.services.ecs.records.task_definitions import TaskDefinition
from task_definition_documents import AWSLOGS, ROLE, SECRET, container, document, fargate

ARN = "arn:aws:ecs:us-east-1:000000000000:task-definition/web:7"


def register(asked: dict[str, Any]) -> TaskDefinition:
    return registered(drafted(asked), arn=ARN, revision=7, now=1.2345678, principal="arn:me")


def echo(asked: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(register(asked)))
    return answer


def test_the_smallest_definition_is_echoed_with_ecs_defaults() -> None:
    assert echo(document()) == {
        "taskDefinitionArn": ARN,
        "family": "web",
        "revision": 7,
        "status": "ACTIVE",
        "containerDefinitions": [
            {
                "name": "web",
                "image": "busybox",
                "cpu": 0,
                "memory": 64,
                "portMappings": [],
                "essential": True,
                "environment": [],
                "mountPoints": [],
                "volumesFrom": [],
                "systemControls": [],
            }
        ],
        "volumes": [],
        "placementConstraints": [],
        "compatibilities": ["EXTERNAL", "EC2"],
        "registeredAt": 1.235,
        "registeredBy": "arn:me",
    }


def test_a_network_mode_that_was_not_asked_for_is_not_echoed_but_is_bridge() -> None:
    definition = register(document())
    assert definition.network_mode is None
    assert definition.networking == "bridge"


@pytest.mark.parametrize(
    ("mode", "asked", "host_port"),
    [
        (None, None, 0),
        ("bridge", None, 0),
        ("bridge", 0, 0),
        ("bridge", 8080, 8080),
        ("awsvpc", None, 80),
        ("host", None, 80),
        ("host", 80, 80),
    ],
)
def test_the_host_port_is_echoed_as_the_network_mode_makes_it(
    mode: str | None, asked: int | None, host_port: int
) -> None:
    mapping = {"containerPort": 80} | ({} if asked is None else {"hostPort": asked})
    members = {} if mode is None else {"networkMode": mode}
    answer = echo(document(container(portMappings=[mapping]), **members))
    assert answer["containerDefinitions"][0]["portMappings"] == [
        {"containerPort": 80, "hostPort": host_port, "protocol": "tcp"}
    ]


def test_a_port_range_has_no_host_port() -> None:
    answer = echo(document(container(portMappings=[{"containerPortRange": "80-90"}])))
    assert answer["containerDefinitions"][0]["portMappings"] == [
        {"containerPortRange": "80-90", "protocol": "tcp"}
    ]


def test_a_health_check_is_echoed_with_its_defaults_and_without_a_start_period() -> None:
    answer = echo(document(container(healthCheck={"command": ["CMD", "true"]})))
    assert answer["containerDefinitions"][0]["healthCheck"] == {
        "command": ["CMD", "true"],
        "interval": 30,
        "timeout": 5,
        "retries": 3,
    }


@pytest.mark.parametrize(
    ("cpu", "memory", "units", "mib"),
    [
        ("256", "512", "256", "512"),
        (".25 vCPU", "0.5GB", "256", "512"),
        ("1 vcpu", "2 GB", "1024", "2048"),
        ("0.5vCPU", "1 gb", "512", "1024"),
    ],
)
def test_sizes_are_echoed_as_cpu_units_and_mib(cpu: str, memory: str, units: str, mib: str) -> None:
    answer = echo(document(cpu=cpu, memory=memory))
    assert (answer["cpu"], answer["memory"]) == (units, mib)


def test_volumes_are_echoed_as_what_they_are() -> None:
    asked = [
        {"name": "scratch"},
        {"name": "host", "host": {"sourcePath": "/x"}},
        {"name": "docker", "dockerVolumeConfiguration": {"driver": "local"}},
        {"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
        {"name": "s3", "s3filesVolumeConfiguration": {"fileSystemArn": "arn:x"}},
        {"name": "ebs", "configuredAtLaunch": True},
    ]
    assert echo(document(volumes=asked))["volumes"] == [
        {"name": "scratch", "host": {}},
        {"name": "host", "host": {"sourcePath": "/x"}},
        {"name": "docker", "dockerVolumeConfiguration": {"driver": "local", "scope": "task"}},
        {"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
        {"name": "s3", "s3filesVolumeConfiguration": {"fileSystemArn": "arn:x"}},
        {"name": "ebs", "configuredAtLaunch": True},
    ]


def test_what_homeport_cannot_act_on_is_echoed_untouched() -> None:
    members = {
        "secrets": [SECRET],
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/e.env"}],
        "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:x"},
        "logConfiguration": AWSLOGS | {"secretOptions": []},
        "links": [],
        "interactive": False,
    }
    answer = echo(document(container(**members), executionRoleArn=ROLE))
    for name, value in members.items():
        assert answer["containerDefinitions"][0][name] == value


def test_no_required_compatibility_is_echoed_as_none() -> None:
    assert "requiresCompatibilities" not in echo(document(requiresCompatibilities=[]))
    assert echo(fargate())["requiresCompatibilities"] == ["FARGATE"]


REMOTE = "com.amazonaws.ecs.capability.docker-remote-api.1."


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (document(), set()),
        (fargate(), {"ecs.capability.task-eni", f"{REMOTE}18"}),
        (
            document(container(logConfiguration=AWSLOGS), executionRoleArn=ROLE),
            {
                "com.amazonaws.ecs.capability.logging-driver.awslogs",
                "ecs.capability.execution-role-awslogs",
                f"{REMOTE}19",
            },
        ),
        (
            document(container(image="000000000000.dkr.ecr.us-east-1.amazonaws.com/web")),
            {"com.amazonaws.ecs.capability.ecr-auth"},
        ),
        (document(taskRoleArn=ROLE), {"com.amazonaws.ecs.capability.task-iam-role"}),
        (
            document(taskRoleArn=ROLE, networkMode="host"),
            {"com.amazonaws.ecs.capability.task-iam-role-network-host"},
        ),
        (
            document(container(privileged=True)),
            {"com.amazonaws.ecs.capability.privileged-container"},
        ),
        (
            document(container(secrets=[SECRET]), executionRoleArn=ROLE),
            {"ecs.capability.secrets.ssm.environment-variables"},
        ),
        (
            document(
                container(secrets=[{"name": "A", "valueFrom": "arn:aws:secretsmanager:a:b:c"}]),
                executionRoleArn=ROLE,
            ),
            {"ecs.capability.secrets.asm.environment-variables"},
        ),
        (
            document(container(healthCheck={"command": ["CMD", "true"], "startPeriod": 1})),
            {"ecs.capability.container-health-check", f"{REMOTE}29"},
        ),
        (document(container(stopTimeout=5)), {"ecs.capability.container-ordering"}),
        (document(container(memoryReservation=32)), {f"{REMOTE}21"}),
        (document(container(linuxParameters={"initProcessEnabled": True})), {f"{REMOTE}25"}),
        (
            document(pidMode="host"),
            {"ecs.capability.pid-ipc-namespace-sharing", f"{REMOTE}17"},
        ),
        (
            document(volumes=[{"name": "v", "dockerVolumeConfiguration": {}}]),
            {"ecs.capability.docker-plugin.local"},
        ),
    ],
)
def test_required_attributes_say_what_an_instance_must_be_able_to_do(
    asked: dict[str, Any], names: set[str]
) -> None:
    attributes = register(asked).requires_attributes
    assert {each.name for each in attributes} == names
    assert len(attributes) == len(names)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (document(container(secrets=[SECRET])), "secrets"),
        (
            document(container(environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::b/e"}])),
            "environmentFiles",
        ),
        (
            document(container(repositoryCredentials={"credentialsParameter": "arn:x"})),
            "repositoryCredentials",
        ),
        (
            document(container(firelensConfiguration={"type": "fluentd"})),
            "firelensConfiguration",
        ),
        (document(container(logConfiguration={"logDriver": "awsfirelens"})), "awsfirelens"),
        (
            document(container(logConfiguration=AWSLOGS | {"secretOptions": [SECRET]})),
            "secretOptions",
        ),
        (document(container(credentialSpecs=["credentialspec:arn:x"])), "credentialSpecs"),
        (
            document(container(resourceRequirements=[{"type": "GPU", "value": "1"}])),
            "GPU resource requirements",
        ),
        (
            document(volumes=[{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]),
            "efsVolumeConfiguration",
        ),
        (document(volumes=[{"name": "v", "configuredAtLaunch": True}]), "configuredAtLaunch"),
        (document(proxyConfiguration={"containerName": "web"}), "proxyConfiguration"),
        (
            document(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            "Windows",
        ),
    ],
)
def test_what_cannot_run_here_says_so_in_a_sentence(asked: dict[str, Any], word: str) -> None:
    sentence = unsupported_to_run(drafted(asked))
    assert sentence is not None
    assert word in sentence
    assert sentence.endswith(".")


def test_an_architecture_is_judged_only_against_a_known_machine() -> None:
    asked = drafted(document(runtimePlatform={"cpuArchitecture": "ARM64"}))
    assert unsupported_to_run(asked) is None
    assert unsupported_to_run(asked, architecture="ARM64") is None
    assert unsupported_to_run(asked, architecture="X86_64") == (
        "The task definition asks for ARM64 and this machine is X86_64."
    )


def test_an_ordinary_definition_runs() -> None:
    asked = fargate(
        container(logConfiguration=AWSLOGS, secrets=[], environmentFiles=[]),
        executionRoleArn=ROLE,
        volumes=[{"name": "scratch"}],
    )
    assert unsupported_to_run(drafted(asked)) is None
