"""Every refusal of RegisterTaskDefinition, row by row.  The texts are ECS's where it has one."""

from typing import Any

import pytest

from homeport.services.ecs.plan.task_definition import BYTES_MAX, drafted, refusal, too_big
from task_definition_documents import container, document

Row = tuple[dict[str, Any], str]


def health(*command: str, **numbers: int) -> dict[str, Any]:
    return {"command": list(command or ("CMD", "true")), **numbers}


def one(**members: Any) -> dict[str, Any]:
    """A document with one container that has these members."""
    return document(container(**members))


def depends(condition: str, name: str = "init") -> dict[str, Any]:
    return container("app", dependsOn=[{"containerName": name, "condition": condition}])


def linux(**members: Any) -> dict[str, Any]:
    return one(linuxParameters=members)


def volume(**members: Any) -> dict[str, Any]:
    return document(volumes=[{"name": "data", **members}])


def efs(**members: Any) -> dict[str, Any]:
    return volume(efsVolumeConfiguration={"fileSystemId": "fs-1", **members})


def port(*mappings: dict[str, Any], mode: str = "bridge") -> dict[str, Any]:
    return document(container(portMappings=list(mappings)), networkMode=mode)


ROUTER = container("router", firelensConfiguration={"type": "fluentbit"})
ROUTED = container("app", logConfiguration={"logDriver": "awsfirelens"})

IDENTITY: list[Row] = [
    (document(family=""), "Family can not be blank."),
    (document(family="my web"), "Family contains invalid characters."),
    (document(family="wéb"), "Family contains invalid characters."),
    (document(family="w" * 256), "Family should not be longer than 255 characters."),
    ({"family": "web", "containerDefinitions": []}, "Container list cannot be empty."),
    (document(*[container(f"c{i}") for i in range(11)]), "Too many containers"),
    (document({"image": "busybox"}), "Container.name should not be null or empty."),
    (one(name="my web"), "Container.name contains invalid characters."),
    (one(name="w" * 256), "Container.name should not be longer than 255 characters."),
    (document({"name": "web"}), "Container.image should not be null or empty."),
    (one(image="busy box"), "Container.image contains invalid characters."),
    (one(image="b" * 256), "Container.image should not be longer than 255 characters."),
    (
        document(container("a"), container("b"), container("a")),
        "Container names must be unique within a task definition",
    ),
    (one(essential=False), "Task definition doesn't have any essential container"),
    (
        document(inferenceAccelerators=[{"deviceName": "d", "deviceType": "t"}]),
        "Unsupported field 'inferenceAccelerators'",
    ),
    (document(taskRoleArn="arn:aws:iam::1:role/x"), "Role is not valid"),
    (document(executionRoleArn="not a role"), "Role is not valid"),
    (
        document(placementConstraints=[{"type": "memberOf", "expression": "a"}] * 11),
        "Maximum number of placement constraints is 10",
    ),
    (
        document(placementConstraints=[{"type": "distinctInstance"}]),
        "distinctInstance is not a valid placement constraint. Must be one of [memberOf]",
    ),
    (
        document(placementConstraints=[{"type": "memberOf"}]),
        "memberOf placement constraint expression should not be null or empty.",
    ),
    (
        document(placementConstraints=[{"type": "memberOf", "expression": "x" * 2001}]),
        "The expression is longer than 2000 characters.",
    ),
]

WORDS: list[Row] = [
    (
        document(networkMode="vpc"),
        "vpc is not a valid network mode. Must be one of [bridge, host, awsvpc, none]",
    ),
    (
        document(requiresCompatibilities=["FARGATE", "LAMBDA"]),
        (
            "LAMBDA is not a valid compatibility. Must be one of "
            "[EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES]"
        ),
    ),
    (document(pidMode="pod"), "pod is not a valid pid mode. Must be one of [host, task]"),
    (document(ipcMode="pod"), "pod is not a valid ipc mode. Must be one of [host, task, none]"),
    (
        document(runtimePlatform={"cpuArchitecture": "RISCV"}),
        "RISCV is not a valid CPU architecture. Must be one of [X86_64, ARM64]",
    ),
    (
        one(logConfiguration={"logDriver": "papyrus"}),
        (
            "papyrus is not a valid log driver. Must be one of "
            "[json-file, syslog, journald, gelf, fluentd, awslogs, splunk, awsfirelens]"
        ),
    ),
    (
        port({"containerPort": 80, "protocol": "sctp"}),
        "sctp is not a valid protocol. Must be one of [tcp, udp]",
    ),
    (
        port({"containerPort": 80, "appProtocol": "smtp"}),
        "smtp is not a valid app protocol. Must be one of [http, http2, grpc]",
    ),
    (
        document(depends("READY"), container("init")),
        (
            "READY is not a valid container condition. Must be one of "
            "[START, COMPLETE, SUCCESS, HEALTHY]"
        ),
    ),
    (
        one(versionConsistency="maybe"),
        "maybe is not a valid version consistency. Must be one of [enabled, disabled]",
    ),
    (
        linux(devices=[{"hostPath": "/dev/x", "permissions": ["execute"]}]),
        "execute is not a valid device permission. Must be one of [read, write, mknod]",
    ),
    (linux(capabilities={"add": ["SYS_MAGIC"]}), "Unrecognized capability SYS_MAGIC"),
    (linux(capabilities={"drop": ["CAP_CHOWN"]}), "Unrecognized capability CAP_CHOWN"),
    (
        one(ulimits=[{"name": "memory", "softLimit": 1, "hardLimit": 1}]),
        "Unrecognized ulimit name memory",
    ),
    (
        one(dockerSecurityOptions=["seccomp:unconfined"]),
        "Unrecognized docker security option seccomp:unconfined",
    ),
    (
        one(resourceRequirements=[{"type": "TPU", "value": "1"}]),
        "TPU is not a valid resource type. Must be one of [GPU]",
    ),
]

