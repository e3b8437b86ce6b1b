"""How a request names a task."""

from typing import Final

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.records.clusters import Cluster

_ID_LENGTHS: Final = (32, 36)


def task_arn(reference: str, cluster: Cluster) -> str:
    """The ARN of the task with this id or ARN; raises in ECS's words for what can be neither."""
    if not reference or reference.rpartition("/")[2] == reference:
        _check_id(reference)
    arn = member_arn("task", reference, cluster)
    _check_id(arn.rpartition("/")[2])
    return arn


def _check_id(text: str) -> None:
    if not text.startswith("arn:") and len(text) not in _ID_LENGTHS:
        raise InvalidParameterException("taskId length should be one of [32,36]")
