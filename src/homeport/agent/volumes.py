"""The Docker volumes of tasks: made before the containers, removed with a task that owns them."""

from typing import Any, Final

from homeport.agent import words
from homeport.agent.engine import Engine
from homeport.agent.names import LABEL_NODE, LABEL_TASK, is_task_volume, volume_name
from homeport.agent.network import CannotPrepare
from homeport.agent.troubles import EngineError, EngineTimeout
from homeport.link.spec import TaskSpec, Volume

DEFAULT_DRIVER: Final = "local"


def volume_body(task: TaskSpec, volume: Volume, node_id: str) -> dict[str, Any]:
    """The body that creates `volume`.  A shared one is nobody's, so it bears no label of ours."""
    own = {LABEL_NODE: node_id, LABEL_TASK: task.task_arn} if is_task_volume(volume) else {}
    return {
        "Name": volume_name(task, volume),
        "Driver": volume.driver or DEFAULT_DRIVER,
        "DriverOpts": volume.driver_opts,
        "Labels": {**volume.labels, **own},
    }


async def make_volumes(engine: Engine, task: TaskSpec, node_id: str) -> None:
    """Make every Docker volume of `task` that has to be made.  Raises CannotPrepare."""
    for volume in task.volumes:
        if volume.host_path is not None:
            continue
        try:
            await _make(engine, task, volume, node_id)
        except (EngineError, EngineTimeout) as trouble:
            raise CannotPrepare(words.cannot_create_volume(trouble)) from trouble


async def _make(engine: Engine, task: TaskSpec, volume: Volume, node_id: str) -> None:
    if volume.scope == "shared":
        if await engine.inspect_volume(volume.name) is not None:
            return
        if not volume.autoprovision:
            raise CannotPrepare(words.missing_volume(volume.name))
    await engine.create_volume(volume_body(task, volume, node_id))


async def remove_volumes(engine: Engine, task: TaskSpec) -> None:
    """Remove the volumes that end with `task`."""
    for volume in task.volumes:
        if is_task_volume(volume):
            await engine.remove_volume(volume_name(task, volume))
