"""What launch types refuse, Fargate's sizes by number, and which launch types can take what."""

from typing import Any

import pytest

from homeport.services.ecs.plan.task_definition import drafted, refusal
from homeport.services.ecs.plan.task_definition.launch_types import compatibilities
from task_definition_documents import AWSLOGS, ROLE, container, document, fargate

NO_SUCH_SIZE = "No Fargate configuration exists for given values."
DO_NOT_SUPPORT = "Fargate compatible task definitions do not support"
ECR_IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/web:1"


def linux(**members: Any) -> dict[str, Any]:
    return fargate(container(linuxParameters=members))


def without(document: dict[str, Any], member: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != member}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            without(fargate({"name": "web", "image": "busybox"}), "cpu"),
            "Fargate requires that 'cpu' be defined at the task level.",
        ),
        (
            without(fargate({"name": "web", "image": "busybox"}), "memory"),
            "Fargate requires that 'memory' be defined at the task level.",
        ),
        (fargate(cpu="300"), NO_SUCH_SIZE),
        (
            without(fargate(), "networkMode"),
            "Fargate only supports network mode 'awsvpc'.",
        ),
        (fargate(networkMode="bridge"), "Fargate only supports network mode 'awsvpc'."),
        (linux(devices=[{"hostPath": "/dev/x"}]), f"{DO_NOT_SUPPORT} devices"),
        (linux(sharedMemorySize=64), f"{DO_NOT_SUPPORT} sharedMemorySize"),
        (linux(maxSwap=0), f"{DO_NOT_SUPPORT} maxSwap"),
        (fargate(ipcMode="task"), f"{DO_NOT_SUPPORT} ipcMode"),
        (
            fargate(volumes=[{"name": "v", "dockerVolumeConfiguration": {}}]),
            f"{DO_NOT_SUPPORT} dockerVolumeConfiguration",
        ),
        (
            fargate(volumes=[{"name": "v", "host": {"sourcePath": "/x"}}]),
            f"{DO_NOT_SUPPORT} sourcePath",
        ),
        (
            fargate(container(dockerSecurityOptions=["no-new-privileges"])),
            f"{DO_NOT_SUPPORT} dockerSecurityOptions",
        ),
        (
            fargate(placementConstraints=[{"type": "memberOf", "expression": "attribute:a == b"}]),
            f"{DO_NOT_SUPPORT} constraints",
        ),
        (
            fargate(container(privileged=True)),
            "Fargate requires that the 'privileged' setting be 'false'",
        ),
        (
            fargate(pidMode="host"),
            (
                "Tasks using the Fargate launch type do not support pidMode 'host'. The supported "
                "value for pidMode is 'task'."
            ),
        ),
        (
            fargate(container(resourceRequirements=[{"type": "GPU", "value": "1"}])),
            "Tasks using the Fargate launch type do not support GPU resource requirements",
        ),
        (linux(capabilities={"add": ["NET_ADMIN"]}), "NET_ADMIN is not allowed on Fargate."),
        (
            fargate(container(logConfiguration={"logDriver": "json-file"})),
            "json-file is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]",
        ),
        (
            fargate(container(logConfiguration=AWSLOGS)),
            (
                "Fargate requires task definition to have execution role ARN to support log driver "
                "awslogs"
            ),
        ),
        (
            fargate(
                container(
                    logConfiguration={
                        "logDriver": "awslogs",
                        "options": without(AWSLOGS["options"], "awslogs-stream-prefix"),
                    }
                ),
                executionRoleArn=ROLE,
            ),
            "Log driver awslogs requires options: awslogs-stream-prefix",
        ),
        (
            fargate(container(image=ECR_IMAGE)),
            "Fargate requires task definition to have execution role ARN to support ECR images",
        ),
        (
            fargate(
                container(logConfiguration={"logDriver": "awsfirelens"}),
                container(
                    "router",
                    firelensConfiguration={
                        "type": "fluentbit",
                        "options": {"config-file-type": "s3"},
                    },
                ),
            ),
            "Fargate launch type does not support FirelensConfiguration config file from 's3'",
        ),
        (
            fargate(container(stopTimeout=121)),
            (
                "Tasks using the Fargate launch type must have a container stop timeout of less "
                "than 120 seconds."
            ),
        ),
        (
            document(requiresCompatibilities=["EC2"], ephemeralStorage={"sizeInGiB": 21}),
            "Tasks using the EC2 launch type do not support EphemeralStorage",
        ),
        (
            document(ephemeralStorage={"sizeInGiB": 21}),
            "Tasks using the EC2 launch type do not support EphemeralStorage",
        ),
        (
            document(requiresCompatibilities=["EXTERNAL"], networkMode="awsvpc"),
            "Tasks using the EXTERNAL launch type do not support network mode 'awsvpc'.",
        ),
        (
            document(requiresCompatibilities=["MANAGED_INSTANCES"]),
            "Tasks using the MANAGED_INSTANCES launch type do not support network mode 'bridge'.",
        ),
    ],
)
def test_a_launch_type_refuses_what_it_cannot_run(asked: dict[str, Any], sentence: str) -> None:
    assert refusal(drafted(asked)) == sentence


