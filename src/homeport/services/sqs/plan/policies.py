"""The permissions that AddPermission writes into a queue's policy.  Pure."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from homeport.services.sqs.errors import OverLimit, missing, value_refused
from homeport.services.sqs.records.queues import Queue

ACTIONS_MAX: Final = 7
STATEMENTS_MAX: Final = 20
ACTIONS: Final = frozenset(
    {
        "*",
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    }
)

_LABEL: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_EXISTS: Final = "Already exists."


def with_permission(
    queue: Queue, label: str, accounts: Sequence[str], actions: Sequence[str]
) -> str:
    """The queue's policy with a statement more."""
    _check(label, accounts, actions)
    document = _document(queue)
    statements = document["Statement"]
    if any(each.get("Sid") == label for each in statements):
        raise value_refused(label, "Label", _EXISTS)
    if len(statements) >= STATEMENTS_MAX:
        raise OverLimit(
            f"{len(statements) + 1} statements were found, maximum allowed is {STATEMENTS_MAX}."
        )
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    names = [f"SQS:{action}" for action in actions]
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": names[0] if len(names) == 1 else names,
        "Resource": queue.arn,
    }
    return _encoded({**document, "Statement": [*statements, statement]})


def without_permission(queue: Queue, label: str) -> str:
    """The queue's policy without the statement of this label; empty when none is left."""
    document = _document(queue)
    kept = [each for each in document["Statement"] if each.get("Sid") != label]
    if len(kept) == len(document["Statement"]):
        raise value_refused(label[:200], "Label", "can't find label.")
    return _encoded({**document, "Statement": kept}) if kept else ""


def _check(label: str, accounts: Sequence[str], actions: Sequence[str]) -> None:
    if not _LABEL.fullmatch(label):
        raise value_refused(
            label[:200],
            "Label",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
        )
    if not accounts:
        raise missing("AWSAccountIds")
    if not actions:
        raise missing("Actions")
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            raise value_refused(account[:200], "PrincipalId", "Unable to verify.")
    if len(actions) > ACTIONS_MAX:
        raise OverLimit(f"{len(actions)} Actions were found, maximum allowed is {ACTIONS_MAX}.")
    for action in actions:
        if action not in ACTIONS:
            raise value_refused(
                f"SQS:{action[:200]}", "ActionName", "Only the queue owner is allowed to invoke it."
            )


def _document(queue: Queue) -> dict[str, Any]:
    if not queue.body.policy:
        return {
            "Version": "2008-10-17",
            "Id": f"{queue.arn}/SQSDefaultPolicy",
            "Statement": [],
        }
    document: dict[str, Any] = msgspec.json.decode(queue.body.policy)
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return {**document, "Statement": [each for each in listed if isinstance(each, dict)]}


def _encoded(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document).decode()
