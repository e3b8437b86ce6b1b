"""What containers need of each other: `dependsOn` and `volumesFrom`."""

from typing import Final

from homeport.services.ecs.plan.task_definition.graph import has_cycle
from homeport.services.ecs.plan.task_definition.wording import not_one_of
from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    ContainerDependency,
)
from homeport.services.ecs.records.task_definitions import TaskDefinition

CONDITIONS: Final = ("START", "COMPLETE", "SUCCESS", "HEALTHY")


def depends_on(definition: TaskDefinition) -> str | None:
    """A container waits for something that exists and can come true, never for itself."""
    containers = {each.name: each for each in definition.container_definitions}
    for container in definition.container_definitions:
        for dependency in container.depends_on or ():
            refused = _dependency(dependency, containers)
            if refused:
                return refused
    edges = {
        name: [dependency.container_name for dependency in container.depends_on or ()]
        for name, container in containers.items()
    }
    if has_cycle(edges):
        return "Container dependencies should not have a cycle"
    return None


def _dependency(
    dependency: ContainerDependency, containers: dict[str, ContainerDefinition]
) -> str | None:
    target = containers.get(dependency.container_name)
    if dependency.condition not in CONDITIONS:
        return not_one_of(dependency.condition, "container condition", CONDITIONS)
    if target is None:
        return f"Cannot depend on container {dependency.container_name} because it does not exist"
    if dependency.condition in ("SUCCESS", "COMPLETE") and target.essential:
        return (
            "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
            "container"
        )
    if dependency.condition == "HEALTHY" and target.health_check is None:
        return "A dependency container with HEALTHY condition must have health check configured"
    return None


def volumes_from(definition: TaskDefinition) -> str | None:
    """Volumes are taken from other containers of the task, and never round in a circle."""
    sources = {
        container.name: [each.source_container or "" for each in container.volumes_from]
        for container in definition.container_definitions
    }
    for names in sources.values():
        for name in names:
            if name not in sources:
                return f"Invalid 'volumesFrom' setting. Unknown container: '{name}'"
    if has_cycle(sources):
        return "Container volumesFrom should not have a cycle"
    return None
