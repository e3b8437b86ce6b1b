import os
import re

import pytest

from homeport.agent import machine
from homeport.agent.engine import EngineFacts

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
br1\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t0100000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
"""

ENGINE = EngineFacts(
    cpus=4,
    memory_bytes=8 * 1024**3 + 5,
    architecture="x86_64",
    volume_drivers=("local", "rexray/ebs:latest"),
    log_drivers=("awslogs", "json-file", "local", "gcplogs", "syslog"),
    security_options=("name=apparmor", "name=seccomp,profile=default"),
)


def attributes(engine=ENGINE, **custom):
    return machine.attributes(
        engine, availability_zone="us-east-1a", instance_type="homeport", custom=custom
    )


def test_the_networks_of_the_routing_table_are_read_without_the_default_route():
    assert machine.parse_routes(ROUTES) == ("192.168.1.0/24", "172.17.0.0/16", "10.0.0.1/32")
    assert machine.parse_routes("") == ()


def test_this_machines_routes_can_be_read():
    assert all(re.match(r"^[\d.]+/\d+$", each) for each in machine.taken_networks())


def test_the_machine_is_what_its_engine_says_it_is():
    assert machine.cpu_units(ENGINE) == 4096
    assert machine.memory_mib(ENGINE) == 8192


def test_without_an_engine_the_machine_is_what_its_kernel_says():
    assert machine.cpu_units(EngineFacts()) % 1024 == 0
    assert machine.memory_mib(EngineFacts()) > 0
    assert machine.parse_meminfo("MemTotal:       16384 kB\nMemFree: 1 kB\n") == 16384 * 1024
    assert machine.parse_meminfo("") == 0


def test_the_built_in_attributes_have_values_and_capabilities_have_none():
    said = attributes()
    assert {name: value for name, value in said.items() if value is not None} == {
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": "x86_64",
        "ecs.availability-zone": "us-east-1a",
        "ecs.instance-type": "homeport",
    }
    assert {
        "ecs.capability.task-eni",
        "ecs.capability.execution-role-awslogs",
        "ecs.capability.container-ordering",
        "com.amazonaws.ecs.capability.task-iam-role",
        "com.amazonaws.ecs.capability.privileged-container",
        "ecs.capability.docker-plugin.local",
    } <= said.keys()


def test_the_versions_of_the_engines_api_are_those_the_agent_tells():
    prefix = "com.amazonaws.ecs.capability.docker-remote-api.1."
    told = [int(each.removeprefix(prefix)) for each in attributes() if each.startswith(prefix)]
    assert told == [17, 18, 19, 20, 21, 22, 23, 24, 25, 28, 29, 30, 32]


def test_plugins_and_security_modules_of_the_engine_are_capabilities():
    said = attributes()
    drivers = [each.split("logging-driver.")[1] for each in said if "logging-driver." in each]
    assert drivers == ["awslogs", "json-file", "none", "syslog"]
    assert "ecs.capability.docker-plugin.rexray/ebs" in said
    assert "ecs.capability.docker-plugin.rexray/ebs.latest" in said
    assert "com.amazonaws.ecs.capability.apparmor" in said
    assert "com.amazonaws.ecs.capability.selinux" not in said


def test_the_owners_attributes_win():
    said = attributes(**{"rack": "a", "ecs.availability-zone": "us-east-1c"})
    assert (said["rack"], said["ecs.availability-zone"]) == ("a", "us-east-1c")


@pytest.mark.parametrize(("kernel", "ecs"), [("aarch64", "arm64"), ("amd64", "x86_64")])
def test_architectures_are_spelled_as_ecs_spells_them(kernel, ecs):
    assert attributes(EngineFacts(architecture=kernel))["ecs.cpu-architecture"] == ecs


def test_a_nodes_id_is_made_once_and_kept(tmp_path):
    made = machine.node_id(tmp_path / "state")
    assert re.match(r"^[0-9a-f]{32}$", made)
    assert machine.node_id(tmp_path / "state") == made


def test_a_damaged_id_is_an_error_not_a_new_node(tmp_path):
    (tmp_path / "node-id").write_text("what?")
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        machine.node_id(tmp_path)


def test_one_agent_at_a_time_has_a_state_directory(tmp_path):
    held = machine.lock(tmp_path)
    with pytest.raises(machine.AlreadyRunning, match="An agent runs already"):
        machine.lock(tmp_path)
    os.close(held)
    os.close(machine.lock(tmp_path))
