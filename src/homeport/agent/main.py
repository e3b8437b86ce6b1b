"""A whole agent: engine, node, link and metadata endpoint, joined and run until cancelled.

No logic of theirs is here.  Whatever ends it, containers keep running: the next start adopts them.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from msgspec.structs import replace

from homeport import __version__
from homeport.agent import machine
from homeport.agent.credentials import RoleCredentials
from homeport.agent.engine import Engine, EngineFacts
from homeport.agent.link import ControlLink, ControlPlane, Outbox
from homeport.agent.metadata import MetadataApp
from homeport.agent.metadata_sharing import SharedEndpoint, Whereabouts
from homeport.agent.node import Node
from homeport.agent.shared_address import PlaceRefused, machine_place
from homeport.agent.task_protection import TaskProtection
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout
from homeport.kernel.clock import Clock
from homeport.link.messages import Assignment, EngineState, Hello, TaskReport, Welcome
from homeport.link.vpc import VpcGone, VpcPolicy

_log = structlog.get_logger("homeport.agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """What an agent is told.  `docs/design/settings.md` explains each to its user."""

    find: Callable[[], ControlPlane]
    """Where the control plane is now; raises `LinkLost` while it is nowhere."""
    state_dir: Path
    cluster: str = "default"
    docker_host: str | None = None
    """``unix:///…`` of the Engine; None is DOCKER_HOST or the usual socket."""
    availability_zone: str | None = None
    """None is the region's first."""
    instance_type: str = "homeport"
    cpu: int | None = None
    """CPU units to offer; None is what the machine has."""
    memory_mib: int | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    metadata: Whereabouts = Whereabouts()
    hosts_load_balancers: bool = False
    """Whether load balancers answer on this machine."""
    api_url: str | None = None
    """The API as this machine's Engine and containers reach it; None: as the control plane says."""


async def run_agent(
    settings: AgentSettings, *, clock: Clock, on_joined: Callable[[str], None] | None = None
) -> None:
    """Be a node of the control plane until cancelled.

    `on_joined` is told the container instance at each welcome: tasks can be placed on it then.
    Raises `MetadataUnavailable` and `AlreadyRunning`, whose messages are for the user.
    """
    descriptor = machine.lock(settings.state_dir)
    engine = Engine(settings.docker_host)
    try:
        node_id = machine.node_id(settings.state_dir)
        await Agent(settings, engine, node_id, clock, on_joined).run()
    finally:
        await engine.close()
        os.close(descriptor)


class Agent:
    """The parts of an agent and what connects them."""

    def __init__(
        self,
        settings: AgentSettings,
        engine: Engine,
        node_id: str,
        clock: Clock,
        on_joined: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._on_joined = on_joined
        self._engine = engine
        self._node_id = node_id
        self._facts = EngineFacts()
        self._look_again = asyncio.Event()
        self._said: tuple[EngineFacts, Mapping[str, str | None]] | None = None
        self._outbox = Outbox()
        self._node = Node(
            engine,
            clock=clock,
            node_id=node_id,
            publish=self._outbox.put,
            engine_changed=self._engine_changed,
            place=_place(settings.metadata),
            hosts_load_balancers=settings.hosts_load_balancers,
        )
        self._node.vpcs.enforcement_changed = self._look_again.set
        self._link = ControlLink(
            find=settings.find, node=self, outbox=self._outbox, hello=self._hello
        )
        credentials = RoleCredentials(
            fetch=self._link.credentials, clock=clock, belongs_here=self._belongs_here
        )
        app = MetadataApp(
            tasks=self._node,
            credentials=credentials,
            stats=self._stats,
            protection=TaskProtection(credentials=credentials, api_url=self._api_url),
        )
        self._endpoint = SharedEndpoint(app, name=node_id, where=settings.metadata)

    async def run(self) -> None:
        """Run every part until cancelled, or until one fails."""
        await self._endpoint.open()
        try:
            await self._learn()
            await self._node.vpcs.prepare()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._endpoint.run(), name="metadata")
                group.create_task(self._node.run(), name="node")
                group.create_task(self._keep_learning(), name="engine facts")
                group.create_task(self._link.run(), name="link")
        finally:
            await asyncio.shield(self._endpoint.close(coming_back=bool(self._node.tasks())))

    # --- what the link tells ----------------------------------------------------------------

    def welcome(self, welcome: Welcome) -> None:
        """Pass it on, with the API as this machine reaches it."""
        url = self._settings.api_url
        if url is not None:
            welcome = replace(welcome, endpoint=url, container_endpoint=url)
        self._node.welcome(welcome)
        if self._on_joined is not None:
            self._on_joined(welcome.instance_arn)

    def assign(self, assignment: Assignment) -> None:
        """Pass it on."""
        self._node.assign(assignment)

    def tell_vpc(self, vpc: VpcPolicy | VpcGone) -> None:
        """Pass it on."""
        self._node.vpcs.told(vpc)

    def reports(self) -> tuple[TaskReport, ...]:
        """What the node knows."""
        return self._node.reports()

    # --- what the machine tells -------------------------------------------------------------

    def _engine_changed(self, state: EngineState) -> None:
        self._outbox.put_engine(state)
        if state.connected:
            self._look_again.set()

    async def _keep_learning(self) -> None:
        """An Engine that came back may be another: what the machine has, and whether it enforces
        security groups, is said anew if so."""
        while True:
            await self._look_again.wait()
            self._look_again.clear()
            await self._learn()
            if self._said is not None and self._said != self._to_say():
                await self._link.say_hello_again()

    def _to_say(self) -> tuple[EngineFacts, Mapping[str, str | None]]:
        return self._facts, self._node.vpcs.attributes()

    async def _learn(self) -> None:
        try:
            self._facts = await self._engine.facts()
        except (EngineAway, EngineError, EngineTimeout) as trouble:
            _log.debug("the Engine does not tell of itself", why=str(trouble))

    def _api_url(self) -> str:
        return self._settings.find().url

    def _hello(self, there: ControlPlane) -> Hello:
        settings, facts = self._settings, self._facts
        self._said = self._to_say()
        zone = settings.availability_zone or f"{there.region}a"
        return Hello(
            node_id=self._node_id,
            region=there.region,
            account=there.account,
            cluster=settings.cluster,
            cpu=settings.cpu or machine.cpu_units(facts),
            memory_mib=settings.memory_mib or machine.memory_mib(facts),
            attributes=machine.attributes(
                facts,
                availability_zone=zone,
                instance_type=settings.instance_type,
                custom={**self._node.vpcs.attributes(), **settings.attributes},
            ),
            agent_version=__version__,
            docker_version=facts.version,
            hosts_load_balancers=settings.hosts_load_balancers,
            vpcs=self._node.vpcs.known(),
        )

    def _belongs_here(self, credentials_id: str) -> bool:
        """The node has credentials of its own, for log drivers of tasks without a role."""
        if credentials_id == f"node-{self._node_id}":
            return True
        return self._node.known_by_credentials_id(credentials_id) is not None

    async def _stats(self, docker_id: str) -> Mapping[str, Any] | None:
        try:
            return await self._engine.stats(docker_id)
        except (EngineAway, EngineError, EngineTimeout):
            return None


def _place(where: Whereabouts) -> Path | None:
    """Where the agents of this machine find each other; None: nowhere, which `run` will say."""
    try:
        return where.place or machine_place()
    except PlaceRefused:
        return None
