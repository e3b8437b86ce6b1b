"""What a task needs of the machine that runs it."""

from typing import Any

import pytest

from homeport.services.ecs.plan.demand import demand_of
from homeport.services.ecs.plan.task_definition import drafted, registered
from homeport.services.ecs.records.task_definitions import TaskDefinition
from task_definition_documents import container, document


def definition_of(asked: dict[str, Any]) -> TaskDefinition:
    return registered(drafted(asked), arn="arn:web:1", revision=1, principal="me", now=0.0)


def test_a_task_needs_what_its_containers_reserve_together() -> None:
    asked = document(
        container(memory=100, memoryReservation=60, cpu=5),
        container("side", memory=40, cpu=6),
    )
    demand = demand_of(definition_of(asked))
    assert (demand.cpu, demand.memory_mib) == (11, 100)


def test_a_task_with_a_size_needs_that() -> None:
    demand = demand_of(definition_of(document(cpu="512", memory="1024")))
    assert (demand.cpu, demand.memory_mib) == (512, 1024)


@pytest.mark.parametrize(
    ("mode", "mappings", "tcp", "udp"),
    [
        ("bridge", [{"containerPort": 80, "hostPort": 8080}], (8080,), ()),
        ("bridge", [{"containerPort": 80}], (), ()),
        ("bridge", [{"containerPort": 53, "hostPort": 53, "protocol": "udp"}], (), (53,)),
        ("host", [{"containerPort": 80}], (80,), ()),
        ("awsvpc", [{"containerPort": 80}], (), ()),
    ],
)
def test_static_host_ports_are_claimed_by_number(
    mode: str, mappings: list[dict[str, Any]], tcp: tuple[int, ...], udp: tuple[int, ...]
) -> None:
    asked = document(container(portMappings=mappings), networkMode=mode)
    demand = demand_of(definition_of(asked))
    assert (demand.ports, demand.ports_udp) == (tcp, udp)


def test_an_architecture_is_required_of_the_machine() -> None:
    asked = document(runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"})
    assert ("ecs.cpu-architecture", "arm64") in demand_of(definition_of(asked)).attributes
