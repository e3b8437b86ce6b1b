"""Whole container-create bodies, compared literally."""

import pytest

from agent.bodies import ARN, AROUND, EC2_ENV, ENV, IMAGE, LABELS, MIB, app, blue, body
from agent.lab import interface
from homeport.agent.create import (
    container_body,
    holder_body,
    may_borrow_holder,
    ready_holder_body,
)
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import (
    Device,
    HealthCheck,
    LogDriver,
    Mount,
    PortMapping,
    Tmpfs,
    Ulimit,
    Volume,
    VolumesFrom,
)


def test_the_least_definition_makes_the_least_body() -> None:
    assert body(blue(app(command=None))) == {
        "Image": "img",
        "Env": [*ENV, *EC2_ENV],
        "Labels": LABELS,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {"NetworkMode": "bridge", "CpuShares": 2},
    }


EVERYTHING = app(
    command=("run", "it"),
    entry_point=("/bin/sh", "-c"),
    environment={"A": "1", "B": "x=y"},
    cpu=512,
    memory_mib=128,
    memory_reservation_mib=64,
    working_directory="/srv",
    user="1000:1000",
    hostname="host1",
    links=("db", "cache:c"),
    port_mappings=(
        PortMapping(container_port=80, host_port=8080),
        PortMapping(container_port=53, protocol="udp"),
        PortMapping(container_port_range="9000-9001"),
    ),
    mounts=(
        Mount(volume="host", container_path="/h", read_only=True),
        Mount(volume="own", container_path="/o"),
        Mount(volume="all", container_path="/a"),
    ),
    volumes_from=(VolumesFrom(container="db", read_only=True),),
    health_check=HealthCheck(
        command=("CMD-SHELL", "true"), interval_s=30, timeout_s=0.5, retries=3, start_period_s=0
    ),
    log=LogDriver(driver="json-file", options={"max-size": "1m"}),
    ulimits=(Ulimit(name="nofile", soft=10, hard=20),),
    labels={"team": "x", "com.amazonaws.ecs.cluster": "mine"},
    extra_hosts=(("a.example", "10.0.0.1"),),
    dns_servers=("10.0.0.2",),
    dns_search_domains=("example",),
    privileged=True,
    read_only_root=True,
    interactive=True,
    tty=True,
    security_options=("no-new-privileges",),
    sysctls={"net.core.somaxconn": "9"},
    capabilities_add=("NET_ADMIN",),
    capabilities_drop=("ALL",),
    devices=(Device(host_path="/dev/a", container_path="/dev/b", permissions="rw"),),
    tmpfs=(Tmpfs(container_path="/t", size_mib=8, options=("noexec",)),),
    init_process=True,
    shared_memory_mib=16,
    max_swap_mib=32,
    swappiness=10,
    gpus=1,
)
EVERY_VOLUME = (
    Volume(name="host", host_path="/srv/data"),
    Volume(name="own"),
    Volume(name="all", scope="shared", docker_defined=True),
)
EVERYTHING_OF_THE_HOST = {
    "NetworkMode": "bridge",
    "CpuShares": 512,
    "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}},
    "PortBindings": {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "0.0.0.0", "HostPort": ""}],
        "9000/tcp": [{"HostIp": "0.0.0.0", "HostPort": ""}],
        "9001/tcp": [{"HostIp": "0.0.0.0", "HostPort": ""}],
    },
    "Binds": [
        "/srv/data:/h:ro",
        "ecs-web-7-own-54139ef62f5bcbf073e6:/o",
        "all:/a",
    ],
    "VolumesFrom": ["ecs-web-7-db-0:ro"],
    "Links": ["ecs-web-7-db-0:db", "ecs-web-7-cache-0:c"],
    "Init": True,
    "Privileged": True,
    "ReadonlyRootfs": True,
    "SecurityOpt": ["no-new-privileges"],
    "CapAdd": ["NET_ADMIN"],
    "CapDrop": ["ALL"],
    "Sysctls": {"net.core.somaxconn": "9"},
    "Memory": 128 * MIB,
    "MemoryReservation": 64 * MIB,
    "MemorySwap": 160 * MIB,
    "MemorySwappiness": 10,
    "ShmSize": 16 * MIB,
    "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}],
    "Devices": [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "rw"}],
    "Tmpfs": {"/t": "noexec,size=8m"},
    "DeviceRequests": [{"Driver": "nvidia", "Count": 1, "Capabilities": [["gpu"]]}],
    "Dns": ["10.0.0.2"],
    "DnsSearch": ["example"],
    "ExtraHosts": ["a.example:10.0.0.1"],
}


