"""A whole agent on a real Engine, told what to run by a fleet that records."""

import asyncio
import contextlib
import json
import os

import msgspec
import pytest

from fleet_recorder import TOKEN, RecordingFleet, announce, gate_of, serving, within
from homeport.agent import machine
from homeport.agent.engine import Engine
from homeport.agent.link import ControlPlane
from homeport.agent.main import AgentSettings, run_agent
from homeport.agent.names import network_name
from homeport.agent.troubles import EngineError
from homeport.contracts.identity import AccessKey
from homeport.link.messages import Assignment
from homeport.link.spec import ContainerSpec, InterfaceSpec, TaskSpec
from homeport.runtime.system import SystemClock

pytestmark = pytest.mark.e2e

TASK_ARN = "arn:aws:ecs:us-east-1:000000000000:task/default/" + "0123456789abcdef" * 2


def container(script: str) -> ContainerSpec:
    return ContainerSpec(
        name="probe",
        arn=TASK_ARN.replace(":task/", ":container/") + "/probe",
        docker_name=f"ecs-probe-1-probe-{os.getpid()}",
        image="sample:latest",
        command=("sh", "-c", script),
        memory_mib=64,
        stop_timeout_s=1.0,
        image_pull="prefer-cached",
    )


def spec(script: str, **changes: object) -> TaskSpec:
    members: dict[str, object] = {
        "task_arn": TASK_ARN,
        "cluster": "default",
        "family": "probe",
        "revision": 1,
        "network_mode": "bridge",
        "launch_type": "EC2",
        "containers": (container(script),),
        "task_role_credentials_id": "role-id",
        "region": "us-east-1",
        "availability_zone": "us-east-1a",
    }
    return TaskSpec(**members | changes)  # type: ignore[arg-type]


@pytest.fixture
def scene(store, clock, ids, tmp_path):
    if os.environ.get("HOMEPORT_LAB") != "1":
        pytest.skip("not in a lab: use `make test`, or scripts/lab run -- pytest tests/agent")

    def play(test):
        async def act():
            fleet = RecordingFleet()
            fleet.credentials["role-id"] = AccessKey(
                access_key_id="ASIAROLE",
                secret_access_key="secret",
                session_token="token",
                account="000000000000",
                principal="p",
                expires_at=4e9,
                role_arn="arn:aws:iam::000000000000:role/r",
            )
            async with serving(gate_of(fleet, store, SystemClock(), ids)) as port:
                there = ControlPlane(
                    url=f"http://127.0.0.1:{port}",
                    token=TOKEN,
                    region="us-east-1",
                    account="000000000000",
                )
                settings = AgentSettings(find=lambda: there, state_dir=tmp_path)
                running = asyncio.create_task(run_agent(settings, clock=SystemClock()))
                try:
                    await test(fleet, store)
                finally:
                    running.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await running

        within(act())

    play.node = lambda: "arn:node/" + machine.node_id(tmp_path)
    return play


async def ended(it, fleet, store, task):
    """The report of the one container and what it wrote; nothing of the task is left after."""

    async def told(generation, desired):
        assignment = Assignment(
            task_arn=TASK_ARN, generation=generation, desired=desired, spec=task
        )
        fleet.assigned = [assignment]
        await announce(store, it.node())

    def newest():
        return (fleet.reports_of(TASK_ARN) or [None])[-1]

    await told(1, "RUNNING")
    await fleet.until(lambda: newest() and newest().phase == "STOPPED")
    (report,) = newest().containers
    engine = Engine()
    written = await engine.log_tail(report.docker_id, 100, tty=False)
    await engine.close()
    await told(2, "REMOVED")
    await fleet.until(lambda: newest().phase == "REMOVED")
    await told(3, "FORGOTTEN")
    return report, [json.loads(line) for line in written.splitlines() if line]


def test_a_container_reads_its_metadata_its_stats_and_its_roles_credentials(scene):
    script = (
        "for path in $ECS_CONTAINER_METADATA_URI_V4 $ECS_CONTAINER_METADATA_URI_V4/task "
        "$ECS_CONTAINER_METADATA_URI_V4/stats $ECS_CONTAINER_METADATA_URI/task "
        "http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; do "
        "wget -q -O - $path || exit 1; echo; done"
    )

    async def test(fleet, store):
        report, written = await ended(scene, fleet, store, spec(script))
        assert report.exit_code == 0, report
        own, task, stats, task_v3, credentials = written
        assert own["DockerId"] == report.docker_id
        assert own["KnownStatus"] == "RUNNING"
        assert own["Networks"][0]["IPv4Addresses"][0].startswith("172.")
        assert task["TaskARN"] == task_v3["TaskARN"] == TASK_ARN
        assert task["Containers"] == [own]
        assert stats["id"] == report.docker_id
        assert stats["memory_stats"]["usage"] > 0
        assert credentials["AccessKeyId"] == "ASIAROLE"

    scene(test)


async def without_network(name):
    """Remove it, once no holder is being born in it any more."""
    engine = Engine()
    try:
        async with asyncio.timeout(30):
            while await engine.inspect_network(name) is not None:
                with contextlib.suppress(EngineError):
                    await engine.remove_network(name)
                await asyncio.sleep(0.1)
    finally:
        await engine.close()


def test_an_awsvpc_task_reads_them_at_its_own_address(scene):
    interface = InterfaceSpec(
        interface_id="eni-1",
        attachment_id="a-1",
        vpc_id="vpc-agentlive",
        vpc_cidr="10.231.0.0/16",
        subnet_cidr="10.231.16.0/20",
        private_ipv4="10.231.16.7",
        mac_address="02:42:0a:e7:10:07",
        private_dns_name="ip-10-231-16-7.ec2.internal",
    )
    script = (
        "wget -q -O - $ECS_CONTAINER_METADATA_URI_V4 && echo && "
        "wget -q -O - http://169.254.170.2/v2/metadata"
    )
    task = spec(script, network_mode="awsvpc", launch_type="FARGATE", interface=interface)

    async def test(fleet, store):
        report, written = await ended(scene, fleet, store, task)
        await without_network(network_name(interface.vpc_id))
        assert report.exit_code == 0, report
        own, by_address = written
        assert own["Networks"][0]["IPv4Addresses"] == ["10.231.16.7"]
        assert own["Networks"][0]["MACAddress"] == "02:42:0a:e7:10:07"
        assert by_address["TaskARN"] == TASK_ARN
        assert by_address["Containers"][0]["DockerId"] == report.docker_id

    scene(test)


def test_the_hello_tells_what_the_engine_is(scene):
    async def test(fleet, store):
        await fleet.until(lambda: fleet.of("hello") and fleet.of("engine"))
        hello = msgspec.to_builtins(fleet.of("hello")[-1])
        assert hello["docker_version"]
        assert hello["cpu"] >= 1024
        assert "com.amazonaws.ecs.capability.logging-driver.awslogs" in hello["attributes"]
        assert fleet.of("engine")[-1].connected

    scene(test)
