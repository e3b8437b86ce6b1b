"""Account settings: of the account, of who differs from it, and what holds in the end."""

from collections.abc import Callable

import pytest

from ecs_asking import ACCOUNT, Asked, names
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.store import Store

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci"


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def value(ecs: Asked, name: str, by: str | None = None) -> str:
    (setting,) = ecs("ListAccountSettings", by=by, name=name, effectiveSettings=True)["settings"]
    return str(setting["value"])


def test_nothing_is_listed_until_something_is_set(ecs: Asked) -> None:
    assert ecs("ListAccountSettings") == {"settings": []}


def test_what_holds_is_listed_in_pages_of_ten(ecs: Asked) -> None:
    first = ecs("ListAccountSettings", effectiveSettings=True)
    rest = ecs("ListAccountSettings", effectiveSettings=True, nextToken=first["nextToken"])
    assert len(first["settings"]) == 10
    assert "nextToken" not in rest
    listed = names(first["settings"] + rest["settings"])
    assert listed == sorted(listed)
    assert {"taskLongArnFormat", "guardDutyActivate", "containerInsights"} <= set(listed)
    kinds = {each["name"]: each["type"] for each in first["settings"] + rest["settings"]}
    assert [name for name, kind in kinds.items() if kind == "aws_managed"] == ["guardDutyActivate"]
    assert first["settings"][0] == {
        "name": "awsvpcTrunking",
        "value": "disabled",
        "principalArn": ROOT,
        "type": "user",
    }


def test_a_users_own_setting_wins_over_the_accounts(ecs: Asked) -> None:
    ecs("PutAccountSettingDefault", name="containerInsights", value="enabled")
    assert value(ecs, "containerInsights", by=ALICE) == "enabled"
    put = ecs("PutAccountSetting", by=ALICE, name="containerInsights", value="enhanced")
    assert put["setting"] == {
        "name": "containerInsights",
        "value": "enhanced",
        "principalArn": ALICE,
        "type": "user",
    }
    assert value(ecs, "containerInsights", by=ALICE) == "enhanced"
    assert value(ecs, "containerInsights") == "enabled"
    gone = ecs("DeleteAccountSetting", by=ALICE, name="containerInsights")
    assert gone["setting"]["value"] == "enabled"
    assert value(ecs, "containerInsights", by=ALICE) == "enabled"


def test_what_the_root_user_sets_holds_for_the_account(ecs: Asked) -> None:
    ecs("PutAccountSetting", name="awsvpcTrunking", value="enabled")
    assert value(ecs, "awsvpcTrunking", by=ALICE) == "enabled"
    assert names(ecs("ListAccountSettings")["settings"]) == ["awsvpcTrunking"]
    assert ecs("ListAccountSettings", by=ALICE)["settings"] == []


def test_a_session_has_the_settings_of_its_role(ecs: Asked) -> None:
    ecs("PutAccountSetting", principalArn=ROLE, name="awsvpcTrunking", value="on")
    assert value(ecs, "awsvpcTrunking", by=SESSION) == "on"
    (setting,) = ecs("ListAccountSettings", by=SESSION)["settings"]
    assert setting["principalArn"] == ROLE


def test_settings_are_filtered_by_name_and_value(ecs: Asked) -> None:
    ecs("PutAccountSetting", name="awsvpcTrunking", value="enabled")

    def listed(**options: object) -> list[str]:
        return names(ecs("ListAccountSettings", **options)["settings"])

    assert listed(name="awsvpcTrunking", value="enabled") == ["awsvpcTrunking"]
    assert listed(name="awsvpcTrunking", value="disabled") == []
    with pytest.raises(errors.InvalidParameterException, match="setting name"):
        listed(value="enabled")


@pytest.mark.parametrize(
    ("name", "wanted", "complaint"),
    [
        ("colour", "red", "unknown should be one of"),
        ("containerInsights", "loud", "should be one of"),
        ("fargateTaskRetirementWaitPeriod", "3", "should be one of .0,7,14."),
        ("defaultLogDriverMode", "enabled", "should be one of .blocking,non-blocking."),
        ("guardDutyActivate", "on", "managed by AWS"),
        ("taskLongArnFormat", "disabled", "can't be disabled"),
    ],
)
def test_settings_that_are_refused(ecs: Asked, name: str, wanted: str, complaint: str) -> None:
    for operation in ("PutAccountSetting", "PutAccountSettingDefault"):
        with pytest.raises(errors.InvalidParameterException, match=complaint):
            ecs(operation, name=name, value=wanted)


def test_only_root_deals_with_the_settings_of_others(ecs: Asked) -> None:
    with pytest.raises(errors.AccessDeniedException):
        ecs("PutAccountSetting", by=ALICE, principalArn=ROLE, name="awsvpcTrunking", value="on")
    with pytest.raises(errors.AccessDeniedException):
        ecs("ListAccountSettings", by=ALICE, principalArn=ROOT)
    ecs("PutAccountSetting", by=ALICE, principalArn=ALICE, name="awsvpcTrunking", value="on")
    for stranger in ("nobody", "arn:aws:iam::111111111111:user/eve", "arn:aws:iam::1:root"):
        with pytest.raises(errors.InvalidParameterException, match="Invalid principal ARN"):
            ecs("ListAccountSettings", principalArn=stranger)


def test_some_settings_are_the_accounts_alone(ecs: Asked) -> None:
    with pytest.raises(errors.InvalidParameterException, match="can only be set for the account"):
        ecs("PutAccountSetting", by=ALICE, name="fargateTaskRetirementWaitPeriod", value="14")
    ecs("PutAccountSetting", name="fargateTaskRetirementWaitPeriod", value="14")
    assert value(ecs, "fargateTaskRetirementWaitPeriod", by=ALICE) == "14"
