"""What RegisterTaskDefinition refuses of one container, row by row."""

from typing import Any

import pytest

from homeport.services.ecs.plan.task_definition import drafted, refusal
from task_definition_documents import AWSLOGS, ROLE, SECRET, container, document

Row = tuple[dict[str, Any], str]


def health(*command: str, **numbers: int) -> dict[str, Any]:
    return {"command": list(command or ("CMD", "true")), **numbers}


def one(**members: Any) -> dict[str, Any]:
    """A document with one container that has these members."""
    return document(container(**members))


def linux(**members: Any) -> dict[str, Any]:
    return one(linuxParameters=members)


def volume(**members: Any) -> dict[str, Any]:
    return document(volumes=[{"name": "data", **members}])


def port(*mappings: dict[str, Any], mode: str = "bridge") -> dict[str, Any]:
    return document(container(portMappings=list(mappings)), networkMode=mode)


ROUTER = container("router", firelensConfiguration={"type": "fluentbit"})
ROUTED = container("app", logConfiguration={"logDriver": "awsfirelens"})

PORTS: list[Row] = [
    (
        port({"containerPort": 80, "hostPort": 8080}, mode="host"),
        "When networkMode=host, the host ports and container ports in port mappings must match",
    ),
    (
        port({"containerPort": 80, "hostPort": 8080}, mode="awsvpc"),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    (
        port({"containerPort": 80, "name": "http"}, {"containerPort": 81, "name": "http"}),
        "port mapping name is already used",
    ),
    (port({"containerPort": 80, "name": "-x"}), "port mapping name '-x' is invalid"),
    (
        port({"containerPort": 80}, {"containerPort": 80, "protocol": "udp"}),
        "container port is used multiple times in task",
    ),
    (
        port({"containerPortRange": "80-90"}, {"containerPort": 90}),
        "container port is used multiple times in task",
    ),
    (
        port({"containerPortRange": "80-90"}, {"containerPortRange": "85-87"}),
        "container port is used multiple times in task",
    ),
    (
        document(
            container("a", portMappings=[{"containerPort": 80}]),
            container("b", portMappings=[{"containerPort": 80}]),
            networkMode="awsvpc",
        ),
        "container port is used multiple times in task",
    ),
    (port({"containerPortRange": "90-80"}), "Invalid 'containerPortRange' setting"),
    (port({"containerPortRange": "80-65536"}), "Invalid 'containerPortRange' setting"),
    (port({"containerPortRange": "eighty"}), "Invalid 'containerPortRange' setting"),
    (
        port({"containerPort": 80, "containerPortRange": "80-90"}),
        "cannot specify both single port and port range",
    ),
    (
        port({"containerPortRange": "80-90"}, mode="host"),
        "containerPortRange is not supported when networkMode=host",
    ),
    (port({"hostPort": 80}), "Invalid 'containerPort' setting"),
    (port({"containerPort": 65536}), "Invalid 'containerPort' setting"),
    (port({"containerPort": 80, "hostPort": -1}), "Invalid 'hostPort' setting"),
    (
        port({"containerPort": 80}, mode="none"),
        "Port mappings are not supported when networkMode=none",
    ),
    (
        port(*[{"containerPortRange": f"{p}-{p + 1}"} for p in range(1000, 1202, 2)]),
        "The maximum number of port ranges for a container is 100",
    ),
]

AWSVPC: list[Row] = [
    (document(container(**members), networkMode="awsvpc"), f"{words} when networkMode=awsvpc{stop}")
    for members, words, stop in (
        ({"links": ["web"]}, "Links are not supported", "."),
        ({"dnsServers": ["1.1.1.1"]}, "DNS servers are not supported on container", ""),
        ({"disableNetworking": True}, "Disable Networking is not supported on container", ""),
        (
            {"extraHosts": [{"hostname": "h", "ipAddress": "1.1.1.1"}]},
            "Extra hosts are not supported",
            "",
        ),
        ({"hostname": "h"}, "Host name is not supported on container", ""),
    )
]
ENVIRONMENT: list[Row] = [
    (one(environment=[{"value": "x"}]), "Environment variable name cannot be null or blank."),
    (
        one(environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::b/e.env"}] * 11),
        "The maximum number of environment files was exceeded. Specify ten or less and try again",
    ),
    (one(environmentFiles=[{"type": "s3", "value": "s3://b/e.env"}]), "Invalid arn syntax."),
    (
        one(environmentFiles=[{"type": "gcs", "value": "arn:aws:s3:::b/e.env"}]),
        "gcs is not a valid environment file type. Must be one of [s3]",
    ),
    (
        one(secrets=[SECRET]),
        (
            "When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'"
        ),
    ),
    (
        document(
            container(secrets=[SECRET], environment=[{"name": "TOKEN", "value": "x"}]),
            executionRoleArn=ROLE,
        ),
        (
            "The secret name must be unique and not shared with any new or existing environment "
            "variables set on the container, such as 'TOKEN'."
        ),
    ),
    (
        one(repositoryCredentials={"credentialsParameter": "arn:aws:secretsmanager:x"}),
        (
            "When you are specifying container repositoryCredentials, you must also specify a "
            "value for 'executionRoleArn'"
        ),
    ),
    (one(credentialSpecs=["credentialspec:fs-1"]), "Invalid arn syntax."),
    (
        document(container(repositoryCredentials={"credentialsParameter": ""})),
        "RepositoryCredentials.credentialsParameter should not be null or empty.",
    ),
    *[
        (
            document(container(secrets=[SECRET | empty]), executionRoleArn=ROLE),
            "Secret name and valueFrom cannot be null or blank.",
        )
        for empty in ({"name": ""}, {"valueFrom": ""})
    ],
]

BEHAVIOUR: list[Row] = [
    (
        one(healthCheck=health("true")),
        (
            "Invalid 'healthCheck' setting for container 'web'. The command must start with CMD or "
            "CMD-SHELL."
        ),
    ),
    *[
        (
            one(healthCheck=health(**{word: number})),
            f"the 'healthCheck {word}' setting for container 'web' must be between {bounds}",
        )
        for word, number, bounds in (
            ("interval", 4, "5 and 300"),
            ("interval", 301, "5 and 300"),
            ("timeout", 1, "2 and 60"),
            ("timeout", 61, "2 and 60"),
            ("retries", 0, "1 and 10"),
            ("retries", 11, "1 and 10"),
            ("startPeriod", -1, "0 and 300"),
            ("startPeriod", 301, "0 and 300"),
        )
    ],
    *[
        (
            one(restartPolicy={"enabled": True, "restartAttemptPeriod": seconds}),
            "the 'restartAttemptPeriod' setting for container 'web' must be between 60 and 1800",
        )
        for seconds in (59, 1801)
    ],
    (
        one(restartPolicy={"enabled": True, "ignoredExitCodes": list(range(51))}),
        "the 'ignoredExitCodes' setting for container 'web' can have at most 50 items",
    ),
    (
        one(startTimeout=1),
        "Granular start timeout on container 'web' must be at least 2 seconds.",
    ),
    (one(stopTimeout=1), "Granular stop timeout on container 'web' must be at least 2 seconds."),
    (
        one(logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "g"}}),
        "Log driver awslogs requires options: awslogs-region, awslogs-group",
    ),
    (
        one(logConfiguration=AWSLOGS | {"options": AWSLOGS["options"] | {"mode": "slow"}}),
        "slow is not a valid log mode. Must be one of [blocking, non-blocking]",
    ),
    (
        document(ROUTED),
        (
            "When awsfirelens log driver is specified in log configuration, a firelens "
            "configuration object must be configured in one of the containers."
        ),
    ),
    (
        document(ROUTER),
        (
            "When a firelensConfiguration object is specified, at least one container has to be "
            "configured with the awsfirelens log driver."
        ),
    ),
    (
        document(ROUTED, ROUTER, ROUTER | {"name": "other"}),
        "Only one container of a task definition can have a firelensConfiguration object.",
    ),
]