SIZES: list[Row] = [
    (document(cpu="banana"), "Invalid 'cpu' setting for task."),
    (document(cpu="127"), "Invalid 'cpu' setting for task."),
    (document(cpu="196609"), "Invalid 'cpu' setting for task."),
    (document(memory="much"), "Invalid 'memory' setting for task."),
    (
        document({"name": "web", "image": "busybox"}),
        (
            "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' "
            "must be specified."
        ),
    ),
    (
        one(memory=64, memoryReservation=65),
        (
            "Invalid setting for container 'web'. 'memory' must be greater than or equal to "
            "'memoryReservation'"
        ),
    ),
    (one(memory=3), "Invalid setting for container 'web'. 'memory' must be at least 4 MiB."),
    (one(cpu=-1), "Invalid setting for container 'web'. 'cpu' must not be negative."),
    (
        document(container(memory=513), memory="512"),
        "The 'memory' setting for container 'web' is greater than for the task",
    ),
    (
        document(container("a", cpu=256), container("b", cpu=257), cpu="512"),
        "The sum of all container 'cpu' values cannot be greater than the task-level 'cpu' value",
    ),
    (
        document(ephemeralStorage={"sizeInGiB": 20}),
        "EphemeralStorage size should be at least 21",
    ),
    (
        document(ephemeralStorage={"sizeInGiB": 201}),
        "EphemeralStorage size should be at most 200",
    ),
]

DEPENDENCIES: list[Row] = [
    (
        document(depends("START", "ghost")),
        "Cannot depend on container ghost because it does not exist",
    ),
    *[
        (
            document(depends(condition), container("init")),
            (
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
                "container"
            ),
        )
        for condition in ("SUCCESS", "COMPLETE")
    ],
    (
        document(depends("HEALTHY"), container("init")),
        "A dependency container with HEALTHY condition must have health check configured",
    ),
    (
        document(
            depends("START"),
            container("init", dependsOn=[{"containerName": "app", "condition": "START"}]),
        ),
        "Container dependencies should not have a cycle",
    ),
    (document(depends("START", "app")), "Container dependencies should not have a cycle"),
    (
        one(volumesFrom=[{"sourceContainer": "ghost"}]),
        "Invalid 'volumesFrom' setting. Unknown container: 'ghost'",
    ),
    (
        one(volumesFrom=[{"sourceContainer": "web"}]),
        "Container volumesFrom should not have a cycle",
    ),
    (one(links=["ghost:g"]), "Cannot link to container ghost because it does not exist"),
    (
        document(container("a", links=["b"]), container("b", links=["a:x"])),
        "Container links should not have a cycle",
    ),
]

VOLUMES: list[Row] = [
    (one(mountPoints=[{"sourceVolume": "x", "containerPath": "/x"}]), "Unknown volume 'x'"),
    (
        document(container(mountPoints=[{"sourceVolume": "data"}]), volumes=[{"name": "data"}]),
        "Invalid mount point: volume 'data' has no 'containerPath'",
    ),
    (
        volume(configuredAtLaunch=True),
        "Volumes [data] are not referenced by any of the containers",
    ),
    (
        document(volumes=[{"name": "data"}, {"name": "data"}]),
        "Volume names must be unique within a task definition",
    ),
    (document(volumes=[{}]), "Volume.name should not be null or empty."),
    (document(volumes=[{"name": "a b"}]), "Volume.name contains invalid characters."),
    (
        volume(host={"sourcePath": "/x"}, dockerVolumeConfiguration={}),
        "Volume 'data' can have only one of [host, dockerVolumeConfiguration]",
    ),
    (
        volume(dockerVolumeConfiguration={"scope": "galaxy"}),
        "galaxy is not a valid scope. Must be one of [task, shared]",
    ),
    (
        volume(dockerVolumeConfiguration={"autoprovision": True}),
        "Volume 'data': autoprovision is only supported with scope 'shared'",
    ),
    (
        efs(
            rootDirectory="/x",
            transitEncryption="ENABLED",
            authorizationConfig={"accessPointId": "fsap-1"},
        ),
        (
            'When using an EFS access point, the root directory must either be set to "/" or be '
            "omitted"
        ),
    ),
    (
        efs(authorizationConfig={"iam": "ENABLED"}),
        "EFS IAM authorization requires TransitEncryption to be enabled",
    ),
    (
        efs(transitEncryptionPort=2049),
        "TransitEncryptionPort requires that TransitEncryption is enabled",
    ),
    (
        efs(transitEncryption="YES"),
        "YES is not a valid EFS transit encryption. Must be one of [ENABLED, DISABLED]",
    ),
    (volume(s3filesVolumeConfiguration={"fileSystemArn": "fs-1"}), "Invalid arn syntax."),
]

