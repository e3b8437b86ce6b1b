"""Services over several agents: who gets tasks, who loses them, who is given up."""

from collections.abc import Iterator

import pytest

from e2e_harness import Agent, Homeport, docker, wait_until
from e2e_services import (
    SLEEP,
    container_of,
    delete_services,
    messages,
    sleeper,
    tasks_of,
    until_stable,
)

SPREAD = [{"type": "spread", "field": "instanceId"}]


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Gives an agent up after 3 s."""
    where = tmp_path_factory.mktemp("agents") / "state"
    running = Homeport(where, options=("--time-scale", "20", "--node-lost-after", "3")).start()
    yield running
    running.down()


@pytest.fixture(scope="module")
def agents(homeport: Homeport) -> tuple[Agent, Agent]:
    """Two more agents beside Homeport's own."""
    return homeport.agent("b", cpu=1024, memory=1024), homeport.agent("c", cpu=1024, memory=1024)


@pytest.fixture(autouse=True)
def no_service_is_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)


def homes(homeport: Homeport, service: str) -> list[str]:
    """The container instance of each task of a service."""
    return [each["containerInstanceArn"] for each in tasks_of(homeport, service)]


def instances(homeport: Homeport) -> set[str]:
    """Every container instance there is."""
    return set(homeport.ecs.list_container_instances()["containerInstanceArns"])


def set_state(homeport: Homeport, agent: Agent, status: str) -> None:
    """Have an instance drained, or take tasks again."""
    homeport.ecs.update_container_instances_state(containerInstances=[agent.arn], status=status)


def test_a_daemon_is_on_every_instance_and_leaves_one_that_drains(
    homeport: Homeport, agents: tuple[Agent, Agent]
) -> None:
    everywhere, leaver = instances(homeport), agents[1]
    assert len(everywhere) == 3
    homeport.ecs.create_service(
        serviceName="everywhere", taskDefinition=sleeper(homeport), schedulingStrategy="DAEMON"
    )
    until_stable(homeport, "everywhere", 3)
    assert set(homes(homeport, "everywhere")) == everywhere
    set_state(homeport, leaver, "DRAINING")
    until_stable(homeport, "everywhere", 2)
    assert set(homes(homeport, "everywhere")) == everywhere - {leaver.arn}
    set_state(homeport, leaver, "ACTIVE")
    until_stable(homeport, "everywhere", 3)


def test_replicas_move_off_an_instance_that_drains(
    homeport: Homeport, agents: tuple[Agent, Agent]
) -> None:
    leaver = agents[1]
    homeport.ecs.create_service(
        serviceName="moving",
        taskDefinition=sleeper(homeport),
        desiredCount=6,
        placementStrategy=SPREAD,
    )
    until_stable(homeport, "moving", 6)
    placed = homes(homeport, "moving")
    assert {placed.count(each) for each in instances(homeport)} == {2}
    set_state(homeport, leaver, "DRAINING")
    wait_until(lambda: leaver.arn not in homes(homeport, "moving"), 30)
    until_stable(homeport, "moving", 6)
    placed = homes(homeport, "moving")
    assert {placed.count(each) for each in instances(homeport) - {leaver.arn}} == {3}
    set_state(homeport, leaver, "ACTIVE")


def test_a_service_that_finds_no_place_says_why_and_goes_on_once_there_is_one(
    homeport: Homeport,
) -> None:
    definition = homeport.register(
        "picky",
        [{"name": "app", "command": SLEEP}],
        placementConstraints=[{"type": "memberOf", "expression": "attribute:room == upstairs"}],
    )
    homeport.ecs.create_service(serviceName="picky", taskDefinition=definition, desiredCount=1)
    sentence = "(service picky) was unable to place a task because no container instance met all"
    wait_until(lambda: any(each.startswith(sentence) for each in messages(homeport, "picky")), 10)
    agent = homeport.agent("upstairs", cpu=512, memory=256, attributes={"room": "upstairs"})
    until_stable(homeport, "picky", 1)
    assert homes(homeport, "picky") == [agent.arn]
    delete_services(homeport)
    homeport.ecs.deregister_container_instance(containerInstance=agent.arn, force=True)
    agent.stop()


def test_tasks_of_a_lost_agent_are_replaced_and_its_containers_go_once_it_is_back(
    homeport: Homeport, agents: tuple[Agent, Agent]
) -> None:
    lost = agents[1]
    homeport.ecs.create_service(
        serviceName="robbed",
        taskDefinition=sleeper(homeport, "robbed"),
        desiredCount=3,
        placementStrategy=SPREAD,
    )
    until_stable(homeport, "robbed", 3)
    (stranded,) = [
        each for each in tasks_of(homeport, "robbed") if each["containerInstanceArn"] == lost.arn
    ]
    gone = lost.arn
    lost.kill()
    wait_until(lambda: gone not in homes(homeport, "robbed"), 30)
    until_stable(homeport, "robbed", 3)
    assert homeport.task(stranded["taskArn"])["stopCode"] == "TerminationNotice"
    assert gone not in instances(homeport)
    label = "label=com.amazonaws.ecs.task-definition-family=robbed"
    running = docker("ps", "-q", "--no-trunc", "--filter", label).split()
    assert len(running) == 4
    assert container_of(stranded) in running, "nobody can stop what no agent looks after"

    homeport.agent("c", cpu=1024, memory=1024)
    wait_until(lambda: container_of(stranded) not in docker("ps", "-aq", "--no-trunc"), 30)
    assert len(docker("ps", "-q", "--filter", label).split()) == 3
    until_stable(homeport, "robbed", 3)