LINUX: list[Row] = [
    (
        one(ulimits=[{"name": "nofile", "softLimit": 2, "hardLimit": 1}]),
        "Soft limit exceeds hard limit for ulimit nofile",
    ),
    (
        one(ulimits=[{"name": "nofile", "softLimit": -1, "hardLimit": 1024}]),
        "Soft limit exceeds hard limit for ulimit nofile",
    ),
    (
        linux(tmpfs=[{"containerPath": "/t", "size": 0}]),
        (
            "The container has an invalid tmpfs size value specified. It must be a non-zero, "
            "non-negative integer."
        ),
    ),
    (
        linux(tmpfs=[{"containerPath": "/t", "size": 1, "mountOptions": ["fast"]}]),
        "Unrecognized tmpfs mount option fast",
    ),
    (
        linux(swappiness=101),
        "the 'swappiness' setting for container 'web' must be between 0 and 100",
    ),
    (linux(maxSwap=-1), "the 'maxSwap' setting for container 'web' must not be negative"),
    (
        linux(sharedMemorySize=0),
        "the 'sharedMemorySize' setting for container 'web' must be greater than 0",
    ),
    (
        one(systemControls=[{"namespace": "vm.swappiness", "value": "1"}]),
        "Unrecognized systemControl namespace vm.swappiness",
    ),
    (
        document(
            container(systemControls=[{"namespace": "net.core.somaxconn", "value": "1"}]),
            networkMode="host",
        ),
        "systemControl 'net.core.somaxconn' is not supported when networkMode=host",
    ),
    (
        document(
            container(systemControls=[{"namespace": "kernel.shmmax", "value": "1"}]),
            ipcMode="host",
        ),
        "systemControl 'kernel.shmmax' is not supported when ipcMode=host",
    ),
    (
        one(resourceRequirements=[{"type": "GPU", "value": "half"}]),
        "Invalid GPU resource requirement for container 'web'",
    ),
]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        *PORTS,
        *AWSVPC,
        *ENVIRONMENT,
        *BEHAVIOUR,
        *LINUX,
    ],
)
def test_a_container_that_ecs_refuses_is_refused_in_its_words(
    asked: dict[str, Any], sentence: str
) -> None:
    assert refusal(drafted(asked)) == sentence


