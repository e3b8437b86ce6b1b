"""Tasks as a node knows them, for the tests of the metadata endpoint."""

from homeport.agent.known import KnownContainer, KnownTask
from homeport.link.messages import Binding, ContainerReport, TaskReport
from homeport.link.spec import (
    ContainerSpec,
    HealthCheck,
    InterfaceSpec,
    LogDriver,
    RestartPolicy,
    TaskSpec,
)

TASK_ARN = "arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef"
CONTAINER_ARN = "arn:aws:ecs:us-east-1:000000000000:container/default/0123/c1"

WEB = ContainerSpec(
    name="web",
    arn=CONTAINER_ARN,
    docker_name="ecs-demo-3-web-8eb6cfc1b4cd",
    image="sample:latest",
    cpu=128,
    memory_mib=256,
    health_check=HealthCheck(
        command=("CMD-SHELL", "true"), interval_s=30, timeout_s=5, retries=3, start_period_s=0
    ),
    restart_policy=RestartPolicy(attempt_period_s=60),
    log=LogDriver(driver="awslogs", options={"awslogs-group": "/ecs/demo"}),
)

WEB_REPORT = ContainerReport(
    name="web",
    status="RUNNING",
    docker_id="d0c0ffee",
    health="HEALTHY",
    health_output="ok\n",
    bindings=(Binding(bind_ip="0.0.0.0", container_port=80, host_port=32768, protocol="tcp"),),
    created_at=1_700_000_001.25,
    started_at=1_700_000_002.0,
    restart_count=1,
)

KNOWN_WEB = KnownContainer(
    spec=WEB,
    report=WEB_REPORT,
    metadata_id="11111111-2222",
    desired="RUNNING",
    image_id="sha256:cafe",
    labels={"com.amazonaws.ecs.container-name": "web"},
    health_since=1_700_000_030.5,
    volumes=(("ecs-demo-3-data", "/var/lib/docker/volumes/data/_data", "/data"), ("", "/h", "/m")),
    ipv4_addresses=("172.17.0.2",),
)

SIDE = ContainerSpec(
    name="side", arn=CONTAINER_ARN + "2", docker_name="ecs-demo-3-side-1", image="side:1"
)

KNOWN_SIDE = KnownContainer(
    spec=SIDE,
    report=ContainerReport(
        name="side",
        status="STOPPED",
        docker_id="deadbeef",
        exit_code=0,
        finished_at=1_700_000_010.123456,
    ),
    metadata_id="33333333-4444",
    desired="RUNNING",
)

INTERFACE = InterfaceSpec(
    interface_id="eni-1",
    attachment_id="a-1",
    vpc_id="vpc-1",
    vpc_cidr="172.31.0.0/16",
    subnet_cidr="172.31.16.0/20",
    private_ipv4="172.31.16.7",
    mac_address="02:42:ac:1f:10:07",
    private_dns_name="ip-172-31-16-7.ec2.internal",
)


def bridge_task(**changes: object) -> KnownTask:
    members: dict[str, object] = {
        "task_arn": TASK_ARN,
        "cluster": "default",
        "family": "demo",
        "revision": 3,
        "network_mode": "bridge",
        "launch_type": "EC2",
        "containers": (WEB, SIDE),
        "availability_zone": "us-east-1a",
        "group": "family:demo",
        "region": "us-east-1",
        "tags": {"team": "x"},
    }
    return KnownTask(
        spec=TaskSpec(**members | changes),  # type: ignore[arg-type]
        desired="RUNNING",
        report=TaskReport(
            task_arn=TASK_ARN,
            sequence=1,
            phase="RUNNING",
            pull_started_at=1_700_000_000.0,
            pull_stopped_at=1_700_000_000.5,
        ),
        containers=(KNOWN_WEB, KNOWN_SIDE),
    )


def fargate_task() -> KnownTask:
    return bridge_task(
        network_mode="awsvpc",
        launch_type="FARGATE",
        interface=INTERFACE,
        cpu=256,
        memory_mib=512,
        service_name="shop",
    )
