"""Statements of a bus's policy: put, replaced, removed."""

import json
from typing import Any

import pytest

from homeport.services.events.errors import (
    PolicyLengthExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from homeport.services.events.plan.permissions import POLICY_BYTES_MAX, put, removed, replaced

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"


def said(sid: str, principal: str = "111111111111", **more: Any) -> dict[str, Any]:
    return {"StatementId": sid, "Action": "events:PutEvents", "Principal": principal, **more}


def test_a_statement_lets_an_account_in() -> None:
    assert json.loads(put("", said("a"), bus_arn=BUS)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "a",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "events:PutEvents",
                "Resource": BUS,
            }
        ],
    }


def test_everybody_of_an_organisation_may_be_let_in() -> None:
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    [statement] = json.loads(put("", said("a", "*", Condition=condition), bus_arn=BUS))["Statement"]
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def test_a_statement_of_the_same_id_is_replaced() -> None:
    first = put(put("", said("a"), bus_arn=BUS), said("b"), bus_arn=BUS)
    after = json.loads(put(first, said("a", "*"), bus_arn=BUS))
    assert [each["Sid"] for each in after["Statement"]] == ["b", "a"]


def test_the_last_statement_takes_the_policy_with_it() -> None:
    both = put(put("", said("a"), bus_arn=BUS), said("b"), bus_arn=BUS)
    one = removed(both, "a")
    assert [each["Sid"] for each in json.loads(one)["Statement"]] == ["b"]
    assert removed(one, "b") == ""


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("", "EventBus does not have a policy."),
        (put("", said("b"), bus_arn=BUS), "Statement with the provided id does not exist."),
    ],
)
def test_what_is_not_there_cannot_be_removed(policy: str, text: str) -> None:
    with pytest.raises(ResourceNotFoundException) as refused:
        removed(policy, "a")
    assert refused.value.message == text


def test_only_putting_events_can_be_permitted() -> None:
    with pytest.raises(ValidationException) as refused:
        put("", {**said("a"), "Action": "events:PutRule"}, bus_arn=BUS)
    assert refused.value.message == "Provided value in parameter 'action' is not supported."


@pytest.mark.parametrize("policy", ["", "{", "[]", "{}", '{"Statement":[]}', '{"Statement":"a"}'])
def test_what_is_no_policy_is_refused(policy: str) -> None:
    with pytest.raises(ValidationException, match=r"^Parameter Policy is not valid"):
        replaced(policy)


def test_one_statement_need_not_be_a_list() -> None:
    policy = replaced('{"Statement": {"Sid": "a", "Effect": "Allow"}}')
    after = json.loads(put(policy, said("b"), bus_arn=BUS))
    assert [each["Sid"] for each in after["Statement"]] == ["a", "b"]


def test_a_policy_has_a_limit() -> None:
    statement = {"Sid": "x" * POLICY_BYTES_MAX}
    with pytest.raises(PolicyLengthExceededException):
        replaced(json.dumps({"Statement": [statement]}))
