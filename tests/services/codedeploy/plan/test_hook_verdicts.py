"""What counts as a function's judgement."""

import pytest

from homeport.services.codedeploy.plan.hooks import judge, payload
from homeport.services.codedeploy.records.deployments import LifecycleEvent
from homeport.services.codedeploy.records.sights import HookSight

EVENT = LifecycleEvent(name="AfterInstall", status="InProgress", started_at=0.0)


def verdict(
    seen: HookSight | None, *, reported: str | None = None, is_late: bool = False
) -> tuple[str, str] | None:
    event = LifecycleEvent(
        name="AfterInstall",
        status="InProgress",
        started_at=0.0,
        reported=reported,  # type: ignore[arg-type]
    )
    found = judge(event, "fn", seen, is_late=is_late)
    return None if found is None else (found.status, found.diagnostics.error_code)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (HookSight(status="RUNNING"), None),
        (HookSight(status="ANSWERED"), None),
        (HookSight(status="ANSWERED", body="done"), None),
        (HookSight(status="ANSWERED", body='"Succeeded"'), None),
        (HookSight(status="ANSWERED", body='{"status": "InProgress"}'), None),
        (HookSight(status="ANSWERED", body='{"status": ["Succeeded"]}'), None),
        (HookSight(status="ANSWERED", body="[" * 100_000), None),
        (HookSight(status="ANSWERED", body='"\ud800"'), None),
        (HookSight(status="ANSWERED", body='{"status": "Succeeded"}'), ("Succeeded", "Success")),
        (HookSight(status="ANSWERED", body='{"Status": "Succeeded"}'), ("Succeeded", "Success")),
        (HookSight(status="ANSWERED", body='{"status": "Failed"}'), ("Failed", "ScriptFailed")),
        (HookSight(status="ANSWERED", is_task=True), ("Succeeded", "Success")),
        (HookSight(status="FAILED", diagnostic="exit code 3"), ("Failed", "ScriptFailed")),
        (HookSight(status="FAILED", is_task=True), ("Failed", "ScriptFailed")),
        (HookSight(status="UNKNOWN"), ("Failed", "ScriptFailed")),
        (None, ("Failed", "ScriptFailed")),
    ],
)
def test_what_came_of_asking_may_say_enough(
    seen: HookSight | None, expected: tuple[str, str] | None
) -> None:
    assert verdict(seen) == expected


@pytest.mark.parametrize("reported", ["Succeeded", "Failed"])
@pytest.mark.parametrize("status", ["RUNNING", "ANSWERED", "FAILED", "UNKNOWN"])
def test_what_was_reported_counts_most(reported: str, status: str) -> None:
    found = verdict(HookSight(status=status), reported=reported, is_late=True)
    assert found == (reported, "Success" if reported == "Succeeded" else "ScriptFailed")


def test_what_comes_too_late_has_timed_out() -> None:
    assert verdict(HookSight(status="RUNNING"), is_late=True) == ("Failed", "ScriptTimedOut")
    assert verdict(HookSight(status="ANSWERED"), is_late=True) == ("Failed", "ScriptTimedOut")
    answered = HookSight(status="ANSWERED", body='{"status": "Succeeded"}')
    assert verdict(answered, is_late=True) == ("Succeeded", "Success")


def test_the_diagnostics_name_the_function_why_it_failed_and_the_end_of_what_it_said() -> None:
    seen = HookSight(status="FAILED", diagnostic="exit code 3", body="x" * 5000 + "end")
    found = judge(EVENT, "arn:fn", seen, is_late=False)
    assert found is not None
    assert found.diagnostics.script_name == "arn:fn"
    assert found.diagnostics.message == "exit code 3"
    assert len(found.diagnostics.log_tail) == 4096
    assert found.diagnostics.log_tail.endswith("end")


def test_the_payload_is_what_lambda_would_get() -> None:
    assert payload("d-1", "x-2") == '{"DeploymentId":"d-1","LifecycleEventHookExecutionId":"x-2"}'
