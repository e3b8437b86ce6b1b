"""Network ACLs hold on real traffic, at the borders of subnets and packet by packet."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from e2e_harness import Homeport, wait_until

PORT = 8080
SERVE = ["sh", "-c", f"echo here > /tmp/index.html; httpd -f -p {PORT} -h /tmp"]
SECONDS = 30
PATIENT_S = 3
"""More than the second after which a dropped first packet is sent again."""
EVERYTHING = {"Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}


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


@pytest.fixture
def tasks(homeport: Homeport, definition: str) -> dict[str, tuple[str, str]]:
    """Docker id and address of a client and of a server with a neighbour in another subnet.

    All are in the default group, whose members reach each other.
    """
    here, there = (each["SubnetId"] for each in subnets_of(homeport)[:2])
    places = {"client": here, "server": there, "neighbour": there}
    started = {name: start(homeport, definition, subnet) for name, subnet in places.items()}
    wait_until(lambda: machine_reaches(started["server"][1]), SECONDS)
    wait_until(lambda: reaches(started["client"][0], started["server"][1]), SECONDS)
    return started


@pytest.fixture
def acl(homeport: Homeport) -> Iterator[str]:
    """The ACL of the server's subnet: without entries, and gone after the test."""
    ec2, subnet = homeport.client("ec2"), subnets_of(homeport)[1]
    made = ec2.create_network_acl(VpcId=subnet["VpcId"])["NetworkAcl"]["NetworkAclId"]
    before = acl_of(homeport, subnet["SubnetId"])
    associate(homeport, subnet["SubnetId"], made)
    yield str(made)
    associate(homeport, subnet["SubnetId"], before["NetworkAclId"])
    ec2.delete_network_acl(NetworkAclId=made)


def subnets_of(homeport: Homeport) -> list[dict[str, Any]]:
    return list(homeport.client("ec2").describe_subnets()["Subnets"])


def acl_of(homeport: Homeport, subnet_id: str) -> dict[str, Any]:
    given = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    [found] = homeport.client("ec2").describe_network_acls(Filters=given)["NetworkAcls"]
    return dict(found)


def associate(homeport: Homeport, subnet_id: str, acl_id: str) -> None:
    [held] = (
        each["NetworkAclAssociationId"]
        for each in acl_of(homeport, subnet_id)["Associations"]
        if each["SubnetId"] == subnet_id
    )
    homeport.client("ec2").replace_network_acl_association(AssociationId=held, NetworkAclId=acl_id)


def start(homeport: Homeport, definition: str, subnet_id: str) -> tuple[str, str]:
    network = {"awsvpcConfiguration": {"subnets": [subnet_id]}}
    task = homeport.run_task(definition, launchType="FARGATE", networkConfiguration=network)
    container = homeport.until_status(task["taskArn"], "RUNNING")["containers"][0]
    return container["runtimeId"], container["networkInterfaces"][0]["privateIpv4Address"]


def reaches(container: str, address: str, seconds: int = 1) -> bool:
    fetch = ["timeout", str(seconds), "wget", "-q", "-O", "-", f"http://{address}:{PORT}/"]
    done = subprocess.run(["docker", "exec", container, *fetch], capture_output=True, check=False)
    return done.returncode == 0


def machine_reaches(address: str) -> bool:
    words = ["curl", "-s", "-o", "/dev/null", "-m", "1", f"http://{address}:{PORT}/"]
    return subprocess.run(words, check=False).returncode == 0


def test_a_subnet_is_reached_only_as_its_acl_says(
    homeport: Homeport, tasks: dict[str, tuple[str, str]], acl: str
) -> None:
    ec2 = homeport.client("ec2")
    client, client_address = tasks["client"]
    neighbour, server_address = tasks["neighbour"][0], tasks["server"][1]
    wait_until(lambda: not reaches(client, server_address), SECONDS)
    assert reaches(neighbour, server_address, PATIENT_S)
    assert machine_reaches(server_address)

    page = {
        "NetworkAclId": acl,
        "RuleNumber": 100,
        "Egress": False,
        "Protocol": "6",
        "RuleAction": "allow",
        "CidrBlock": f"{client_address}/32",
        "PortRange": {"From": PORT, "To": PORT},
    }
    ec2.create_network_acl_entry(**page)
    answers = page | {"Egress": True, "PortRange": {"From": 1024, "To": 65535}}
    ec2.create_network_acl_entry(**answers)
    wait_until(lambda: reaches(client, server_address), SECONDS)
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=True)
    wait_until(lambda: not reaches(client, server_address), SECONDS)  # Answers need theirs.
    ec2.create_network_acl_entry(**answers)
    wait_until(lambda: reaches(client, server_address), SECONDS)

    ec2.create_network_acl_entry(**(page | {"RuleNumber": 99, "RuleAction": "deny"}))
    wait_until(lambda: not reaches(client, server_address), SECONDS)
    ec2.replace_network_acl_entry(**(page | {"RuleNumber": 99}))
    wait_until(lambda: reaches(client, server_address), SECONDS)


def test_acls_stay_when_homeport_is_killed(
    homeport: Homeport, tasks: dict[str, tuple[str, str]], acl: str
) -> None:
    client, server_address = tasks["client"][0], tasks["server"][1]
    wait_until(lambda: not reaches(client, server_address), SECONDS)
    homeport.kill()
    assert not reaches(client, server_address, PATIENT_S)
    homeport.start()
    assert not reaches(client, server_address, PATIENT_S)
    assert acl_of(homeport, subnets_of(homeport)[1]["SubnetId"])["NetworkAclId"] == acl


def test_the_default_acl_is_emptied_and_filled_again(
    homeport: Homeport, tasks: dict[str, tuple[str, str]]
) -> None:
    """As Terraform's aws_default_network_acl does."""
    ec2, client, server_address = homeport.client("ec2"), tasks["client"][0], tasks["server"][1]
    acl_id = acl_of(homeport, subnets_of(homeport)[0]["SubnetId"])["NetworkAclId"]
    for egress in (True, False):
        ec2.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=100, Egress=egress)
    wait_until(lambda: not reaches(client, server_address), SECONDS)
    for egress in (True, False):
        ec2.create_network_acl_entry(
            NetworkAclId=acl_id, RuleNumber=100, Egress=egress, **EVERYTHING
        )
    wait_until(lambda: reaches(client, server_address), SECONDS)
