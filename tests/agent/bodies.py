"""Specifications and surroundings that the tests of container-create bodies share."""

from agent.lab import container, task
from homeport.agent.create import container_body
from homeport.agent.observed import ImageFacts
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import TaskSpec

ARN = "arn:aws:ecs:eu-west-1:000000000000:task/blue/0123456789abcdef0123456789abcdef"
IMAGE = ImageFacts(image_id="sha256:1", digest="sha256:2")
AROUND = Surroundings(node_id="n1", endpoint="http://172.17.0.1:4566")
MIB = 1024 * 1024

LABELS = {
    "com.amazonaws.ecs.cluster": "blue",
    "com.amazonaws.ecs.container-name": "app",
    "com.amazonaws.ecs.task-arn": ARN,
    "com.amazonaws.ecs.task-definition-family": "web",
    "com.amazonaws.ecs.task-definition-version": "7",
    "homeport.node": "n1",
    "homeport.task-arn": ARN,
    "homeport.role": "container",
    "homeport.metadata-id": "m1",
}
ENV = [
    "ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/m1",
    "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/m1",
    "ECS_AGENT_URI=http://169.254.170.2/api/m1",
]
EC2_ENV = ["AWS_EXECUTION_ENV=AWS_ECS_EC2", "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1"]


def blue(*containers: object, **members: object) -> TaskSpec:
    given = {"task_arn": ARN, "cluster": "blue", "family": "web", "revision": 7}
    return task(*containers, **given | {"region": "eu-west-1"} | members)  # type: ignore[arg-type]


def app(name: str = "app", **members: object) -> object:
    return container(name, docker_name=f"ecs-web-7-{name}-0", image="img", **members)


def body(spec: TaskSpec, around: Surroundings = AROUND, image: ImageFacts = IMAGE) -> object:
    return container_body(spec, spec.containers[-1], image, "m1", around)
