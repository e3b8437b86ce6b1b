"""`homeport up` and `homeport server`: Homeport in the foreground."""

import contextlib
import errno
import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import uvloop

from homeport.agent.machine import AlreadyRunning
from homeport.agent.metadata_server import MetadataUnavailable
from homeport.app.hooks_file import BadHooks, read_hooks
from homeport.app.settings import Settings
from homeport.app.up import run
from homeport.cli.options import Command, state_dir_option
from homeport.dataplane.envoy.process import EnvoyMissing


def serving_options(command: Command) -> Command:
    """The options that `up` and `server` share."""
    options = (
        click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen."),
        click.option("--port", default=4566, show_default=True, help="0 picks a free one."),
        state_dir_option,
        click.option("--region", default="us-east-1", show_default=True, help="Home region."),
        click.option("--account-id", default="0" * 12, show_default=True, help="12 digits."),
        click.option("--database", help="postgresql://… instead of SQLite in the state directory."),
        click.option("--full-sync", is_flag=True, help="Survive power cuts: synchronous=FULL."),
        click.option("--time-scale", default=1.0, show_default=True, help="Waits pass faster."),
        click.option("--allow-reset", is_flag=True, help="Serve POST /_homeport/reset."),
        click.option("--task-history", default=7.0, show_default=True, help="Days to keep tasks."),
        click.option(
            "--healthy-after",
            type=click.FloatRange(0),
            default=40.0,
            show_default=True,
            help="Seconds after which a task without a health check is healthy.",
        ),
        click.option(
            "--node-lost-after",
            type=click.FloatRange(0, min_open=True),
            default=300.0,
            show_default=True,
            help="Seconds after which a disconnected node is given up.",
        ),
        click.option(
            "--hooks",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            callback=lambda _context, _parameter, path: hooks_of(path),
            help="A file that says what stands for Lambda functions.",
        ),
        click.option("--access-key-id", help="Fix the root access key."),
        click.option("--secret-access-key", help="Fix the root secret key."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@serving_options
@click.option("--stop-tasks", is_flag=True, help="Stop every task when Homeport stops.")
@click.option("--docker-host", envvar=["HOMEPORT_DOCKER_HOST", "DOCKER_HOST"], help="unix:///…")
@click.option("--cpu", type=int, help="CPU units to offer instead of what the machine has.")
@click.option("--memory", type=int, help="MiB to offer likewise.")
@click.option(
    "--lb-host",
    default="127.0.0.1",
    show_default=True,
    callback=lambda _context, _parameter, value: address(value),
    help="Where internet-facing load balancers listen.",
)
@click.option(
    "--lb-port",
    multiple=True,
    metavar="PORT=OTHER",
    callback=lambda _context, _parameter, values: ports(values),
    help="Listen on another port of that host (several times, or with commas).",
)
def up(**options: object) -> None:
    """Run Homeport on this machine until it is told to stop; tasks go on running without it."""
    _run(options)


@click.command()
@serving_options
def server(**options: object) -> None:
    """Run a control plane alone, without an agent on this machine."""
    _run(options | {"agent": False})


def _run(options: dict[str, object]) -> None:
    settings = _settings(options)
    try:
        uvloop.run(run(settings, say=say))
    except (EnvoyMissing, BadHooks) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise click.ClickException(
            f"port {settings.port} of {settings.host} is taken; choose another with --port"
        ) from error
    except ExceptionGroup as group:
        mendable, others = group.split((MetadataUnavailable, AlreadyRunning))
        if mendable is None or others is not None:
            raise
        raise click.ClickException(str(_first(mendable))) from group


def hooks_of(path: Path | None) -> tuple[Mapping[str, Any], ...]:
    """What the file says; raises `click.BadParameter`."""
    try:
        return () if path is None else read_hooks(path)
    except BadHooks as error:
        raise click.BadParameter(str(error)) from error


def address(text: str) -> str:
    """An address of this machine; raises `click.BadParameter`."""
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no IP address") from error


def ports(texts: Sequence[str]) -> dict[int, int]:
    """Port → other port, from ``80=8080`` and the like; raises `click.BadParameter`."""
    found: dict[int, int] = {}
    for pair in (each.strip() for text in texts for each in text.split(",")):
        if not pair:
            continue
        here, equals, there = pair.partition("=")
        if not (equals and _is_port(here) and _is_port(there)):
            raise click.BadParameter(f"{pair!r} is not of the form 80=8080")
        if int(here) in found:
            raise click.BadParameter(f"port {here} is named twice")
        if int(there) in found.values():
            raise click.BadParameter(f"port {there} can stand for one port only")
        found[int(here)] = int(there)
    return found


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65_536


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def say(line: str) -> None:
    """Tell the user; a terminal or a pipe that went away is no reason to stop."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(line)


def _settings(options: dict[str, object]) -> Settings:
    renamed = dict(options)
    renamed["account"] = renamed.pop("account_id")
    renamed["memory_mib"] = renamed.pop("memory", None)
    days = renamed.pop("task_history")
    assert isinstance(days, float)  # noqa: S101 - click has converted it.
    renamed["task_history_s"] = days * 86_400
    renamed["healthy_after_s"] = renamed.pop("healthy_after")
    renamed["node_lost_after_s"] = renamed.pop("node_lost_after")
    if "lb_port" in renamed:
        renamed["lb_ports"] = renamed.pop("lb_port")
    account = renamed["account"]
    if not (isinstance(account, str) and len(account) == 12 and account.isdecimal()):
        raise click.BadParameter("an account id has 12 digits", param_hint="--account-id")
    if bool(renamed["access_key_id"]) != bool(renamed["secret_access_key"]):
        raise click.UsageError("give --access-key-id and --secret-access-key together")
    return Settings(**renamed)  # type: ignore[arg-type]
