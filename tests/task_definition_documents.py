"""Documents for RegisterTaskDefinition: a small valid one, and how tests change it."""

from typing import Any

ROLE = "arn:aws:iam::000000000000:role/ecsTaskExecutionRole"
SECRET = {"name": "TOKEN", "valueFrom": "arn:aws:ssm:us-east-1:000000000000:parameter/token"}
AWSLOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "ecs",
    },
}


def container(name: str = "web", **members: Any) -> dict[str, Any]:
    return {"name": name, "image": "busybox", "memory": 64, **members}


def document(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": list(containers or [container()]), **members}


def fargate(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    plain = {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
    }
    return document(*containers, **(plain | members))