@pytest.mark.parametrize(
    "asked",
    [
        fargate(pidMode="task"),
        linux(capabilities={"add": ["SYS_PTRACE"], "drop": ["ALL"]}),
        linux(tmpfs=[{"containerPath": "/t", "size": 8}]),
        fargate(container(stopTimeout=120)),
        fargate(container(image=ECR_IMAGE, logConfiguration=AWSLOGS), executionRoleArn=ROLE),
        fargate(volumes=[{"name": "v", "host": {}}]),
        fargate(ephemeralStorage={"sizeInGiB": 21}),
        fargate(ephemeralStorage={"sizeInGiB": 200}),
    ],
)
def test_fargate_takes_what_it_supports(asked: dict[str, Any]) -> None:
    assert refusal(drafted(asked)) is None


SIZES = {
    256: [512, 1024, 2048],
    512: [1024, 2048, 3072, 4096],
    1024: [2048, 3072, 4096, 5120, 6144, 7168, 8192],
    2048: [4096, 5120, 16384],
    4096: [8192, 9216, 30720],
    8192: [16384, 20480, 61440],
    16384: [32768, 40960, 122880],
}
NOT_SIZES = {
    256: [256, 1536, 4096],
    512: [512, 1536, 5120],
    1024: [1024, 2560, 9216],
    2048: [3072, 4608, 17408],
    4096: [7168, 31744],
    8192: [15360, 17408, 65536],
    16384: [28672, 36864, 131072],
    32768: [61440],
    128: [512],
}


@pytest.mark.parametrize(("cpu", "memory"), [(c, m) for c, ms in SIZES.items() for m in ms])
def test_fargate_has_these_sizes(cpu: int, memory: int) -> None:
    assert refusal(drafted(fargate(cpu=str(cpu), memory=str(memory)))) is None


@pytest.mark.parametrize(("cpu", "memory"), [(c, m) for c, ms in NOT_SIZES.items() for m in ms])
def test_fargate_has_no_other_sizes(cpu: int, memory: int) -> None:
    assert refusal(drafted(fargate(cpu=str(cpu), memory=str(memory)))) == NO_SUCH_SIZE


def test_sizes_may_be_worded_in_vcpus_and_gigabytes() -> None:
    assert refusal(drafted(fargate(cpu="1 vCPU", memory="2GB"))) is None
    assert refusal(drafted(fargate(cpu="1 vCPU", memory="1GB"))) == NO_SUCH_SIZE


@pytest.mark.parametrize(
    ("cpu", "memory", "fits"), [("512", "1024", False), ("1024", "2048", True)]
)
def test_windows_on_fargate_starts_at_one_vcpu(cpu: str, memory: str, fits: bool) -> None:
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    asked = drafted(fargate(cpu=cpu, memory=memory, runtimePlatform=platform))
    assert refusal(asked) == (None if fits else NO_SUCH_SIZE)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (document(), ("EXTERNAL", "EC2")),
        (document(networkMode="bridge"), ("EXTERNAL", "EC2")),
        (document(networkMode="host"), ("EXTERNAL", "EC2", "MANAGED_INSTANCES")),
        (document(networkMode="awsvpc"), ("EC2", "MANAGED_INSTANCES")),
        (document(networkMode="awsvpc", cpu="512", memory="717"), ("EC2", "MANAGED_INSTANCES")),
        (fargate(), ("EC2", "MANAGED_INSTANCES", "FARGATE")),
        (fargate(ephemeralStorage={"sizeInGiB": 30}), ("FARGATE",)),
        (
            document(container(privileged=True), networkMode="awsvpc", cpu="256", memory="512"),
            ("EC2", "MANAGED_INSTANCES"),
        ),
        (
            document(volumes=[{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]),
            ("EC2",),
        ),
    ],
)
def test_compatibilities_are_the_launch_types_that_would_take_it(
    asked: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert compatibilities(drafted(asked)) == expected
