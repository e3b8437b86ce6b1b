"""What stands for Lambda functions, for the others: homeport.contracts.hooks.

Sole writer of invocations.
"""

from typing import Any, Final

from msgspec.structs import replace

from homeport.contracts.hooks import Answer, Invocation, Order
from homeport.contracts.operations import Asker, Operations
from homeport.kernel.errors import AwsError
from homeport.kernel.ids import Ids
from homeport.services.hooks.plan import answers, task_orders
from homeport.services.hooks.plan.functions import function_name
from homeport.services.hooks.queries.hooks import find_hook
from homeport.services.hooks.queries.invocations import (
    find_invocation,
    insert_invocation,
    running,
    save_invocation,
)
from homeport.services.hooks.records.hooks import Asked, Status, TaskHook
from homeport.store import ReadTx, Tx

FORGOTTEN: Final = "Nobody waits for the answer any more."
TASK_GONE: Final = "The task is not known any more."


class MappedHooks:
    """What is mapped to functions, asked on behalf of deployments."""

    def __init__(self, operations: Operations) -> None:
        """`operations`: how tasks are run and stopped."""
        self._operations = operations

    def invoke(self, tx: Tx, wanted: Invocation, *, now: float, ids: Ids) -> str:
        name = function_name(wanted.function)
        asked = Asked(
            id=ids.uuid(),
            account=wanted.account,
            region=wanted.region,
            function=wanted.function,
            name=name,
            payload=wanted.payload,
            wake=wanted.wake,
            created_at=now,
        )
        hook = find_hook(tx, wanted.account, wanted.region, name)
        insert_invocation(tx, answers.asked_of(asked, hook, now=now))
        return asked.id

    def answer(self, tx: ReadTx, invocation_id: str) -> Answer | None:
        asked = find_invocation(tx, invocation_id)
        if asked is None:
            return None
        return Answer(
            status=asked.status,
            body=asked.body,
            is_task=asked.hook is not None and asked.hook.task is not None,
            diagnostic=asked.diagnostic,
            finished_at=asked.finished_at,
        )

    def forget(self, tx: Tx, invocation_id: str, *, now: float, ids: Ids) -> None:
        asked = find_invocation(tx, invocation_id)
        if asked is None or asked.status != "RUNNING":
            return
        self._stop_task(tx, asked, FORGOTTEN, now=now, ids=ids)
        save_invocation(tx, asked, answers.settled(asked, "FAILED", diagnostic=FORGOTTEN, now=now))

    def orders(self, tx: ReadTx) -> tuple[Order, ...]:
        return tuple(_order(each) for each in running(tx) if each.hook is not None)

    def order(self, tx: ReadTx, invocation_id: str) -> Order | None:
        asked = find_invocation(tx, invocation_id)
        is_open = asked is not None and asked.status == "RUNNING" and asked.hook is not None
        return _order(asked) if asked is not None and is_open else None

    def settle(
        self, tx: Tx, invocation_id: str, *, body: str | None, diagnostic: str, now: float
    ) -> None:
        asked = find_invocation(tx, invocation_id)
        if asked is None:
            return
        status: Status = "FAILED" if body is None else "ANSWERED"
        after = answers.settled(asked, status, body=body or "", diagnostic=diagnostic, now=now)
        save_invocation(tx, asked, after)

    def keep_task(self, tx: Tx, invocation_id: str, *, now: float, ids: Ids) -> str | None:
        asked = find_invocation(tx, invocation_id)
        if asked is None or asked.status != "RUNNING":
            return None
        if asked.hook is None or asked.hook.task is None:
            return None
        try:
            if asked.task_arn is None:
                after = self._started(tx, asked, asked.hook.task, _asker(asked, now, ids))
            else:
                after = self._looked_at(tx, asked, asked.hook.task, _asker(asked, now, ids))
        except AwsError as error:
            told = f"{error.code}: {error.message}"
            after = answers.settled(asked, "FAILED", diagnostic=told, now=now)
        save_invocation(tx, asked, after)
        return after.task_arn if after.status == "RUNNING" else None

    def _started(self, tx: Tx, asked: Asked, task: TaskHook, asker: Asker) -> Asked:
        wanted = {"taskDefinition": task.task_definition}
        described = self._ask(tx, asker, "DescribeTaskDefinition", wanted)["taskDefinition"]
        names = [each["name"] for each in described["containerDefinitions"]]
        request = task_orders.run_task_request(asked, task, names)
        done = self._ask(tx, asker, "RunTask", request)
        if done["tasks"]:
            return replace(asked, task_arn=done["tasks"][0]["taskArn"])
        reasons = "; ".join(str(each.get("reason", "")) for each in done["failures"])
        told = f"The task of the hook could not be placed: {reasons}."
        return answers.settled(asked, "FAILED", diagnostic=told, now=asker.now)

    def _looked_at(self, tx: Tx, asked: Asked, task: TaskHook, asker: Asker) -> Asked:
        wanted = {"cluster": task.cluster, "tasks": [asked.task_arn]}
        found = self._ask(tx, asker, "DescribeTasks", wanted)["tasks"]
        if not found:
            return answers.settled(asked, "FAILED", diagnostic=TASK_GONE, now=asker.now)
        if found[0]["lastStatus"] == "STOPPED":
            return self._ended(tx, asked, found[0], asker)
        hook = asked.hook
        if hook is None or asker.now < asked.created_at + hook.timeout_s:
            return asked
        told = f"The task of the hook ran for more than {hook.timeout_s:g} seconds."
        self._stop_task(tx, asked, told, now=asker.now, ids=asker.ids)
        return answers.settled(asked, "FAILED", diagnostic=told, now=asker.now)

    def _ended(self, tx: Tx, asked: Asked, task: dict[str, Any], asker: Asker) -> Asked:
        wanted = {"taskDefinition": task["taskDefinitionArn"]}
        described = self._ask(tx, asker, "DescribeTaskDefinition", wanted)["taskDefinition"]
        essential = frozenset(
            each["name"]
            for each in described["containerDefinitions"]
            if each.get("essential", True)
        )
        fault = answers.fault_of_task(
            task.get("stoppedReason", ""),
            [
                (each["name"], each.get("exitCode"), each.get("reason", ""))
                for each in task["containers"]
            ],
            essential,
        )
        status: Status = "FAILED" if fault else "ANSWERED"
        return answers.settled(asked, status, diagnostic=fault, now=asker.now)

    def _stop_task(self, tx: Tx, asked: Asked, reason: str, *, now: float, ids: Ids) -> None:
        if asked.task_arn is None or asked.hook is None or asked.hook.task is None:
            return
        request = {
            "cluster": asked.hook.task.cluster,
            "task": asked.task_arn,
            "reason": reason,
        }
        self._ask(tx, _asker(asked, now, ids), "StopTask", request)

    def _ask(self, tx: Tx, asker: Asker, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._operations.ask(tx, asker, "ecs", operation, request)


def _asker(asked: Asked, now: float, ids: Ids) -> Asker:
    return Asker(
        account=asked.account,
        region=asked.region,
        principal=f"arn:aws:iam::{asked.account}:root",
        now=now,
        ids=ids,
    )


def _order(asked: Asked) -> Order:
    hook = asked.hook
    if hook is None:
        raise ValueError(f"nothing stands for the function of {asked.id}")
    return Order(
        id=asked.id,
        kind=hook.kind,
        name=asked.name,
        payload=asked.payload,
        region=asked.region,
        command=hook.command,
        directory=hook.directory,
        url=hook.url,
        task_arn=asked.task_arn,
        began_at=asked.created_at,
        timeout_s=hook.timeout_s,
    )
