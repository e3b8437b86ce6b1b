"""A node without an Engine: it speaks the agent's own protocol and says that everything runs.

Only for benchmarks of the control plane; nothing it says is true of any container.
"""

import asyncio
import sys

import websockets

from homeport.link.messages import (
    Assignment,
    ContainerReport,
    EngineState,
    Hello,
    TaskReport,
    decode_for_node,
    encode,
)


def answer(assignment: Assignment, sequence: int) -> TaskReport | None:
    """The report of a node on which every wish comes true at once."""
    spec = assignment.spec
    if spec is None:
        return None
    phase = "RUNNING" if assignment.desired == "RUNNING" else assignment.desired
    status = "RUNNING" if phase == "RUNNING" else "STOPPED"
    interface = spec.interface
    return TaskReport(
        task_arn=assignment.task_arn,
        sequence=sequence,
        phase=phase,  # type: ignore[arg-type]
        interface_attached=interface is not None,
        interface_mac=interface.mac_address if interface else None,
        interface_ipv4=interface.private_ipv4 if interface else None,
        containers=tuple(
            ContainerReport(
                name=each.name,
                status=status,  # type: ignore[arg-type]
                docker_id=f"{abs(hash(each.docker_name)):064x}"[:64],
                exit_code=0 if status == "STOPPED" else None,
            )
            for each in spec.containers
        ),
    )


async def run(url: str, token: str, account: str, region: str) -> None:
    """Join and answer until killed."""
    hello = Hello(
        node_id="5" * 32,
        region=region,
        account=account,
        cluster="default",
        cpu=100_000_000,
        memory_mib=100_000_000,
        agent_version="simulated",
        docker_version="simulated",
    )
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(url, additional_headers=headers, max_size=None) as link:
        await link.send(encode(hello))
        await link.send(encode(EngineState(connected=True, docker_version="simulated")))
        sequence = 0
        async for data in link:
            message = decode_for_node(data)  # type: ignore[arg-type]
            if isinstance(message, Assignment):
                sequence += 1
                report = answer(message, sequence)
                if report is not None:
                    await link.send(encode(report))


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:5]))
