"""The environment variables of a container: the user's, and those the ECS agent adds.  Pure."""

from typing import Final

from homeport.agent.observed import ImageFacts
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import ContainerSpec, TaskSpec

REGION_NAMES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")


def environment(
    task: TaskSpec,
    container: ContainerSpec,
    image: ImageFacts,
    metadata_id: str,
    around: Surroundings,
) -> list[str]:
    """``NAME=value`` of every variable, the user's first.

    The endpoints of metadata and credentials are always ours; what else is added gives way to the
    user, and the region to the image too.
    """
    metadata = f"http://{around.metadata_address}"
    ours = {
        "ECS_CONTAINER_METADATA_URI": f"{metadata}/v3/{metadata_id}",
        "ECS_CONTAINER_METADATA_URI_V4": f"{metadata}/v4/{metadata_id}",
        "ECS_AGENT_URI": f"{metadata}/api/{metadata_id}",
    }
    if task.task_role_credentials_id is not None:
        path = f"/v2/credentials/{task.task_role_credentials_id}"
        ours["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = path
    fargate = task.launch_type == "FARGATE"
    yielding = {"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE" if fargate else "AWS_ECS_EC2"}
    if around.container_endpoint:
        yielding["AWS_ENDPOINT_URL"] = around.container_endpoint
    given = container.environment.keys() | image.environment_names
    if not any(name in given for name in REGION_NAMES):
        yielding |= dict.fromkeys(REGION_NAMES, task.region)
    merged = {**container.environment, **ours}
    for name, value in yielding.items():
        merged.setdefault(name, value)
    return [f"{name}={value}" for name, value in merged.items()]
