"""Whether a policy document is one: IAM's grammar, as far as it can be told without evaluating.

Source: the IAM User Guide's grammar of the policy language.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from homeport.services.iam.errors import MalformedPolicyDocumentException

VERSIONS: Final = ("2012-10-17", "2008-10-17")
MEMBERS: Final = {"Version", "Id", "Statement"}
STATEMENT_MEMBERS: Final = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
}


def check_permissions(document: str) -> None:
    """Raise unless the document says what may be done."""
    for statement in _statements(document):
        if {"Principal", "NotPrincipal"} & statement.keys():
            raise MalformedPolicyDocumentException(
                "Policy document should not specify a principal."
            )
        if not {"Resource", "NotResource"} & statement.keys():
            raise MalformedPolicyDocumentException("Policy statement must contain resources.")
        _check_actions(statement)


def check_trust(document: str) -> None:
    """Raise unless the document says who may assume a role."""
    for statement in _statements(document):
        if not {"Principal", "NotPrincipal"} & statement.keys():
            raise MalformedPolicyDocumentException("AssumeRole policy must contain principals")
        if {"Resource", "NotResource"} & statement.keys():
            raise MalformedPolicyDocumentException("Has prohibited field Resource")
        _check_actions(statement)
        actions = statement.get("Action", ())
        for action in [actions] if isinstance(actions, str) else actions:
            if not str(action).lower().startswith("sts:"):
                raise MalformedPolicyDocumentException(
                    "AssumeRole policy may only specify STS AssumeRole actions."
                )


def _statements(document: str) -> list[Mapping[str, Any]]:
    try:
        parsed = json.loads(document)
    except ValueError as error:
        raise MalformedPolicyDocumentException("This policy contains invalid Json") from error
    if not isinstance(parsed, dict) or parsed.keys() - MEMBERS:
        raise MalformedPolicyDocumentException("Syntax errors in policy.")
    if parsed.get("Version", VERSIONS[0]) not in VERSIONS:
        raise MalformedPolicyDocumentException("Syntax error in policy: unknown Version.")
    statements = parsed.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocumentException("Syntax errors in policy.")
    for each in statements:
        _check_statement(each)
    return statements


def _check_statement(statement: object) -> None:
    if not isinstance(statement, dict) or statement.keys() - STATEMENT_MEMBERS:
        raise MalformedPolicyDocumentException("Syntax errors in policy.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyDocumentException(
            "Syntax error in policy: Effect must be Allow or Deny."
        )


def _check_actions(statement: Mapping[str, Any]) -> None:
    if not {"Action", "NotAction"} & statement.keys():
        raise MalformedPolicyDocumentException("Policy statement must contain actions.")
    actions = statement.get("Action", statement.get("NotAction"))
    for action in [actions] if isinstance(actions, str) else actions or [None]:
        if not isinstance(action, str) or (action != "*" and ":" not in action):
            raise MalformedPolicyDocumentException(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            )
