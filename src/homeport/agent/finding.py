"""Looks up what the Engine has of tasks, several containers at a time.  Nothing is decided here."""

import asyncio
from typing import Any, Final

from homeport.agent.engine import Engine
from homeport.agent.names import LABEL_TASK

INSPECTS_PARALLEL: Final = 8

Found = dict[str, list[dict[str, Any]]]
"""Containers, inspected, by task; under an empty name those of no task."""


async def inspected_by_task(engine: Engine, label: str) -> Found:
    """Every container with `label`.  Raises the Engine's troubles."""
    slots = asyncio.Semaphore(INSPECTS_PARALLEL)

    async def inspect(docker_id: str) -> dict[str, Any] | None:
        async with slots:
            return await engine.inspect(docker_id)

    listed = await engine.list_containers(label)
    found: Found = {}
    for each in await asyncio.gather(*(inspect(each["Id"]) for each in listed)):
        if each is not None:
            arn = each["Config"]["Labels"].get(LABEL_TASK, "")
            found.setdefault(arn, []).append(each)
    return found
