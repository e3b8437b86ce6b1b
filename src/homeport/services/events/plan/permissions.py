"""The policy of an event bus: statements put and removed.  Pure; it is asked by nobody here."""

from collections.abc import Mapping
from typing import Any, Final

from homeport.services.events.errors import (
    PolicyLengthExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from homeport.services.events.plan.documents import NotJson, known, read, write

POLICY_BYTES_MAX: Final = 10_240
ACTION: Final = "events:PutEvents"
VERSION: Final = "2012-10-17"


def replaced(document: str) -> str:
    """The policy that a request brings as a whole."""
    try:
        policy = read(document)
    except NotJson:
        policy = None
    if not isinstance(policy, dict) or not _has_statements(policy):
        raise ValidationException(
            "Parameter Policy is not valid. Reason: It is no policy document with statements."
        )
    return _short_enough(policy)


def put(before: str, request: Mapping[str, Any], *, bus_arn: str) -> str:
    """The policy with the statement of a request; one of the same id is replaced."""
    for name in ("StatementId", "Action", "Principal"):
        if request.get(name) is None:
            raise ValidationException(f"Parameter {name} is required.")
    if request["Action"] != ACTION:
        raise ValidationException("Provided value in parameter 'action' is not supported.")
    principal = request["Principal"]
    account = {"AWS": f"arn:aws:iam::{principal}:root"}
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": principal if principal == "*" else account,
        "Action": ACTION,
        "Resource": bus_arn,
    }
    condition = request.get("Condition")
    if condition is not None:
        statement["Condition"] = _condition(condition)
    policy = known(before) if before else {"Version": VERSION, "Statement": []}
    others = [each for each in _statements(policy) if each.get("Sid") != request["StatementId"]]
    return _short_enough({**policy, "Statement": [*others, statement]})


def removed(before: str, statement_id: str) -> str:
    """The policy without the statement of this id; empty when it was the last one."""
    if not before:
        raise ResourceNotFoundException("EventBus does not have a policy.")
    policy = known(before)
    kept = [each for each in _statements(policy) if each.get("Sid") != statement_id]
    if len(kept) == len(_statements(policy)):
        raise ResourceNotFoundException("Statement with the provided id does not exist.")
    return write({**policy, "Statement": kept}) if kept else ""


def _condition(said: Mapping[str, str]) -> dict[str, Any]:
    if said["Type"] != "StringEquals" or said["Key"] != "aws:PrincipalOrgID":
        raise ValidationException(
            "Parameter Condition is not valid. Reason: Its type is StringEquals and its key "
            "aws:PrincipalOrgID."
        )
    return {said["Type"]: {said["Key"]: said["Value"]}}


def _has_statements(policy: Mapping[str, Any]) -> bool:
    said = policy.get("Statement")
    every = said if isinstance(said, list) else [said]
    return bool(every) and all(isinstance(each, dict) and each for each in every)


def _statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = policy.get("Statement", [])
    return said if isinstance(said, list) else [said]


def _short_enough(policy: Mapping[str, Any]) -> str:
    text = write(policy)
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise PolicyLengthExceededException
    return text