def test_everything_a_definition_can_say() -> None:
    spec = blue(app("db"), app("cache"), EVERYTHING, volumes=EVERY_VOLUME)
    assert body(spec) == {
        "Image": "img",
        "Env": ["A=1", "B=x=y", *ENV, *EC2_ENV],
        "Labels": {"team": "x", **LABELS},
        "Healthcheck": {
            "Test": ["CMD-SHELL", "true"],
            "Interval": 30_000_000_000,
            "Timeout": 500_000_000,
            "Retries": 3,
            "StartPeriod": 0,
        },
        "Cmd": ["run", "it"],
        "Entrypoint": ["/bin/sh", "-c"],
        "WorkingDir": "/srv",
        "User": "1000:1000",
        "Hostname": "host1",
        "Tty": True,
        "OpenStdin": True,
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}, "9000/tcp": {}, "9001/tcp": {}},
        "HostConfig": EVERYTHING_OF_THE_HOST,
    }


def test_a_lone_awsvpc_container_bears_the_address() -> None:
    spec = blue(
        app(hostname="ignored", port_mappings=(PortMapping(container_port=80),)),
        network_mode="awsvpc",
        launch_type="FARGATE",
        interface=interface("vpc-1", 9),
        cpu=256,
        memory_mib=512,
    )
    around = Surroundings(node_id="n1", cgroup_parent="/ecs/0123")
    assert body(spec, around) == {
        "Image": "img",
        "Env": [*ENV, "AWS_EXECUTION_ENV=AWS_ECS_FARGATE", *EC2_ENV[1:]],
        "Labels": LABELS,
        "Healthcheck": {"Test": ["NONE"]},
        "Cmd": ["sleep", "1000"],
        "Hostname": "ip-10-213-1-9.ec2.internal",
        "HostConfig": {
            "NetworkMode": "homeport-vpc-1",
            "CpuShares": 2,
            "CgroupParent": "/ecs/0123",
        },
        "MacAddress": "02:42:0a:d5:01:09",
        "NetworkingConfig": {
            "EndpointsConfig": {
                "homeport-vpc-1": {
                    "IPAMConfig": {"IPv4Address": "10.213.1.9"},
                    "MacAddress": "02:42:0a:d5:01:09",
                }
            }
        },
    }


SHARED = blue(
    app("side", dns_servers=("10.0.0.2",), extra_hosts=(("x", "10.0.0.1"),)),
    app(
        dns_servers=("10.0.0.2", "10.0.0.3"),
        sysctls={"net.core.somaxconn": "9", "kernel.msgmax": "10"},
        hostname="h",
    ),
    network_mode="awsvpc",
    interface=interface("vpc-1", 9),
    pid_mode="task",
    ipc_mode="task",
)


def test_several_awsvpc_containers_live_in_the_holders_namespaces() -> None:
    around = Surroundings(node_id="n1", holder_id="hold")
    assert body(SHARED, around) == {
        "Image": "img",
        "Env": [*ENV, *EC2_ENV],
        "Labels": LABELS,
        "Healthcheck": {"Test": ["NONE"]},
        "Cmd": ["sleep", "1000"],
        "HostConfig": {
            "NetworkMode": "container:hold",
            "CpuShares": 2,
            "PidMode": "container:hold",
            "IpcMode": "container:hold",
        },
    }


def test_the_holder_has_what_the_containers_share() -> None:
    assert holder_body(SHARED, AROUND) == {
        "Image": "homeport/pause:1",
        "Cmd": ["/bin/busybox", "sleep", "2147483647"],
        "Labels": {
            "com.amazonaws.ecs.cluster": "blue",
            "com.amazonaws.ecs.container-name": "~internal~ecs~pause",
            "com.amazonaws.ecs.task-arn": ARN,
            "com.amazonaws.ecs.task-definition-family": "web",
            "com.amazonaws.ecs.task-definition-version": "7",
            "homeport.node": "n1",
            "homeport.task-arn": ARN,
            "homeport.role": "holder",
        },
        "Healthcheck": {"Test": ["NONE"]},
        "Hostname": "ip-10-213-1-9.ec2.internal",
        "MacAddress": "02:42:0a:d5:01:09",
        "NetworkingConfig": {
            "EndpointsConfig": {
                "homeport-vpc-1": {
                    "IPAMConfig": {"IPv4Address": "10.213.1.9"},
                    "MacAddress": "02:42:0a:d5:01:09",
                }
            }
        },
        "HostConfig": {
            "NetworkMode": "homeport-vpc-1",
            "LogConfig": {"Type": "none", "Config": {}},
            "IpcMode": "shareable",
            "Init": True,
            "Dns": ["10.0.0.2", "10.0.0.3"],
            "ExtraHosts": ["x:10.0.0.1"],
            "Sysctls": {"net.core.somaxconn": "9", "kernel.msgmax": "10"},
        },
    }


