"""`homeport run`: one task from a task definition's file, its log lines live, its exit code."""

import json
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final, NoReturn

import click

from homeport.app.state_dir import StateDir
from homeport.cli.client import CallRefused, Client
from homeport.cli.definitions import (
    Definition,
    Unusable,
    first_essential,
    launch_type_of,
    log_regions,
    read_document,
    short_name,
    unlogged,
    unreadable,
    with_logs,
)
from homeport.cli.options import state_dir_option
from homeport.cli.task_following import Follower
from homeport.cli.wakes import TROUBLE

NEVER_RAN: Final = 125
"""The exit code when there is none of the container: it was never started.  `docker run`'s too."""


class Interrupted(KeyboardInterrupt):
    """A signal told the command to end: the task it runs is stopped first."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@click.command()
@click.argument("file", type=click.File("r"), metavar="FILE.json")
@click.option("--cluster", default="default", show_default=True, help="Where to run it.")
@click.option("--launch-type", type=click.Choice(["EC2", "FARGATE"]), help="Else FILE decides.")
@click.option("--network", help="networkConfiguration as JSON; else the default VPC's subnets.")
@state_dir_option
def run(
    file: IO[str], cluster: str, launch_type: str | None, network: str | None, state_dir: Path
) -> None:
    """Run the task definition in FILE.json (- for stdin), show its log, exit as it does.

    FILE.json is what `aws ecs register-task-definition --cli-input-json` takes.  The exit code is
    that of the first essential container; 125 when it never ran.  Ctrl-C stops the task.  The
    revision that is registered for it is deleted again.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        definition = read_document(_json_of(file.read(), file.name))
        wanted = None if network is None else _network(_json_of(network, "--network"))
        errand = Errand(lambda: Client.of(StateDir(state_dir)), definition, cluster)
        sys.exit(errand.run(launch_type, wanted))
    except (Unusable, CallRefused, *TROUBLE) as error:
        click.echo(f"homeport: {error}", err=True)
        sys.exit(NEVER_RAN)
    except Interrupted as interrupted:
        sys.exit(interrupted.exit_code)


class Errand:
    """Registers, runs, follows and takes away again, whatever happens in between."""

    def __init__(self, client: Callable[[], Client], definition: Definition, cluster: str) -> None:
        self._client = client
        self._definition = definition
        self._cluster = cluster

    def run(self, launch_type: str | None, network: Definition | None) -> int:
        """The exit code for the shell."""
        launch_type = launch_type_of(self._definition, launch_type)
        if network is None and self._definition.get("networkMode") == "awsvpc":
            network = _default_network(self._client())
        with ExitStack() as taken_away:
            definition = self._with_logs(taken_away)
            arn = self._register(definition, taken_away)
            task = self._start(arn, launch_type, network)
            followed = Follower(
                self._client,
                task,
                regions=log_regions(definition),
                names=len(definition["containerDefinitions"]) > 1,
                unreadable=unreadable(definition),
            )
            taken_away.callback(followed.stop_unless_stopped)
            return self._follow(followed, first_essential(definition))

    def _with_logs(self, taken_away: ExitStack) -> Definition:
        """The definition with a log that can be read for every container."""
        names = unlogged(self._definition)
        if not names:
            return self._definition
        client = self._client()
        group = f"/homeport/run/{self._definition['family']}/{secrets.token_hex(4)}"
        client.call("logs", "CreateLogGroup", {"logGroupName": group})
        taken_away.callback(self._tidy, "logs", "DeleteLogGroup", {"logGroupName": group})
        account = _account_of(client, self._cluster)
        return with_logs(self._definition, group=group, region=client.region, account=account)

    def _register(self, definition: Definition, taken_away: ExitStack) -> str:
        answer = self._client().call("ecs", "RegisterTaskDefinition", definition)
        arn = str(answer["taskDefinition"]["taskDefinitionArn"])
        taken_away.callback(self._tidy, "ecs", "DeleteTaskDefinitions", {"taskDefinitions": [arn]})
        taken_away.callback(self._tidy, "ecs", "DeregisterTaskDefinition", {"taskDefinition": arn})
        return arn

    def _start(
        self, arn: str, launch_type: str | None, network: Definition | None
    ) -> dict[str, Any]:
        request: dict[str, object] = {
            "taskDefinition": arn,
            "cluster": self._cluster,
            "startedBy": "homeport-run",
        }
        if launch_type is not None:
            request["launchType"] = launch_type
        if network is not None:
            request["networkConfiguration"] = network
        answer = self._client().call("ecs", "RunTask", request)
        if not answer["tasks"]:
            reasons = ", ".join(
                " ".join(each[key] for key in ("arn", "reason", "detail") if each.get(key))
                for each in answer["failures"]
            )
            raise Unusable(f"no place was found for the task: {reasons}")
        task: dict[str, Any] = answer["tasks"][0]
        _say(f"task {short_name(task['taskArn'])} of {short_name(arn)}")
        return task

    def _follow(self, followed: Follower, container: str) -> int:
        try:
            return self._outcome(followed.until_stopped(), container)
        except Interrupted as interrupted:
            _say("stopping the task; once more to leave it to itself")
            followed.stop("homeport run was interrupted")
            followed.until_stopped()
            return interrupted.exit_code

    def _outcome(self, stopped: dict[str, Any], name: str) -> int:
        """The exit code of the task, and on stderr why it is not 0."""
        container = next(each for each in stopped["containers"] if each["name"] == name)
        code: int | None = container.get("exitCode")
        if code == 0:
            return 0
        reasons = [stopped.get("stoppedReason", ""), container.get("reason", "")]
        why = "; ".join(dict.fromkeys(each for each in reasons if each))
        ended = "was never started" if code is None else f"exited with code {code}"
        _say(f"container {name} {ended}: {why}")
        return NEVER_RAN if code is None else code

    def _tidy(self, service: str, operation: str, request: dict[str, object]) -> None:
        """Take something away; what cannot be is said, and hinders nothing else."""
        try:
            self._client().call(service, operation, request)
        except (CallRefused, *TROUBLE) as error:
            _say(f"{operation} failed, {next(iter(request.values()))} is left behind: {error}")


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def _json_of(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Unusable(f"{where} is not JSON: {error}") from error


def _network(document: object) -> Definition:
    """A networkConfiguration, also when only what is inside was given."""
    if isinstance(document, dict) and "awsvpcConfiguration" in document:
        return document
    if isinstance(document, dict) and "subnets" in document:
        return {"awsvpcConfiguration": document}
    raise Unusable('--network is not like {"awsvpcConfiguration": {"subnets": ["subnet-…"]}}')


def _default_network(client: Client) -> Definition:
    subnets = client.subnets_of_default_vpc()
    if not subnets:
        raise Unusable(f"{client.region} has no default VPC: say where to run with --network")
    return {"awsvpcConfiguration": {"subnets": subnets}}


def _account_of(client: Client, cluster: str) -> str:
    """The account is in the ARN of the cluster, whether there is one of this name or not."""
    answer = client.call("ecs", "DescribeClusters", {"clusters": [cluster]})
    arns = [each["clusterArn"] for each in answer["clusters"]]
    arns += [each["arn"] for each in answer["failures"]]
    return str(arns[0]).split(":")[4]


def _say(line: str) -> None:
    click.echo(f"homeport: {line}", err=True)
