"""`examples/terraform`, as its user applies, changes and destroys it: served through its load
balancer, planned empty, gone without a trace.

HOMEPORT_TERRAFORM_PLUGINS names a directory with the provider (`terraform init -plugin-dir`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_harness import Homeport, docker, wait_until
from e2e_terraform import Terraform, fetched, needs_terraform


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("stack") / "state"
    running = Homeport(where, options=("--time-scale", "5")).start()
    yield running
    running.down()


@needs_terraform
def test_the_example_serves_rolls_out_and_leaves_nothing(
    homeport: Homeport, tmp_path: Path
) -> None:
    ec2, elb = homeport.client("ec2"), homeport.client("elbv2")
    before = what_there_is(ec2)
    terraform = Terraform(homeport, "terraform", tmp_path)
    terraform.done("apply", "-auto-approve")
    terraform.done("plan", "-detailed-exitcode")
    outputs = json.loads(terraform.done("output", "-json"))
    url = outputs["url"]["value"]
    assert "version one" in fetched(url)
    assert fetched(url + "about") == "served by Homeport"
    changed = '-var=command=["serve", "8080", "version two"]'
    terraform.done("apply", "-auto-approve", changed)
    assert "version two" in fetched(url)
    terraform.done("plan", "-detailed-exitcode", changed)
    terraform.done("destroy", "-auto-approve", changed)
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    assert elb.describe_target_groups()["TargetGroups"] == []
    assert what_there_is(ec2) == before
    assert homeport.client("iam").list_roles()["Roles"] == []
    networks = "label=homeport.vpc"
    wait_until(lambda: "10.20." not in docker("network", "ls", "--filter", networks), 20)


def what_there_is(ec2: Any) -> dict[str, list[str]]:
    """The networks of the region, by kind."""
    kinds = {
        "vpcs": ("Vpcs", "VpcId"),
        "subnets": ("Subnets", "SubnetId"),
        "security_groups": ("SecurityGroups", "GroupId"),
        "route_tables": ("RouteTables", "RouteTableId"),
        "internet_gateways": ("InternetGateways", "InternetGatewayId"),
        "network_interfaces": ("NetworkInterfaces", "NetworkInterfaceId"),
    }
    return {
        kind: sorted(each[key] for each in getattr(ec2, f"describe_{kind}")()[members])
        for kind, (members, key) in kinds.items()
    }
