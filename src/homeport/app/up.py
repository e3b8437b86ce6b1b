"""`homeport up` and `homeport server`: a control plane, with or without an agent beside it."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from homeport.agent.link import ControlPlane as Found
from homeport.agent.machine import taken_networks
from homeport.agent.main import AgentSettings, run_agent
from homeport.app.control import ControlPlane
from homeport.app.doors import Doors
from homeport.app.hook_runner import HookRunner
from homeport.app.hooks_file import set_hooks
from homeport.app.logs import set_up_logging
from homeport.app.progress import Progress
from homeport.app.settings import Settings
from homeport.app.state_dir import Credentials, Running, StateDir
from homeport.dataplane.envoy.resources import Doors as BalancerDoors
from homeport.dataplane.envoy.run import DataPlane
from homeport.gateway.agents import AgentGate
from homeport.gateway.server import Gateway, serve
from homeport.gateway.server import Settings as GatewaySettings
from homeport.runtime.lease import Leases
from homeport.store import MISSED

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
STOP_TASKS_SIGNAL: Final = signal.SIGUSR2
EVENTS_SETTLE_S: Final = 3.0
"""By then a transaction of another control plane is over: events that it wrote are there."""


@dataclass(slots=True)
class Orders:
    """What the process was told by signals."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Told to stop once more: do not wait for the tasks."""
    stop_tasks: bool = False

    def listen(self) -> None:
        """Have signals set the orders."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(STOP_TASKS_SIGNAL, self._stop_with_tasks)

    def _stop(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()

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
    with Doors.open(settings) as doors:
        root = directory.credentials(_fixed(settings))
        plane = ControlPlane.build(settings, root, taken_networks(), directory.plane_id())
        try:
            plane.store.write(partial(set_hooks, plane, settings.hooks))
            await _run(plane, doors, directory, orders, say)
        finally:
            plane.store.close()


async def _run(
    plane: ControlPlane,
    doors: Doors,
    directory: StateDir,
    orders: Orders,
    say: Callable[[str], None],
) -> None:
    settings, token = plane.settings, directory.node_token()
    gate = AgentGate(
        store=plane.store,
        fleet=plane.peers.fleet,
        clock=plane.clock,
        ids=plane.ids,
        token=token,
        endpoint=doors.endpoint,
        container_endpoint=doors.container_endpoint,
        plane=plane.name,
        networks=plane.peers.networks,
        routing=plane.peers.routing,
    )
    data_plane = _data_plane(plane) if settings.agent else None
    gateway = _gateway(plane, gate, data_plane)
    async with asyncio.TaskGroup() as group:
        served, closing = asyncio.Event(), asyncio.Event()
        serving = group.create_task(
            serve(gateway, doors.sockets, started=served, stop=closing, closing=gateway.close)
        )
        asking = partial(_ask_hooks, plane, doors)
        loops = [group.create_task(plane.reconcile(gate.greet_again, asking))]
        await served.wait()
        if data_plane is not None:
            loops.append(group.create_task(data_plane.run()))
        if settings.agent:
            agent = _agent_settings(settings, token, doors.endpoint)
            joined = asyncio.Event()
            node = run_agent(agent, clock=plane.clock, on_joined=lambda _: joined.set())
            loops.append(group.create_task(node))
            await joined.wait()
        loops.append(group.create_task(Progress(plane, say).run()))
        running = Running(os.getpid(), doors.endpoint, settings.region, settings.account)
        directory.say_running(running)
        say(f"ready: {doors.endpoint}")
        await orders.stop.wait()
        if orders.stop_tasks:
            say("stopping every task")
            await _stop_tasks(plane, orders)
            if data_plane is not None:
                await data_plane.end()
        for loop in loops:
            loop.cancel()
        closing.set()
        await serving


async def _ask_hooks(plane: ControlPlane, doors: Doors, leases: Leases | None) -> None:
    await HookRunner(
        plane.store,
        plane.peers.hook_work,
        clock=plane.clock,
        ids=plane.ids,
        credentials={
            "AWS_ENDPOINT_URL": doors.endpoint,
            "AWS_ACCESS_KEY_ID": plane.root.access_key_id,
            "AWS_SECRET_ACCESS_KEY": plane.root.secret_access_key,
        },
        directory=plane.settings.state_dir,
        leases=leases,
    ).run()


async def _stop_tasks(plane: ControlPlane, orders: Orders) -> None:
    """Until every task is over, or the user does not want to wait for that."""
    by = "homeport, which was told to stop with its tasks"
    stopping = asyncio.create_task(plane.stop_tasks(by))
    hurrying = asyncio.create_task(orders.hurry.wait())
    done, waiting = await asyncio.wait((stopping, hurrying), return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()
    for each in done:
        each.result()


def _data_plane(plane: ControlPlane) -> DataPlane:
    settings = plane.settings
    return DataPlane(
        plane.store,
        plane.peers.routing,
        plane.clock,
        directory=settings.state_dir / "envoy",
        doors=BalancerDoors(host=settings.lb_host, ports=dict(settings.lb_ports)),
    )


def _gateway(plane: ControlPlane, gate: AgentGate, data_plane: DataPlane | None) -> Gateway:
    async def reset() -> None:
        await plane.reset()
        await plane.store.awrite(partial(set_hooks, plane, plane.settings.hooks))
        plane.store.feed.publish([MISSED])  # What nobody knows any more is not worked on.
        await gate.greet_again()
        if data_plane is not None:
            await data_plane.refresh()

    return Gateway(
        {service.name: service for service in plane.services},
        store=plane.store,
        peers=plane.peers,
        clock=plane.clock,
        ids=plane.ids,
        settings=GatewaySettings(
            allow_reset=plane.settings.allow_reset,
            reset=reset,
            agent=gate,
            account=plane.settings.account,
            events_settle_s=0.0 if plane.settings.database is None else EVENTS_SETTLE_S,
        ),
    )


def _agent_settings(settings: Settings, token: str, endpoint: str) -> AgentSettings:
    there = Found(url=endpoint, token=token, region=settings.region, account=settings.account)
    return AgentSettings(
        find=lambda: there,
        state_dir=settings.state_dir / "agent",
        docker_host=settings.docker_host,
        cpu=settings.cpu,
        memory_mib=settings.memory_mib,
        hosts_load_balancers=True,
    )


def _fixed(settings: Settings) -> Credentials | None:
    if settings.access_key_id is None or settings.secret_access_key is None:
        return None
    return Credentials(settings.access_key_id, settings.secret_access_key)
