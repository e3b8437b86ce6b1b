"""What the runners of all tasks share: the Engine and what stands around it.  No task is named."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from homeport.agent.cgroups import Cgroups
from homeport.agent.engine import Engine
from homeport.agent.images import Images
from homeport.agent.network import Networks
from homeport.agent.ready import ReadyHolders
from homeport.agent.story import Sequence
from homeport.agent.vpcs import Vpcs
from homeport.kernel.clock import Clock
from homeport.link.messages import TaskReport, Welcome

# Measured for 20 tasks at once on 2 cores: fewer leave the Engine idle, more only queue inside it.
# A container keeps its turn from its creation to its start: creating all of them first is slower.
STARTS_PARALLEL_PER_CPU: Final = 3
STARTS_PARALLEL_MIN: Final = 4


def fresh_metadata_id() -> str:
    """An id that containers cannot guess of each other."""
    return secrets.token_hex(16)


@dataclass
class Means:
    """One node's engine and what its tasks share."""

    engine: Engine
    images: Images
    networks: Networks
    vpcs: Vpcs
    ready: ReadyHolders
    clock: Clock
    sequence: Sequence
    node_id: str
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    publish: Callable[[TaskReport], None]
    lost: Callable[[], None]
    """To be called when a call found the Engine away."""
    cgroups: Cgroups | None = None
    """None until the Engine has been reached."""
    welcome: Welcome | None = None
    starts: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(STARTS_PARALLEL_MIN)
    )
    connected: bool = False
    """While False nothing is begun: whatever is known may be out of date."""
