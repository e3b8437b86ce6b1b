"""What `homeport up` can be told.  `docs/design/settings.md` explains each to its user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one control plane with its embedded agent."""

    host: str = "127.0.0.1"
    port: int = 4566
    state_dir: Path
    region: str = "us-east-1"
    account: str = "000000000000"
    database: str | None = None
    """``postgresql://…``; None is the SQLite file in the state directory."""
    full_sync: bool = False
    time_scale: float = 1.0
    allow_reset: bool = False
    stop_tasks: bool = False
    """Stop every task when Homeport itself is told to stop."""
    task_history_s: float = 7 * 86_400.0
    healthy_after_s: float = 40.0
    """Seconds of ECS time after which a RUNNING task without a health check counts as healthy."""
    node_lost_after_s: float = 300.0
    """Seconds of ECS time for which a node may be disconnected before it is given up."""
    docker_host: str | None = None
    """``unix:///…`` of the Engine; None is the usual socket."""
    cpu: int | None = None
    """CPU units to offer; None is what the machine has."""
    memory_mib: int | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    lb_host: str = "127.0.0.1"
    """Where internet-facing load balancers are reached from outside their VPC."""
    lb_ports: Mapping[int, int] = field(default_factory=dict)
    """Listener port → port on `lb_host`, where it is another."""
    hooks: tuple[Mapping[str, Any], ...] = ()
    """What stands for Lambda functions: requests of PutHook, made at the start."""
    agent: bool = True
    """Run the embedded node agent; without it this is a control plane alone."""
