"""What a node is told to run, literally: defaults filled in, overrides merged, names made."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from homeport.link import spec
from homeport.services.ecs.errors import ClientException, InvalidParameterException
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.plan.new_task import Names, Order, Spot, new_task, task_id_of
from homeport.services.ecs.plan.overrides import check_merged, check_overrides, merged_definition
from homeport.services.ecs.plan.task_definition import drafted, registered
from homeport.services.ecs.plan.task_spec import Surroundings, stranger_spec, task_spec
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.tasks import Task, TaskOverride
from task_definition_documents import AWSLOGS, ROLE, container, document, fargate

ACCOUNT, REGION = "000000000000", "us-east-1"
TASK_ID, SECRET = "a" * 32, "5" * 32
AROUND = Surroundings(span=lambda seconds: seconds / 10)


def definition_of(asked: dict[str, Any]) -> TaskDefinition:
    return registered(drafted(asked), arn="arn:web:1", revision=1, principal="me", now=0.0)


def overriding(**members: Any) -> TaskOverride:
    return msgspec.convert(members, TaskOverride)


def task_of(
    definition: TaskDefinition, overrides: TaskOverride | None = None, launch_type: str = "EC2"
) -> Task:
    given = overrides or TaskOverride()
    order = Order(
        account=ACCOUNT,
        region=REGION,
        cluster=new_cluster(account=ACCOUNT, region=REGION, name="default"),
        definition_arn=definition.task_definition_arn or "",
        merged=merged_definition(definition, given),
        overrides=given,
        launch_type=launch_type,
        platform_version=None,
        group="family:web",
        started_by=None,
        now=0.0,
    )
    containers = tuple(
        (f"uuid-{number}", f"{number:020x}")
        for number in range(len(definition.container_definitions))
    )
    names = Names(
        task_id=TASK_ID,
        containers=containers,
        attachment_id="attachment",
        task_secret=SECRET,
        execution_secret="6" * 32,
    )
    spot = Spot(instance_arn="arn:instance", availability_zone="us-east-1a", architecture="arm64")
    return new_task(order, names, spot)


def told(asked: dict[str, Any], launch_type: str = "EC2", **overrides: Any) -> spec.TaskSpec:
    definition = definition_of(asked)
    task = task_of(definition, overriding(**overrides), launch_type)
    return task_spec(task, definition, AROUND)


def test_the_smallest_task_has_every_default_filled_in() -> None:
    assert told(document()) == spec.TaskSpec(
        task_arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/default/{TASK_ID}",
        cluster="default",
        family="web",
        revision=1,
        network_mode="bridge",
        launch_type="EC2",
        containers=(
            spec.ContainerSpec(
                name="web",
                arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:container/default/{TASK_ID}/uuid-0",
                docker_name="ecs-web-1-web-" + "0" * 20,
                image="busybox",
                environment={"AWS_EXECUTION_ENV": "AWS_ECS_EC2"},
                memory_mib=64,
                stop_timeout_s=3.0,
            ),
        ),
        availability_zone="us-east-1a",
        group="family:web",
        region=REGION,
    )


EVERYTHING = container(
    cpu=10,
    memoryReservation=32,
    command=["run"],
    entryPoint=["sh"],
    environment=[{"name": "A", "value": "1"}],
    workingDirectory="/w",
    user="1:1",
    hostname="h",
    links=["side"],
    portMappings=[
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "protocol": "udp"},
    ],
    mountPoints=[{"sourceVolume": "v", "containerPath": "/v", "readOnly": True}],
    volumesFrom=[{"sourceContainer": "side", "readOnly": True}],
    dependsOn=[{"containerName": "side", "condition": "START"}],
    startTimeout=20,
    stopTimeout=40,
    healthCheck={"command": ["CMD", "true"], "interval": 10, "startPeriod": 20},
    restartPolicy={"enabled": True, "ignoredExitCodes": [0]},
    ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
    dockerLabels={"l": "1"},
    extraHosts=[{"hostname": "x", "ipAddress": "10.0.0.1"}],
    dnsServers=["10.0.0.2"],
    dnsSearchDomains=["d"],
    privileged=True,
    readonlyRootFilesystem=True,
    interactive=True,
    pseudoTerminal=True,
    dockerSecurityOptions=["no-new-privileges"],
    systemControls=[{"namespace": "net.ipv4.tcp_syncookies", "value": "1"}],
    linuxParameters={
        "capabilities": {"add": ["NET_ADMIN"], "drop": ["MKNOD"]},
        "devices": [{"hostPath": "/dev/a", "permissions": ["read", "mknod"]}],
        "initProcessEnabled": True,
        "sharedMemorySize": 8,
        "tmpfs": [{"containerPath": "/t", "size": 16, "mountOptions": ["noexec"]}],
        "maxSwap": 32,
        "swappiness": 10,
    },
)

EVERYTHING_TOLD = spec.ContainerSpec(
    name="web",
    arn="",
    docker_name="",
    image="busybox",
    command=("run",),
    entry_point=("sh",),
    environment={"AWS_EXECUTION_ENV": "AWS_ECS_EC2", "A": "1"},
    cpu=10,
    memory_mib=64,
    memory_reservation_mib=32,
    working_directory="/w",
    user="1:1",
    hostname="h",
    links=("side",),
    port_mappings=(
        spec.PortMapping(container_port=80, host_port=8080),
        spec.PortMapping(container_port=53, protocol="udp"),
    ),
    mounts=(spec.Mount(volume="v", container_path="/v", read_only=True),),
    volumes_from=(spec.VolumesFrom(container="side", read_only=True),),
    depends_on=(spec.Dependency(container="side", condition="START"),),
    start_timeout_s=2.0,
    stop_timeout_s=4.0,
    health_check=spec.HealthCheck(
        command=("CMD", "true"), interval_s=1.0, timeout_s=0.5, retries=3, start_period_s=2.0
    ),
    restart_policy=spec.RestartPolicy(attempt_period_s=30.0, ignored_exit_codes=(0,)),
    ulimits=(spec.Ulimit(name="nofile", soft=1, hard=2),),
    labels={"l": "1"},
    extra_hosts=(("x", "10.0.0.1"),),
    dns_servers=("10.0.0.2",),
    dns_search_domains=("d",),
    privileged=True,
    read_only_root=True,
    interactive=True,
    tty=True,
    security_options=("no-new-privileges",),
    sysctls={"net.ipv4.tcp_syncookies": "1"},
    capabilities_add=("NET_ADMIN",),
    capabilities_drop=("MKNOD",),
    devices=(spec.Device(host_path="/dev/a", container_path="/dev/a", permissions="rm"),),
    tmpfs=(spec.Tmpfs(container_path="/t", size_mib=16, options=("noexec",)),),
    init_process=True,
    shared_memory_mib=8,
    max_swap_mib=32,
    swappiness=10,
)


def test_everything_of_a_container_reaches_the_node() -> None:
    volumes = [{"name": "v", "host": {"sourcePath": "/srv"}}]
    told_ = told(document(EVERYTHING, container("side"), volumes=volumes))
    assert told_.volumes == (spec.Volume(name="v", host_path="/srv"),)
    [web, _] = told_.containers
    assert replace(web, arn="", docker_name="") == EVERYTHING_TOLD


def test_a_fargate_task_has_its_size_its_roles_and_fargates_open_files() -> None:
    told_ = told(
        fargate(taskRoleArn=ROLE, executionRoleArn=ROLE),
        "FARGATE",
    )
    assert (told_.cpu, told_.memory_mib) == (256, 512)
    assert told_.task_role_credentials_id == f"{TASK_ID}-{SECRET}"
    assert told_.execution_role_credentials_id == f"{TASK_ID}-{'6' * 32}"
    [web] = told_.containers
    assert (web.ulimits, web.open_files) == ((), 65_535)
    assert web.environment["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"


def test_the_task_of_a_credentials_id_is_known() -> None:
    task = task_of(definition_of(document(taskRoleArn=ROLE)))
    assert task.task_credentials_id is not None
    assert task_id_of(task.task_credentials_id) == TASK_ID
    assert task.execution_credentials_id is None


@pytest.mark.parametrize(
    ("given", "mode", "options"),
    [
        ({}, "non-blocking", {"mode": "non-blocking", "max-buffer-size": "10m"}),
        ({}, "blocking", {"mode": "blocking"}),
        ({"mode": "blocking"}, "non-blocking", {"mode": "blocking"}),
        (
            {"mode": "non-blocking", "max-buffer-size": "1m"},
            "blocking",
            {"mode": "non-blocking", "max-buffer-size": "1m"},
        ),
    ],
)
def test_awslogs_gets_its_stream_and_its_mode(
    given: dict[str, str], mode: str, options: dict[str, str]
) -> None:
    log = AWSLOGS | {"options": AWSLOGS["options"] | given}  # type: ignore[operator]
    definition = definition_of(document(container(logConfiguration=log)))
    around = Surroundings(span=float, log_mode=mode)
    [web] = task_spec(task_of(definition), definition, around).containers
    assert web.log == spec.LogDriver(
        driver="awslogs",
        options={
            "awslogs-group": "/ecs/web",
            "awslogs-region": "us-east-1",
            "awslogs-stream": f"ecs/web/{TASK_ID}",
            **options,
        },
    )


@pytest.mark.parametrize(
    ("volume", "told_"),
    [
        ({"name": "v"}, spec.Volume(name="v")),
        ({"name": "v", "host": {}}, spec.Volume(name="v")),
        ({"name": "v", "host": {"sourcePath": "/srv"}}, spec.Volume(name="v", host_path="/srv")),
        (
            {
                "name": "v",
                "dockerVolumeConfiguration": {
                    "scope": "shared",
                    "autoprovision": True,
                    "driver": "local",
                    "driverOpts": {"type": "tmpfs"},
                    "labels": {"l": "1"},
                },
            },
            spec.Volume(
                name="v",
                scope="shared",
                autoprovision=True,
                driver="local",
                driver_opts={"type": "tmpfs"},
                labels={"l": "1"},
                docker_defined=True,
            ),
        ),
    ],
)
def test_volumes_are_told_by_kind(volume: dict[str, Any], told_: spec.Volume) -> None:
    mounted = container(mountPoints=[{"sourceVolume": "v", "containerPath": "/v"}])
    assert told(document(mounted, volumes=[volume])).volumes == (told_,)


# --- overrides ----------------------------------------------------------------------------------


def test_overrides_replace_and_the_environment_is_merged_by_name() -> None:
    environment = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    override = {
        "name": "web",
        "command": ["other"],
        "cpu": 7,
        "memory": 33,
        "memoryReservation": 11,
        "environment": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}],
    }
    told_ = told(
        document(container(command=["one"], environment=environment), container("side")),
        containerOverrides=[override],
        cpu="512",
        memory="1 GB",
        taskRoleArn=ROLE,
    )
    web, side = told_.containers
    assert web.command == ("other",)
    assert (web.cpu, web.memory_mib, web.memory_reservation_mib) == (7, 33, 11)
    assert web.environment == {
        "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
        "A": "1",
        "B": "3",
        "C": "4",
    }
    assert side.command is None
    assert (told_.cpu, told_.memory_mib) == (512, 1024)
    assert told_.task_role_credentials_id is not None


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (
            {"containerOverrides": [{"name": "x"}]},
            "Override for container named x is not a container in the TaskDefinition.",
        ),
        (
            {"containerOverrides": [{"command": ["x"]}]},
            "Container override name must not be null or empty.",
        ),
        (
            {"containerOverrides": [{"name": "web", "command": ["x" * 8192]}]},
            "Overrides exceeds the maximum of 8192 characters",
        ),
        ({"cpu": "lots"}, "Invalid 'cpu' setting for task."),
        ({"memory": "0"}, "Invalid 'memory' setting for task."),
        ({"taskRoleArn": "me"}, "Role is not valid"),
    ],
)
def test_bad_overrides_are_refused(overrides: dict[str, Any], text: str) -> None:
    with pytest.raises((InvalidParameterException, ClientException)) as refused:
        check_overrides(definition_of(document()), overriding(**overrides))
    assert refused.value.message == text


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"cpu": "300"}, "No Fargate configuration exists for given values."),
        (
            {"containerOverrides": [{"name": "web", "memory": 4096}]},
            "The 'memory' setting for container 'web' is greater than for the task",
        ),
    ],
)
def test_overrides_may_not_make_the_task_impossible(overrides: dict[str, Any], text: str) -> None:
    merged = merged_definition(definition_of(fargate()), overriding(**overrides))
    with pytest.raises(ClientException) as refused:
        check_merged(merged, "FARGATE")
    assert refused.value.message == text


def test_a_stranger_is_named_by_its_arn() -> None:
    told_ = stranger_spec(f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/blue/{TASK_ID}")
    assert (told_.cluster, told_.region, told_.containers) == ("blue", REGION, ())
    assert stranger_spec("nonsense").cluster == ""