MEMBER_OF = {"type": "memberOf", "expression": "attribute:a == b"}


@pytest.mark.parametrize(
    "asked",
    [
        document(family="w" * 255),
        one(name="w" * 255),
        document(placementConstraints=[MEMBER_OF] * 10),
        port({"containerPort": 1, "hostPort": 0}, {"containerPort": 65535, "hostPort": 65535}),
        port(*[{"containerPortRange": f"{p}-{p + 1}"} for p in range(1000, 1200, 2)]),
        one(startTimeout=2, stopTimeout=2),
        one(restartPolicy={"enabled": True, "ignoredExitCodes": list(range(50))}),
        linux(swappiness=0, maxSwap=0, sharedMemorySize=1),
        linux(swappiness=100),
        one(systemControls=[{"namespace": "kernel.shmmax", "value": "1"}]),
        one(memory=4),
        *[
            document(
                volumes=[
                    {
                        "name": "efs",
                        "efsVolumeConfiguration": {
                            "fileSystemId": "fs-1",
                            "transitEncryption": "ENABLED",
                            "transitEncryptionPort": edge,
                        },
                    }
                ]
            )
            for edge in (1, 65535)
        ],
    ],
)
def test_a_number_at_its_limit_is_not_refused(asked: dict[str, Any]) -> None:
    assert refusal(drafted(asked)) is None
