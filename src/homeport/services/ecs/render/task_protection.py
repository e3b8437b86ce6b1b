"""The protection of tasks from scaling in as ECS shows it."""

from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.render.tasks import moment
from homeport.shapes import ecs as shapes


def protection(of: Task, *, now: float) -> shapes.ProtectedTask:
    """Whether a task is protected at `now`, as the model's `ProtectedTask`."""
    until = of.protected_until
    if until is None or until <= now:
        return {"taskArn": of.arn, "protectionEnabled": False}
    return {"taskArn": of.arn, "protectionEnabled": True, "expirationDate": moment(until)}