def test_host_and_none_networks_and_namespaces_of_the_host() -> None:
    spec = blue(
        app(port_mappings=(PortMapping(container_port=80),), hostname="h"),
        network_mode="host",
        pid_mode="host",
        ipc_mode="none",
    )
    made = container_body(spec, spec.containers[0], IMAGE, "m1", AROUND)
    assert made["HostConfig"] == {
        "NetworkMode": "host",
        "CpuShares": 2,
        "PidMode": "host",
        "IpcMode": "none",
    }
    assert "Hostname" not in made
    assert "ExposedPorts" not in made
    spec = blue(app(disable_networking=True), network_mode="none")
    made = container_body(spec, spec.containers[0], IMAGE, "m1", AROUND)
    assert made["NetworkDisabled"] is True
    assert made["HostConfig"]["NetworkMode"] == "none"


def test_numbers_are_kept_within_dockers_bounds() -> None:
    spec = blue(app(cpu=10**7, memory_mib=1))
    host = container_body(spec, spec.containers[0], IMAGE, "m1", AROUND)["HostConfig"]
    assert (host["CpuShares"], host["Memory"]) == (262_144, 4 * MIB)
    check = HealthCheck(
        command=("CMD", "x"), interval_s=0.0001, timeout_s=1, retries=1, start_period_s=0
    )
    spec = blue(app(health_check=check))
    made = container_body(spec, spec.containers[0], IMAGE, "m1", AROUND)
    assert made["Healthcheck"]["Interval"] == 1_000_000


def test_a_holder_that_is_ready_belongs_to_no_task() -> None:
    assert ready_holder_body("n1", "homeport-vpc-1", "10.213.0.2") == {
        "Image": "homeport/pause:1",
        "Cmd": ["/bin/busybox", "sleep", "2147483647"],
        "Labels": {"homeport.node": "n1", "homeport.role": "ready"},
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            "NetworkMode": "homeport-vpc-1",
            "LogConfig": {"Type": "none", "Config": {}},
        },
        "NetworkingConfig": {
            "EndpointsConfig": {"homeport-vpc-1": {"IPAMConfig": {"IPv4Address": "10.213.0.2"}}}
        },
    }


def test_a_lone_container_in_a_lent_holder_bears_nothing_itself() -> None:
    spec = blue(app(), network_mode="awsvpc", interface=interface("vpc-1", 9))
    made = container_body(
        spec, spec.containers[0], IMAGE, "m1", Surroundings(node_id="n1", holder_id="hold")
    )
    assert made["HostConfig"] == {"NetworkMode": "container:hold", "CpuShares": 2}
    assert not {"Hostname", "MacAddress", "NetworkingConfig"} & made.keys()


@pytest.mark.parametrize(
    ("members", "task_members", "may"),
    [
        ({}, {}, True),
        ({"sysctls": {"kernel.msgmax": "9"}}, {}, True),
        ({"sysctls": {"net.core.somaxconn": "9"}}, {}, False),
        ({"dns_servers": ("10.0.0.2",)}, {}, False),
        ({"extra_hosts": (("a", "10.0.0.1"),)}, {}, False),
        ({}, {"pid_mode": "task"}, False),
        ({}, {"ipc_mode": "task"}, False),
        ({}, {"network_mode": "bridge"}, False),
        ({}, {"interface": None}, False),
    ],
)
def test_which_tasks_may_borrow_a_holder(
    members: dict[str, object], task_members: dict[str, object], may: bool
) -> None:
    given = {"network_mode": "awsvpc", "interface": interface("vpc-1", 9)} | task_members
    assert may_borrow_holder(blue(app(**members), **given)) is may
