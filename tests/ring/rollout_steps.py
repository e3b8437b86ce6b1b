"""Services driven a step at a time, and what is looked at after each."""

import re
from typing import Any

from ring.service_world import ServiceWorld, Wanted


def created(world: ServiceWorld, **wanted: Any) -> str:
    """A service ``web`` that is steady."""
    assert world.create(Wanted("web", **wanted))
    assert world.end_fairly(lambda: is_steady(world))
    return "web"


def is_steady(world: ServiceWorld, name: str = "web") -> bool:
    """Whether one rollout is left, COMPLETED."""
    return states(world, name) == ["COMPLETED"]


def states(world: ServiceWorld, name: str = "web") -> list[str]:
    """The rollout state of each entry of `deployments`, newest first."""
    shown = world.shown(name)
    assert shown is not None
    return [each["rolloutState"] for each in shown["deployments"]]


def running(world: ServiceWorld, name: str = "web") -> dict[str, int]:
    """How many containers really run, by image."""
    found: dict[str, int] = {}
    for arn, node in world.fleet.up().items():
        spec = node.tasks[arn].spec
        if spec.service_name == name:
            image = spec.containers[0].image
            found[image] = found.get(image, 0) + 1
    return dict(sorted(found.items()))


def one_step(world: ServiceWorld) -> bool:
    """The control plane does what is due, then the nodes do, once; whether these had to."""
    world.plane.drain()
    return world.fleet.settle_once(world.plane)


def course(world: ServiceWorld, name: str = "web") -> list[dict[str, int]]:
    """What runs after every step until the world comes to rest, changes only."""
    seen = [running(world, name)]
    while one_step(world):
        now = running(world, name)
        if now != seen[-1]:
            seen.append(now)
    return seen


def sentences(world: ServiceWorld, name: str = "web") -> list[str]:
    """The events of a service, oldest first, without its name and without ids of others."""
    shown = world.shown(name)
    assert shown is not None
    told = [each["message"].removeprefix(f"(service {name}) ") for each in shown["events"]]
    return [_plain(each) for each in reversed(told)]


def deployments(world: ServiceWorld, name: str = "web") -> list[str]:
    """The statuses of the service's deployments, oldest first."""
    found = world.plane.ask("ListServiceDeployments", service=name)["serviceDeployments"]
    arns = sorted(each["serviceDeploymentArn"] for each in found)
    by_arn = {each["serviceDeploymentArn"]: each["status"] for each in found}
    return [by_arn[arn] for arn in arns]


def _plain(sentence: str) -> str:
    without_tasks = re.sub(r":?( ?\(task \w+\) ?)+", "", sentence)
    return re.sub(r"\(deployment ecs-svc/\d+\) | ecs-svc/\d+", "", without_tasks)
