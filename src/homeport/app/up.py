"""`homeport up` and `homeport server`: a control plane, with or without an agent beside it."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homeport.agent.machine import taken_networks
from homeport.agent.main import AgentSettings, run_agent
from homeport.app.control import ControlPlane
from homeport.app.logs import set_up_logging
from homeport.app.progress import Progress
from homeport.app.settings import Settings
from homeport.app.state_dir import Credentials, Running, StateDir
from homeport.gateway.agents import AgentGate
from homeport.gateway.server import Gateway, bind, serve
from homeport.gateway.server import Settings as GatewaySettings
from homeport.runtime.until import until

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
STOP_TASKS_SIGNAL: Final = signal.SIGUSR2


@dataclass(slots=True)
class Orders:
    """What the process was told by signals."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    stop_tasks: bool = False

    def listen(self) -> None:
        """Have signals set the orders."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.stop.set)
        loop.add_signal_handler(STOP_TASKS_SIGNAL, self._stop_with_tasks)

    def _stop_with_tasks(self) -> None:
        self.stop_tasks = True
        self.stop.set()


async def run(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Run until told to stop; `say` is given each line for the user.

    Raises `StateDirInUse` when another Homeport holds the state directory, `OSError` when the
    port is taken.
    """
    set_up_logging()
    orders = Orders(stop_tasks=settings.stop_tasks)
    orders.listen()
    directory = StateDir(settings.state_dir)
    directory.hold()
    listening = bind(settings.host, settings.port)
    endpoint = f"http://{_reachable(settings.host)}:{listening.getsockname()[1]}"
    plane = ControlPlane.build(settings, directory.credentials(_fixed(settings)), taken_networks())
    try:
        gate = AgentGate(
            store=plane.store,
            fleet=plane.peers.fleet,
            clock=plane.clock,
            ids=plane.ids,
            token=directory.node_token(),
            endpoint=endpoint,
        )
        gateway = _gateway(plane, gate)
        async with asyncio.TaskGroup() as group:
            served, closing = asyncio.Event(), asyncio.Event()
            serving = group.create_task(serve(gateway, [listening], started=served, stop=closing))
            loops = [group.create_task(plane.reconcile())]
            await served.wait()
            if settings.agent:
                agent = _agent_settings(settings, directory, endpoint)
                loops.append(group.create_task(run_agent(agent, clock=plane.clock)))
                await until(plane.store, lambda tx: plane.peers.fleet.connected_nodes(tx) > 0)
            progress = Progress(plane, say)
            loops.append(group.create_task(progress.run()))
            directory.say_running(Running(os.getpid(), endpoint, settings.region))
            say(f"ready: {endpoint}")
            await orders.stop.wait()
            if orders.stop_tasks:
                say("stopping every task")
                await plane.stop_tasks("homeport, which was told to stop with its tasks")
            for loop in loops:
                loop.cancel()
            closing.set()
            await serving
    finally:
        plane.store.close()


def _gateway(plane: ControlPlane, gate: AgentGate) -> Gateway:
    async def reset() -> None:
        await plane.reset()
        await gate.greet_again()

    return Gateway(
        {service.name: service for service in plane.services},
        store=plane.store,
        peers=plane.peers,
        clock=plane.clock,
        ids=plane.ids,
        settings=GatewaySettings(allow_reset=plane.settings.allow_reset, reset=reset, agent=gate),
    )


def _agent_settings(settings: Settings, directory: StateDir, endpoint: str) -> AgentSettings:
    return AgentSettings(
        control_url=endpoint,
        token=directory.node_token(),
        state_dir=settings.state_dir / "agent",
        docker_host=settings.docker_host,
        region=settings.region,
        account=settings.account,
        cpu=settings.cpu,
        memory_mib=settings.memory_mib,
    )


def _fixed(settings: Settings) -> Credentials | None:
    if settings.access_key_id is None or settings.secret_access_key is None:
        return None
    return Credentials(settings.access_key_id, settings.secret_access_key)


def _reachable(host: str) -> str:
    """The address that this machine's own programs use: one that listens everywhere is local."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - only compared with.
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
