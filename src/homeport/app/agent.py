"""`homeport agent`: one more container instance, on this machine or on another one."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from homeport.agent.link import ControlPlane, LinkLost
from homeport.agent.main import AgentSettings, run_agent
from homeport.app.logs import set_up_logging
from homeport.app.state_dir import NotRunning, StateDir
from homeport.runtime.system import SystemClock

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
AGENTS: Final = "agents"
HOME_REGION: Final = "us-east-1"
HOME_ACCOUNT: Final = "000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """What `homeport agent` can be told.  `docs/design/settings.md` explains each to its user."""

    name: str
    state_dir: Path
    cluster: str = "default"
    cpu: int | None = None
    """CPU units to offer; None is what the machine has."""
    memory_mib: int | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    docker_host: str | None = None
    control_url: str | None = None
    """None: the Homeport that runs on the state directory, wherever it listens."""
    token_file: Path | None = None
    """None: the node token of the state directory."""
    region: str | None = None
    """None: the control plane's own, or with a `control_url` us-east-1."""
    account: str | None = None


async def run_node(settings: NodeSettings, *, say: Callable[[str], None]) -> None:
    """Be a container instance until told to stop; tasks run on after that.

    `say` is given each line for the user.  Raises `MetadataUnavailable` and `AlreadyRunning`.
    """
    set_up_logging()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    said: set[str] = set()

    def joined(instance_arn: str) -> None:
        if instance_arn not in said:
            said.add(instance_arn)
            say(f"ready: {instance_arn}")

    running = asyncio.create_task(
        run_agent(_agent_settings(settings), clock=SystemClock(), on_joined=joined)
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        return


def _agent_settings(settings: NodeSettings) -> AgentSettings:
    return AgentSettings(
        find=lambda: find_control(settings),
        state_dir=settings.state_dir / AGENTS / settings.name,
        cluster=settings.cluster,
        docker_host=settings.docker_host,
        cpu=settings.cpu,
        memory_mib=settings.memory_mib,
        attributes=settings.attributes,
        api_url=own_view(settings.control_url),
    )


def find_control(settings: NodeSettings) -> ControlPlane:
    """The control plane as it can be reached now; raises `LinkLost` while there is none."""
    directory, file = StateDir(settings.state_dir), settings.token_file
    try:
        if settings.control_url is None:
            running = directory.running()
            url, region, account = running.endpoint, running.region, running.account
        else:
            url, region, account = settings.control_url, HOME_REGION, HOME_ACCOUNT
        token = directory.known_node_token() if file is None else file.read_text().strip()
    except (OSError, NotRunning) as error:
        raise LinkLost(str(error)) from error
    return ControlPlane(
        url=url,
        token=token,
        region=settings.region or region,
        account=settings.account or account,
    )


def own_view(control_url: str | None) -> str | None:
    """The API as another machine's Engine and containers reach it: as its agent does.

    On the control plane's own machine, which a loopback address names, it knows better itself.
    """
    if control_url is None:
        return None
    host = urlsplit(control_url).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    return None if local else control_url.rstrip("/")
