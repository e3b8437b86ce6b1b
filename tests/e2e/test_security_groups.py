"""Security groups hold on real traffic: what no rule allows does not connect."""

import subprocess
from typing import Any

import pytest

from e2e_harness import Homeport, docker, wait_until

PORT = 8080
SERVE = ["sh", "-c", f"echo here > /tmp/index.html; httpd -f -p {PORT} -h /tmp"]
SECONDS = 30
PATIENT_S = 3
"""More than the second after which a dropped first packet is sent again."""


@pytest.fixture(scope="module")
def definition(homeport: Homeport) -> str:
    """A task that serves a page at its own address."""
    return homeport.register(
        "page",
        [{"name": "main", "command": SERVE}],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )


def vpc_of(homeport: Homeport) -> str:
    [vpc] = homeport.client("ec2").describe_vpcs()["Vpcs"]
    return str(vpc["VpcId"])


def new_group(homeport: Homeport, name: str) -> str:
    """A security group that lets everything out and nothing in."""
    made = homeport.client("ec2").create_security_group(
        GroupName=name, Description=name, VpcId=vpc_of(homeport)
    )
    return str(made["GroupId"])


def start(homeport: Homeport, definition: str, *groups: str) -> tuple[str, str]:
    """Docker id and address of a running task in these groups."""
    network = homeport.network()
    if groups:
        network["awsvpcConfiguration"]["securityGroups"] = [*groups]
    task = homeport.run_task(definition, launchType="FARGATE", networkConfiguration=network)
    running = homeport.until_status(task["taskArn"], "RUNNING")
    return where(running)


def where(task: dict[str, Any]) -> tuple[str, str]:
    container = task["containers"][0]
    return container["runtimeId"], container["networkInterfaces"][0]["privateIpv4Address"]


def get(container: str, url: str, seconds: int = 1) -> bool:
    """Whether the container gets an answer."""
    fetch = ["timeout", str(seconds), "wget", "-q", "-O", "-", url]
    done = subprocess.run(["docker", "exec", container, *fetch], capture_output=True, check=False)
    return done.returncode == 0


def reaches(container: str, address: str, seconds: int = 1) -> bool:
    return get(container, f"http://{address}:{PORT}/", seconds)


def until_reaches(container: str, address: str) -> None:
    wait_until(lambda: reaches(container, address), SECONDS)


def until_cut(container: str, address: str) -> None:
    wait_until(lambda: not reaches(container, address), SECONDS)


def until_serves(address: str) -> None:
    """Wait for a task's server from the machine, which may always connect."""

    def answers() -> bool:
        words = ["curl", "-s", "-o", "/dev/null", "-m", "1", f"http://{address}:{PORT}/"]
        return subprocess.run(words, check=False).returncode == 0

    wait_until(answers, SECONDS)


def rule(group: str) -> dict[str, Any]:
    """TCP to the page from members of `group`."""
    pair = [{"GroupId": group}]
    return {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": pair}


def test_tasks_of_two_groups_connect_only_while_a_rule_allows_it(
    homeport: Homeport, definition: str
) -> None:
    ec2 = homeport.client("ec2")
    client_group, server_group = new_group(homeport, "client"), new_group(homeport, "server")
    client, client_address = start(homeport, definition, client_group)
    server, server_address = start(homeport, definition, server_group)
    until_serves(server_address)
    assert not reaches(client, server_address, PATIENT_S)

    ec2.authorize_security_group_ingress(GroupId=server_group, IpPermissions=[rule(client_group)])
    until_reaches(client, server_address)
    assert not reaches(server, client_address)

    ec2.revoke_security_group_ingress(GroupId=server_group, IpPermissions=[rule(client_group)])
    until_cut(client, server_address)
    until_serves(server_address)

    allowed = rule(client_group) | {
        "UserIdGroupPairs": [],
        "IpRanges": [{"CidrIp": f"{client_address}/32"}],
    }
    ec2.authorize_security_group_ingress(GroupId=server_group, IpPermissions=[allowed])
    until_reaches(client, server_address)

    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=client_group, IpPermissions=[everything])
    until_cut(client, server_address)


