"""`homeport agent`: join a control plane as one more container instance."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import uvloop

from homeport.agent.machine import AlreadyRunning
from homeport.agent.metadata_server import MetadataUnavailable
from homeport.app.agent import NodeSettings, run_node
from homeport.cli.options import state_dir_option
from homeport.cli.up import say

ATTRIBUTES_MAX: Final = 10
SETTABLE: Final = (
    "ecs.ami-id",
    "ecs.availability-zone",
    "ecs.instance-type",
    "ecs.outpost-arn",
    "ecs.subnet-id",
    "ecs.vpc-id",
)
"""Of the names that are ECS's, those that say where the machine is and not what it can do."""
RESERVED: Final = ("ecs.", "com.amazonaws.")

_NODE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NAME: Final = re.compile(r"[A-Za-z0-9_/\\.-]{1,128}")
_VALUE: Final = re.compile(r"[A-Za-z0-9_.@/\\: -]{1,128}")


@click.command()
@click.option("--name", required=True, help="Its name on this machine: the same is the same.")
@state_dir_option
@click.option("--cluster", default="default", show_default=True, help="The cluster to join.")
@click.option("--cpu", type=click.IntRange(1), help="CPU units to offer: a share of the machine.")
@click.option("--memory", type=click.IntRange(1), help="MiB to offer likewise.")
@click.option("--attributes", default="", help="NAME=VALUE,… for placement; a value is optional.")
@click.option("--control-url", help="A control plane elsewhere; needs --token-file.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A copy of its node token.",
)
@click.option("--region", help="Its region, if not that of the control plane.")
@click.option("--account-id", help="Its account, likewise.")
@click.option("--docker-host", envvar=["HOMEPORT_DOCKER_HOST", "DOCKER_HOST"], help="unix:///…")
def agent(**options: object) -> None:
    """Run tasks on this machine for a Homeport until told to stop; tasks go on without it."""
    settings = _settings(options)
    try:
        uvloop.run(run_node(settings, say=say))
    except (MetadataUnavailable, AlreadyRunning) as error:
        raise click.ClickException(str(error)) from error


def _settings(options: Mapping[str, object]) -> NodeSettings:
    renamed = dict(options)
    renamed["memory_mib"] = renamed.pop("memory")
    renamed["account"] = renamed.pop("account_id")
    renamed["attributes"] = attributes_in(str(renamed["attributes"]))
    name = str(renamed["name"])
    if not _NODE_NAME.fullmatch(name):
        raise click.BadParameter(
            "1 to 64 letters, digits, hyphens, underscores or periods", param_hint="--name"
        )
    _check_control(renamed["control_url"], renamed["token_file"])
    return NodeSettings(**renamed)  # type: ignore[arg-type]


def _check_control(url: object, token_file: object) -> None:
    if url is None:
        return
    if token_file is None:
        raise click.UsageError("give --token-file with --control-url")
    parts = urlsplit(str(url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter("http://HOST:PORT or https://…", param_hint="--control-url")


def attributes_in(text: str) -> dict[str, str | None]:
    """The attributes that ``NAME=VALUE,…`` names; raises `click.BadParameter` for a bad one."""
    found: dict[str, str | None] = {}
    for each in (part for part in text.split(",") if part):
        name, equals, value = each.partition("=")
        _check_attribute(name, value if equals else None)
        if name in found:
            raise _bad(f"{name} is named twice")
        found[name] = value if equals else None
    if len(found.keys() - set(SETTABLE)) > ATTRIBUTES_MAX:
        raise _bad(f"an instance has at most {ATTRIBUTES_MAX} attributes of its own")
    return found


def _check_attribute(name: str, value: str | None) -> None:
    if not _NAME.fullmatch(name):
        raise _bad(
            f"the name {name!r} must have 1 to 128 letters, numbers, hyphens, underscores, "
            "slashes, back slashes or periods"
        )
    if name.startswith(RESERVED) and name not in SETTABLE:
        raise _bad(
            f"{name} is for the agent to say; of the names of ECS only {', '.join(SETTABLE)}"
        )
    if value is not None and (not _VALUE.fullmatch(value) or value != value.strip(" ")):
        raise _bad(
            f"the value {value!r} of {name} must have 1 to 128 letters, numbers, hyphens, "
            "underscores, periods, at signs, slashes, back slashes, colons or spaces, and must "
            "not start or end with a space"
        )
    if name in SETTABLE and value is None:
        raise _bad(f"{name} needs a value")


def _bad(sentence: str) -> click.BadParameter:
    return click.BadParameter(sentence, param_hint="--attributes")
