"""What hooks decide, without a store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.hooks.plan.answers import asked_of, fault_of_task, settled
from homeport.services.hooks.plan.functions import function_name, is_name
from homeport.services.hooks.plan.task_orders import run_task_request
from homeport.services.hooks.records.hooks import Asked, Hook, TaskHook

ASKED = Asked(
    id="i-1",
    account="0" * 12,
    region="us-east-1",
    function="smoke",
    name="smoke",
    payload="{}",
    wake=("kind", "key"),
    created_at=1.0,
)
HOOK = Hook(account="0" * 12, region="us-east-1", name="smoke", command="true")


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("smoke", "smoke"),
        ("smoke:live", "smoke"),
        ("arn:aws:lambda:us-east-1:000000000000:function:smoke", "smoke"),
        ("arn:aws:lambda:us-east-1:000000000000:function:smoke:7", "smoke"),
        ("000000000000:function:smoke:live", "smoke"),
        ("function:smoke", "smoke"),
        ("", ""),
    ],
)
def test_a_function_is_found_by_every_way_to_write_it(function: str, name: str) -> None:
    assert function_name(function) == name


@given(st.text(max_size=20))
def test_a_name_that_lambda_allows_is_its_own_name(text: str) -> None:
    if is_name(text):
        assert function_name(text) == text
    assert not is_name(text + "\n")


def test_the_first_answer_counts() -> None:
    begun = asked_of(ASKED, HOOK, now=2.0)
    assert (begun.status, begun.hook) == ("RUNNING", HOOK)
    done = settled(begun, "ANSWERED", body="yes", now=3.0)
    assert settled(done, "FAILED", diagnostic="no", now=4.0) == done
    assert done.finished_at == 3.0


@pytest.mark.parametrize(
    ("exits", "fault"),
    [
        ([("app", 0, "")], ""),
        ([("app", 0, ""), ("side", 137, "")], ""),
        ([("app", 3, "")], "The container app of the task exited with 3. Essential container"),
        ([("app", None, "CannotPull")], "has no exit code (CannotPull). Essential container"),
        ([], ""),
    ],
)
def test_each_essential_container_has_to_exit_with_0(
    exits: list[tuple[str, int | None, str]], fault: str
) -> None:
    told = fault_of_task("Essential container in task exited", exits, frozenset({"app"}))
    assert fault in told
    assert bool(fault) == bool(told)


def test_a_task_is_handed_the_payload_and_is_never_started_twice() -> None:
    task = TaskHook(task_definition="smoke", launch_type="FARGATE", subnets=("subnet-1",))
    request = run_task_request(ASKED, task, ["app", "side"])
    assert request["clientToken"] == "i-1"
    assert request["count"] == 1
    assert request["launchType"] == "FARGATE"
    assert request["networkConfiguration"] == {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    overrides = request["overrides"]["containerOverrides"]
    assert [each["name"] for each in overrides] == ["app", "side"]
    assert {"name": "HOMEPORT_HOOK_PAYLOAD", "value": "{}"} in overrides[1]["environment"]