def test_tasks_of_the_default_group_reach_each_other(homeport: Homeport, definition: str) -> None:
    one, _ = start(homeport, definition)
    _, other = start(homeport, definition)
    until_serves(other)
    assert reaches(one, other, PATIENT_S)
    stranger, _ = start(homeport, definition, new_group(homeport, "stranger"))
    assert not reaches(stranger, other, PATIENT_S)


def test_a_task_that_nothing_may_leave_still_has_its_metadata_and_the_api(
    homeport: Homeport, definition: str
) -> None:
    group = new_group(homeport, "mute")
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    homeport.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    mute, _ = start(homeport, definition, group)
    _, other = start(homeport, definition)
    until_serves(other)
    assert not reaches(mute, other, PATIENT_S)
    ask = 'timeout 5 wget -q -O - "$ECS_CONTAINER_METADATA_URI_V4/task"'
    assert "TaskARN" in docker("exec", mute, "sh", "-c", ask)
    # An answer of any kind: that it is an error without credentials is as good.
    knock = 'timeout 5 wget -S -O - "$AWS_ENDPOINT_URL/" 2>&1 || true'
    assert "HTTP/1.1" in docker("exec", mute, "sh", "-c", knock)


def test_rules_stay_when_homeport_is_killed_and_are_right_after_its_start(
    homeport: Homeport, definition: str
) -> None:
    ec2 = homeport.client("ec2")
    client_group, server_group = new_group(homeport, "c-kill"), new_group(homeport, "s-kill")
    client, client_address = start(homeport, definition, client_group)
    server, server_address = start(homeport, definition, server_group)
    ec2.authorize_security_group_ingress(GroupId=server_group, IpPermissions=[rule(client_group)])
    until_serves(client_address)
    until_reaches(client, server_address)

    homeport.kill()
    assert reaches(client, server_address, PATIENT_S)
    assert not reaches(server, client_address, PATIENT_S)
    homeport.start()
    assert reaches(client, server_address, PATIENT_S)
    assert not reaches(server, client_address, PATIENT_S)
    ec2.authorize_security_group_ingress(GroupId=client_group, IpPermissions=[rule(server_group)])
    ec2.revoke_security_group_ingress(GroupId=server_group, IpPermissions=[rule(client_group)])
    until_reaches(server, client_address)
    until_cut(client, server_address)


def test_rules_are_the_same_after_a_restart_of_the_engine(
    homeport: Homeport, definition: str
) -> None:
    ec2 = homeport.client("ec2")
    client_group, server_group = new_group(homeport, "c-dock"), new_group(homeport, "s-dock")
    client, client_address = start(homeport, definition, client_group)
    server, server_address = start(homeport, definition, server_group)
    ec2.authorize_security_group_ingress(GroupId=server_group, IpPermissions=[rule(client_group)])
    until_serves(client_address)
    until_reaches(client, server_address)
    subprocess.run(["scripts/lab", "restart-dockerd"], check=True)
    wait_until(lambda: "Docker is down" not in homeport.run("status"), 60)
    until_reaches(client, server_address)
    assert not reaches(server, client_address, PATIENT_S)
    another, _ = start(homeport, definition, client_group)
    assert reaches(another, server_address, PATIENT_S)


def test_a_task_in_a_group_that_is_new_to_the_node_reaches_what_it_may_at_its_first_try(
    homeport: Homeport, definition: str
) -> None:
    """Its one attempt is too short for a first packet that is lost and sent again."""
    server_group, client_group = new_group(homeport, "s-first"), new_group(homeport, "c-first")
    homeport.client("ec2").authorize_security_group_ingress(
        GroupId=server_group, IpPermissions=[rule(client_group)]
    )
    _, server_address = start(homeport, definition, server_group)
    until_serves(server_address)
    fetch = f"sleep 0.1; timeout 1 wget -q -O - http://{server_address}:{PORT}/"
    once = homeport.register(
        "once",
        [{"name": "main", "command": ["sh", "-c", fetch]}],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    network = homeport.network()
    network["awsvpcConfiguration"]["securityGroups"] = [client_group]
    task = homeport.run_task(once, launchType="FARGATE", networkConfiguration=network)
    stopped = homeport.until_status(task["taskArn"], "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 0, stopped
