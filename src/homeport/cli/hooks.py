"""`homeport hooks`: what stands for the Lambda functions that deployments name."""

from pathlib import Path
from typing import Any, Final

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option
from homeport.cli.showing import aligned, clock, show

VARIABLES: Final = {"auto_envvar_prefix": "HOMEPORT"}
"""As of every command: --state-dir is HOMEPORT_STATE_DIR."""


@click.group()
def hooks() -> None:
    """Say what stands for Lambda functions, and see what came of asking."""


@hooks.command("set", context_settings=VARIABLES)
@click.argument("name", metavar="FUNCTION")
@click.option("--command", help="A shell command; the payload is its standard input.")
@click.option("--url", help="The payload is POSTed there.")
@click.option("--task-definition", help="A task that must exit with 0.")
@click.option("--cluster", help="Where the task runs.", show_default="default")
@click.option("--launch-type", help="The task's.")
@click.option("--subnet", "subnets", multiple=True, help="The task's (several times).")
@click.option("--security-group", "groups", multiple=True, help="The task's (several times).")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds to answer in.")
@state_dir_option
def set_hook(name: str, state_dir: Path, **options: Any) -> None:
    """Say what stands for FUNCTION, a name or an ARN: one of --command, --url, --task-definition.

    A command must exit with 0, a server must answer 2xx, a task's essential containers must exit
    with 0.  What a command prints, or a server answers, is what Lambda would have answered.
    """
    request = _request(name, options)
    Client.of(StateDir(state_dir)).call("homeport", "PutHook", request)


@hooks.command("list", context_settings=VARIABLES)
@state_dir_option
def list_hooks(state_dir: Path) -> None:
    """Show what stands for which function."""
    found = Client.of(StateDir(state_dir)).call("homeport", "ListHooks")["hooks"]
    for line in aligned([(each["name"], *_what(each)) for each in found]) if found else ():
        show(line)


@hooks.command("remove", context_settings=VARIABLES)
@click.argument("name", metavar="FUNCTION")
@state_dir_option
def remove(name: str, state_dir: Path) -> None:
    """Let nothing stand for FUNCTION."""
    Client.of(StateDir(state_dir)).call("homeport", "DeleteHook", {"name": name})


@hooks.command("log", context_settings=VARIABLES)
@click.argument("name", metavar="FUNCTION")
@state_dir_option
def log(name: str, state_dir: Path) -> None:
    """Show when FUNCTION was asked last, and what came of it, the newest first."""
    client = Client.of(StateDir(state_dir))
    for each in client.call("homeport", "ListHookInvocations", {"name": name})["invocations"]:
        show(f"{clock(each['createdAt'])}  {each['status']:<8}  {each['payload']}")
        for told in ("taskArn", "body", "diagnostic"):
            if each.get(told):
                show(f"    {each[told].strip()}")


def _request(name: str, options: dict[str, Any]) -> dict[str, Any]:
    task = {
        "taskDefinition": options["task_definition"],
        "cluster": options["cluster"],
        "launchType": options["launch_type"],
        "subnets": list(options["subnets"]),
        "securityGroups": list(options["groups"]),
    }
    task = {key: value for key, value in task.items() if value}
    if task and "taskDefinition" not in task:
        raise click.UsageError("only a task has a cluster, a launch type, subnets and groups")
    wanted = {
        "command": options["command"],
        "directory": str(Path.cwd()) if options["command"] else None,
        "url": options["url"],
        "task": task,
        "timeoutSeconds": options["timeout"],
    }
    if sum(bool(wanted[key]) for key in ("command", "url", "task")) != 1:
        raise click.UsageError("give one of --command, --url and --task-definition")
    return {"name": name, **{key: value for key, value in wanted.items() if value}}


def _what(hook: dict[str, Any]) -> tuple[str, str]:
    if "task" in hook:
        return "task", f"{hook['task']['taskDefinition']} in {hook['task']['cluster']}"
    if "url" in hook:
        return "url", str(hook["url"])
    return "command", str(hook["command"])
