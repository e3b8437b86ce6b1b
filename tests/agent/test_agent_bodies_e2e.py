"""What a container definition asks for, found again in containers on a real Engine."""

import asyncio
import socket
from pathlib import Path

import pytest

from agent.lab import Lab, container, in_lab, interface, of, task, told
from homeport.link.spec import (
    Dependency,
    HealthCheck,
    LogDriver,
    Mount,
    PortMapping,
    Tmpfs,
    Ulimit,
    Volume,
    VolumesFrom,
)

pytestmark = pytest.mark.e2e


def test_the_bodys_details_reach_the_container(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        look = (
            "touch /nothing 2>/dev/null || echo read-only; ulimit -n; ulimit -Hn; id -u; pwd; "
            "cat /proc/sys/net/core/somaxconn; df /scratch | tail -1; echo $GREETING; "
            "grep example /etc/hosts; cat /etc/resolv.conf"
        )
        spec = task(
            container(
                command=("sh", "-c", look),
                read_only_root=True,
                ulimits=(Ulimit(name="nofile", soft=100, hard=200),),
                user="1000",
                working_directory="/tmp",
                sysctls={"net.core.somaxconn": "77"},
                tmpfs=(Tmpfs(container_path="/scratch", size_mib=8),),
                environment={"GREETING": "hello"},
                extra_hosts=(("example", "10.1.2.3"),),
                dns_servers=("10.9.9.9",),
                init_process=True,
            )
        )
        lines = of(await lab.run_to_end(spec)).last_lines
        assert lines[:6] == ("read-only", "100", "200", "1000", "/tmp", "77")
        assert lines[6].split()[1] == "8192"
        assert lines[7] == "hello"
        assert lines[8].split() == ["10.1.2.3", "example"]
        assert "nameserver 10.9.9.9" in lines

    in_lab(docker_host, scenario)


def test_a_path_of_the_host_is_bound(docker_host: str, tmp_path: Path) -> None:
    async def scenario(lab: Lab) -> None:
        (tmp_path / "in").write_text("from the host\n")
        command = ("sh", "-c", "cat /data/in; echo back > /data/out; touch /fixed/x || echo ro")
        spec = task(
            container(
                command=command,
                mounts=(
                    Mount(volume="data", container_path="/data"),
                    Mount(volume="data", container_path="/fixed", read_only=True),
                ),
            ),
            volumes=(Volume(name="data", host_path=str(tmp_path)),),
        )
        report = await lab.run_to_end(spec)
        assert "from the host" in of(report).last_lines
        assert "ro" in of(report).last_lines
        assert (tmp_path / "out").read_text() == "back\n"

    in_lab(docker_host, scenario)


def test_a_volume_of_the_task_is_shared_and_ends_with_it(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        write = container(
            "write",
            command=("sh", "-c", "echo shared > /a/file"),
            mounts=(Mount(volume="box", container_path="/a"),),
            essential=False,
        )
        read = container(
            command=("sh", "-c", "cat /a/file"),
            volumes_from=(VolumesFrom(container="write", read_only=True),),
            depends_on=(Dependency(container="write", condition="SUCCESS"),),
        )
        spec = task(write, read, volumes=(Volume(name="box"),))
        report = await lab.run_to_end(spec)
        assert of(report).last_lines == ("shared",)
        label = f"homeport.task-arn={spec.task_arn}"
        (volume,) = await lab.engine.list_volumes([label])
        assert volume["Name"].startswith("ecs-lab-1-box-")
        await lab.remove(spec)
        assert await lab.engine.list_volumes([label]) == []

    in_lab(docker_host, scenario)


def test_a_shared_volume_outlives_the_task_and_must_exist_or_be_provisioned(
    docker_host: str,
) -> None:
    async def scenario(lab: Lab) -> None:
        name = f"lab-{lab.node_id[:8]}"
        mounts = (Mount(volume=name, container_path="/a"),)
        absent = Volume(name=name, scope="shared", docker_defined=True)
        report = await lab.run_to_end(task(container(mounts=mounts), volumes=(absent,)))
        assert report.error == (
            f"CannotInspectVolumeError: volume detection failed, volume '{name}' does not exist "
            "and autoprovision is set to false"
        )
        assert of(report).status == "STOPPED"
        made = Volume(name=name, scope="shared", autoprovision=True, docker_defined=True)
        spec = task(container(mounts=mounts), volumes=(made,))
        try:
            await lab.run(spec)
            await lab.remove(spec)
            assert await lab.engine.inspect_volume(name) is not None
        finally:
            await lab.engine.remove_volume(name)

    in_lab(docker_host, scenario)


def test_two_awsvpc_containers_talk_over_localhost_once_one_is_healthy(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        serve = "mkdir /w; echo hi > /w/i; sleep 0.7; httpd -p 80 -h /w; touch /up; sleep 1000"
        server = container(
            "server",
            command=("sh", "-c", serve),
            health_check=HealthCheck(
                command=("CMD-SHELL", "test -f /up"),
                interval_s=0.3,
                timeout_s=2,
                retries=9,
                start_period_s=0,
            ),
        )
        get = r"printf 'GET /i HTTP/1.0\r\n\r\n' | nc 127.0.0.1 80 | tail -1; hostname; sleep 1000"
        client = container(
            command=("sh", "-c", get),
            depends_on=(Dependency(container="server", condition="HEALTHY"),),
        )
        own = interface(lab.vpc_id, 10)
        spec = task(server, client, network_mode="awsvpc", interface=own)
        report = await lab.run(spec)
        assert of(report, "server").health == "HEALTHY"
        assert report.interface_attached
        assert (report.interface_ipv4, report.interface_mac) == (
            own.private_ipv4,
            own.mac_address,
        )
        healthy = next(
            each.at for each in report.happenings if each.what == "health check: healthy"
        )
        started = of(report).started_at
        assert started is not None
        assert started > healthy
        report = await lab.stop(spec)
        assert of(report).last_lines == ("hi", own.private_dns_name)
        assert len(await lab.containers(spec)) == 3
        await lab.remove(spec)
        assert await lab.containers(spec) == []

    in_lab(docker_host, scenario)


async def ask(address: str, port: int) -> str:
    """One HTTP request from the host."""
    for _ in range(60):
        try:
            reader, writer = await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.write(b"GET /i HTTP/1.0\r\n\r\n")
        said = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return said
    raise AssertionError(f"{address}:{port} does not answer")


def test_a_lone_awsvpc_container_bears_the_tasks_address(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        serve = "mkdir /w; echo hi > /w/i; httpd -p 80 -h /w; sleep 1000"
        own = interface(lab.vpc_id, 11)
        spec = task(container(command=("sh", "-c", serve)), network_mode="awsvpc", interface=own)
        report = await lab.run(spec)
        assert len(await lab.containers(spec)) == 1
        assert report.interface_attached
        network = (await lab.inspect(report))["NetworkSettings"]["Networks"]
        (attached,) = network.values()
        assert attached["IPAddress"] == own.private_ipv4
        assert attached["MacAddress"] == own.mac_address
        assert attached["Gateway"] == "10.213.0.1"
        assert (await ask(own.private_ipv4, 80)).endswith("hi\n")
        known = lab.node.tasks()[0].containers[0]
        assert known.ipv4_addresses == (own.private_ipv4,)

        get = rf"printf 'GET /i HTTP/1.0\r\n\r\n' | nc {own.private_ipv4} 80 | tail -1"
        other = task(
            container(command=("sh", "-c", get)),
            network_mode="awsvpc",
            interface=interface(lab.vpc_id, 12),
        )
        assert of(await lab.run_to_end(other)).last_lines == ("hi",)

    in_lab(docker_host, scenario)


def test_an_address_that_is_taken_is_a_networking_error(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        own = interface(lab.vpc_id, 13)
        await lab.run(task(network_mode="awsvpc", interface=own))
        report = await lab.run_to_end(task(network_mode="awsvpc", interface=own))
        said = of(report).reason or report.error or ""
        assert said.startswith("ContainerNetworkingError: ")
        pair = task(container("a"), container("b"), network_mode="awsvpc", interface=own)
        report = await lab.run_to_end(pair)
        assert (report.error or "").startswith("ContainerNetworkingError: ")
        await lab.remove(pair)
        assert await lab.containers(pair) == []

    in_lab(docker_host, scenario)


def test_an_abandoned_bridge_of_a_vpc_gives_way(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(network_mode="awsvpc", interface=interface(lab.vpc_id, 14))
        await lab.run(spec)
        second = interface(f"{lab.vpc_id}b", 14)
        report = await lab.run_to_end(task(network_mode="awsvpc", interface=second))
        assert (report.error or "").startswith("ResourceInitializationError: ")
        await lab.remove(spec)
        try:
            await lab.run(task(network_mode="awsvpc", interface=second))
        finally:
            await lab.sweep()
            for each in await lab.engine.list_networks(f"homeport.vpc={lab.vpc_id}b"):
                await lab.engine.remove_network(each["Name"])

    in_lab(docker_host, scenario)


def test_the_loss_of_the_holder_stops_the_task(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        own = interface(lab.vpc_id, 15)
        spec = task(container("a"), container("b"), network_mode="awsvpc", interface=own)
        await lab.run(spec)
        holder = next(each for each in await lab.containers(spec) if "pause" in each["Names"][0])
        await lab.engine.kill(holder["Id"], "SIGKILL")
        report = await lab.until(spec, "STOPPED")
        assert (report.error or "").startswith("ContainerNetworkingError: ")

    in_lab(docker_host, scenario)


def test_host_network_reports_its_ports_and_none_has_none(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        mapping = PortMapping(container_port=8123, host_port=8123)
        spec = task(container(port_mappings=(mapping,)), network_mode="host")
        report = await lab.run(spec)
        assert [each.host_port for each in of(report).bindings] == [8123]
        spec = task(container(command=("sh", "-c", "ls /sys/class/net")), network_mode="none")
        assert of(await lab.run_to_end(spec)).last_lines == ("lo",)

    in_lab(docker_host, scenario)


def test_containers_that_share_pid_and_ipc_namespaces_see_each_other(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(
            container("a", command=("sleep", "4321")),
            container(
                command=("sh", "-c", "ps | grep 'sleep 4321' | grep -v grep | wc -l"),
                depends_on=(Dependency(container="a", condition="START"),),
            ),
            pid_mode="task",
            ipc_mode="task",
        )
        report = await lab.run_to_end(spec)
        assert of(report).last_lines == ("1",)

    in_lab(docker_host, scenario)


def test_the_limits_of_a_task_as_a_whole_are_the_kernels(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        grow = ("sh", "-c", "sleep 1; a=x; while :; do a=$a$a; done")
        spec = task(
            container(command=grow),
            container("other", essential=False),
            cpu=256,
            memory_mib=32,
            launch_type="FARGATE",
            network_mode="awsvpc",
            interface=interface(lab.vpc_id, 16),
        )
        report = await lab.run(spec)
        inspected = await lab.inspect(report)
        parent = inspected["HostConfig"]["CgroupParent"]
        assert spec.task_arn.rsplit("/", 1)[-1] in parent
        report = await lab.until(spec, "STOPPED")
        assert of(report).oom_killed, told(report)
        assert not of(report, "other").oom_killed
        await lab.remove(spec)
        task_id = spec.task_arn.rsplit("/", 1)[-1]
        assert list(Path("/sys/fs/cgroup").glob(f"*/ecs/{task_id}")) == []

    in_lab(docker_host, scenario)


def test_a_task_learns_its_endpoints(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(container(command=("env",)), task_role_credentials_id="cred-1")
        report = await lab.run_to_end(spec)
        known = lab.node.tasks()[0].containers[0]
        said = dict(line.split("=", 1) for line in of(report).last_lines)
        uri = f"http://169.254.170.2/v4/{known.metadata_id}"
        assert said["ECS_CONTAINER_METADATA_URI_V4"] == uri
        assert said["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] == "/v2/credentials/cred-1"
        found = lab.node.known_by_metadata_id(known.metadata_id)
        assert found is not None
        assert found[1].spec.name == "app"
        assert lab.node.known_by_metadata_id("") is None
        by_credentials = lab.node.known_by_credentials_id("cred-1")
        assert by_credentials is not None
        assert by_credentials.spec == spec

    in_lab(docker_host, scenario)


def test_stats_are_one_reading(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        report = await lab.run(task())
        read = await lab.engine.stats(of(report).docker_id or "")
        assert read["memory_stats"]["usage"] > 0

    in_lab(docker_host, scenario)


def test_a_dead_log_endpoint_is_a_start_error_in_full(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        options = {"awslogs-group": "g", "awslogs-endpoint": f"http://127.0.0.1:{port}"}
        spec = task(container(log=LogDriver(driver="awslogs", options=options)))
        report = await lab.run_to_end(spec)
        assert (of(report).reason or "").startswith("CannotStartContainerError: ")

    in_lab(docker_host, scenario)