PROXY: list[Row] = [
    (
        document(proxyConfiguration={"type": "APPMESH", "containerName": "web"}),
        "APPMESH proxy configuration is only supported in networkMode=awsvpc",
    ),
    (
        document(
            proxyConfiguration={"type": "APPMESH", "containerName": "envoy"}, networkMode="awsvpc"
        ),
        "Proxy container [envoy] does not exist",
    ),
]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        *IDENTITY,
        *WORDS,
        *SIZES,
        *DEPENDENCIES,
        *VOLUMES,
        *PROXY,
    ],
)
def test_a_document_that_ecs_refuses_is_refused_in_its_words(
    asked: dict[str, Any], sentence: str
) -> None:
    assert refusal(drafted(asked)) == sentence


@pytest.mark.parametrize(
    "asked",
    [
        document(),
        document({"name": "web", "image": "busybox", "memoryReservation": 64}),
        document({"name": "web", "image": "busybox"}, memory="512"),
        document(*[container(f"c{i}") for i in range(10)]),
        document(cpu="128"),
        document(cpu="196608"),
        document(cpu=".25 vCPU", memory="0.5 GB"),
        document(container(cpu=128, memory=512), cpu="128", memory="512"),
        document(container(memory=64, memoryReservation=64)),
        one(image=f"{'b' * 255}@sha256:{'a' * 64}"),
        document(taskRoleArn="web", executionRoleArn="arn:aws-cn:iam::000000000000:role/a/b"),
        document(taskRoleArn="", executionRoleArn=""),
        document(
            container("app", dependsOn=[{"containerName": "init", "condition": "SUCCESS"}]),
            container("init", essential=False),
        ),
        document(depends("HEALTHY"), container("init", healthCheck=health())),
        document(container("a", links=["b:alias"]), container("b")),
        document(container("a", volumesFrom=[{"sourceContainer": "b"}]), container("b")),
        one(healthCheck=health(interval=5, timeout=2, retries=1, startPeriod=0)),
        one(healthCheck=health(interval=300, timeout=60, retries=10, startPeriod=300)),
        one(restartPolicy={"enabled": True, "restartAttemptPeriod": 60}),
        one(restartPolicy={"enabled": True, "restartAttemptPeriod": 1800}),
        one(ulimits=[{"name": "core", "softLimit": -1, "hardLimit": -1}]),
        one(ulimits=[{"name": "core", "softLimit": 1, "hardLimit": -1}]),
        linux(tmpfs=[{"containerPath": "/t", "size": 1, "mountOptions": ["mode=1777", "ro"]}]),
        one(systemControls=[{"namespace": "fs.mqueue.msg_max", "value": "1"}]),
        one(environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::b/e.env"}] * 10),
        document(ROUTED, ROUTER),
        port({"containerPortRange": "80-90"}, {"containerPort": 91}),
        port({"containerPort": 80, "hostPort": 80}, mode="host"),
        document(
            container("a", portMappings=[{"containerPort": 80}]),
            container("b", portMappings=[{"containerPort": 80}]),
        ),
        efs(
            rootDirectory="/",
            transitEncryption="ENABLED",
            transitEncryptionPort=2049,
            authorizationConfig={"accessPointId": "fsap-1", "iam": "ENABLED"},
        ),
        document(
            container(mountPoints=[{"sourceVolume": "ebs", "containerPath": "/x"}]),
            volumes=[{"name": "ebs", "configuredAtLaunch": True}],
        ),
    ],
)
def test_a_document_at_the_edge_of_a_rule_is_not_refused(asked: dict[str, Any]) -> None:
    assert refusal(drafted(asked)) is None


def test_containers_speak_before_fargate() -> None:
    asked = document({"name": "my web"}, requiresCompatibilities=["FARGATE"])
    assert refusal(drafted(asked)) == "Container.name contains invalid characters."


def test_a_definition_may_be_64_kib_and_no_more() -> None:
    assert BYTES_MAX == 65536
    assert too_big(65536) is None
    assert too_big(65537) == "Actual length: '65537'. Max allowed length is '65536' bytes."
