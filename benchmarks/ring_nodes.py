"""Many nodes without an Engine in one process, each with a link of its own to the control plane.

Only for `ring.py` and `schedules.py`; nothing they say is true of any container.
"""

import asyncio
import sys

import uvloop
import websockets
from msgspec.structs import replace
from simulated_node import answer

from homeport.link.messages import Assignment, EngineState, Hello, decode_for_node, encode

CPU, MEMORY_MIB = 4096, 16_384
ZONES = "abc"
GREETED_AT_ONCE = 50


async def node(
    number: int, url: str, token: str, greeting: asyncio.Semaphore, *, ends: bool
) -> None:
    """Join and let every wish come true at once, until killed."""
    hello = Hello(
        node_id=f"{number:032x}",
        region="us-east-1",
        account="0" * 12,
        cluster="default",
        cpu=CPU,
        memory_mib=MEMORY_MIB,
        attributes={"ecs.availability-zone": f"us-east-1{ZONES[number % len(ZONES)]}"},
        agent_version="simulated",
        docker_version="simulated",
    )
    headers = {"Authorization": f"Bearer {token}"}
    options = {"additional_headers": headers, "max_size": None, "compression": None}
    async with greeting:
        link = await websockets.connect(url, **options)  # type: ignore[arg-type]
        await link.send(encode(hello))
        await link.recv()
    await link.send(encode(EngineState(connected=True, docker_version="simulated")))
    sequence = 0
    async for data in link:
        message = decode_for_node(data)  # type: ignore[arg-type]
        if isinstance(message, Assignment):
            sequence += 1
            report = answer(message, sequence)
            if report is not None:
                await link.send(encode(report))
            if ends and report is not None and report.phase == "RUNNING":
                sequence += 1
                over = replace(message, desired="STOPPED")
                await link.send(encode(answer(over, sequence)))


async def main(url: str, token: str, first: int, count: int, *, ends: bool) -> None:
    """Run nodes number `first` and following; `ends`: tasks end as soon as they run."""
    greeting = asyncio.Semaphore(GREETED_AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for number in range(first, first + count):
            group.create_task(node(number, url, token, greeting, ends=ends))


if __name__ == "__main__":
    uvloop.run(
        main(
            sys.argv[1],
            sys.argv[2],
            int(sys.argv[3]),
            int(sys.argv[4]),
            ends=sys.argv[5:] == ["ends"],
        )
    )
