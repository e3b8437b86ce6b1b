"""What the engine asks of the services that targets belong to; what failed, in one form."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.contracts.operations import Asker, event_bridge_principal
from homeport.kernel.errors import AwsError
from homeport.runtime import Tick
from homeport.services.jobs.plan.asks import Ask
from homeport.services.jobs.plan.targets import principal_of
from homeport.services.jobs.records.firings import Firing
from homeport.store import Tx

NOT_SERVED = "UnknownOperationException"


class Failed(Exception):
    """What was asked for was refused; it has changed nothing."""

    def __init__(self, code: str, message: str, *, kind: str = "") -> None:
        self.code = code
        self.message = message
        self.kind = kind or code
        """The error's name in its service's model."""
        super().__init__(f"{code}: {message}")


NOBODY_THERE: Final = Failed(
    "AGENT", "The agent of no container instance was connected: no task was started."
)
"""Amazon's ECS is never without its agents because it was restarted itself; what falls into such a
moment here must not be lost, so it is tried again as the retry policy says."""


def answer_of(tx: Tx, tick: Tick, firing: Firing, asks: Sequence[Ask]) -> Mapping[str, Any]:
    """The answer to the last of these, asked for in turn; raises `Failed`."""
    answer: Mapping[str, Any] = {}
    for each in asks:
        if each.forwarded:
            return _sent_on(tx, tick, firing, each)
        try:
            answer = _answer(tx, tick, firing, each)
        except AwsError as error:
            if error.code in each.forgives:
                continue
            code = tick.peers.operations.error_code(each.service, error)
            raise Failed(code, error.message, kind=error.code) from error
        except KeyError as error:
            what = f"Homeport does not serve {each.service}:{each.operation}."
            raise Failed(NOT_SERVED, what) from error
    for entry in answer.get("Entries", ()) if answer.get("FailedEntryCount") else ():
        if entry.get("ErrorCode"):
            raise Failed(entry["ErrorCode"], entry.get("ErrorMessage", ""))
    return answer


def ask_ecs(
    tx: Tx, tick: Tick, place: tuple[str, str], operation: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask ECS in an account and region on our own account; raises `AwsError` as it would."""
    account, region = place
    asker = Asker(
        account=account,
        region=region,
        principal=event_bridge_principal(account),
        now=tick.now,
        ids=tick.ids,
    )
    return tick.peers.operations.ask(tx, asker, "ecs", operation, request)


def _sent_on(tx: Tx, tick: Tick, firing: Firing, ask: Ask) -> Mapping[str, Any]:
    bus = str(ask.members["EventBusName"])
    if not tick.peers.bus.forward(tx, bus, ask.forwarded, at=firing.wanted.scheduled_for):
        raise Failed("ResourceNotFoundException", f"Event bus {bus} does not exist.")
    return {}


def _answer(tx: Tx, tick: Tick, firing: Firing, ask: Ask) -> Mapping[str, Any]:
    operations = tick.peers.operations
    account = firing.wanted.account
    request = operations.request_for(ask.service, ask.operation, ask.members, strict=ask.strict)
    asker = Asker(
        account=account,
        region=ask.region or firing.wanted.region,
        principal=principal_of(firing, without_role=event_bridge_principal(account)),
        now=tick.now,
        ids=tick.ids,
    )
    return operations.ask(tx, asker, ask.service, ask.operation, request)
