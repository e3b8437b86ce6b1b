"""STS through its handlers, its facade and its sweep."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.errors import AwsError
from homeport.runtime import Call, Tick
from homeport.services.sts import errors, plan, wiring
from homeport.services.sts.facade import StsIdentities
from homeport.store import Store

Ask = Callable[..., Any]
NOW = 1_700_000_000.0
ROLE = "arn:aws:iam::000000000000:role/demo"


@pytest.fixture
def ask(store: Store, call: Callable[..., Call]) -> Ask:
    (service,) = wiring.services()

    def run(name: str, /, _call: Call | None = None, **request: object) -> Any:
        operation = service.operations[name]
        within = store.write if operation.writes else store.read
        return within(lambda tx: operation.handler(tx, _call or call(), request))

    return run


def test_root_is_its_account(ask: Ask) -> None:
    assert ask("GetCallerIdentity") == {
        "UserId": "000000000000",
        "Account": "000000000000",
        "Arn": "arn:aws:iam::000000000000:root",
    }


def test_a_role_is_assumed_and_its_key_is_found(
    ask: Ask, store: Store, call: Callable[..., Call]
) -> None:
    answer = ask("AssumeRole", RoleArn=ROLE, RoleSessionName="me@home", SourceIdentity="me")
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert len(credentials["AccessKeyId"]) == 20
    assert len(credentials["SecretAccessKey"]) == 40
    assert len(credentials["SessionToken"]) > 300
    assert credentials["Expiration"] == NOW + 3600
    arn = "arn:aws:sts::000000000000:assumed-role/demo/me@home"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert answer["SourceIdentity"] == "me"

    found = store.read(lambda tx: StsIdentities().find_key(tx, credentials["AccessKeyId"]))
    assert found is not None
    assert (found.principal, found.role_arn) == (arn, ROLE)
    assert found.session_token == credentials["SessionToken"]
    assert found.expires_at == NOW + 3600
    who = ask("GetCallerIdentity", _call=call(principal=arn))
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert who["UserId"].startswith("AROA")
    assert who["UserId"].endswith(":me@home")
    assert ask("GetAccessKeyInfo", AccessKeyId=credentials["AccessKeyId"]) == {
        "Account": "000000000000"
    }


def test_a_role_has_the_same_id_whatever_its_path() -> None:
    with_path = plan.parse_role("arn:aws:iam::000000000000:role/service-role/ecs/demo")
    assert with_path.name == "demo"
    assert with_path.role_id == plan.parse_role(ROLE).role_id
    assert len(with_path.role_id) == 21
    assert plan.parse_role("arn:aws:iam::000000000001:role/demo").role_id != with_path.role_id


@pytest.mark.parametrize(
    ("arn", "error", "message"),
    [
        ("x" * 20, errors.ValidationError, "x" * 20 + " is invalid"),
        ("arn:aws:iam::000000000000:user/me", errors.ValidationError, None),
        ("arn:aws:iam::000000000000:role/", errors.ValidationError, None),
        ("arn:aws:sts::000000000000:role/demo", errors.ValidationError, None),
        ("arn:aws:iam:us-east-1:000000000000:role/demo", errors.ValidationError, None),
        ("arn:aws:iam::mine:role/demo", errors.ValidationError, None),
        (
            "arn:aws:iam::111111111111:role/demo",
            errors.AccessDenied,
            (
                "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole "
                "on resource: arn:aws:iam::111111111111:role/demo"
            ),
        ),
    ],
)
def test_what_is_no_role_of_ours_is_not_assumed(
    ask: Ask, arn: str, error: type[AwsError], message: str | None
) -> None:
    with pytest.raises(error) as refused:
        ask("AssumeRole", RoleArn=arn, RoleSessionName="session")
    assert refused.value.message == (message or f"{arn} is invalid")


def test_a_chained_role_lasts_an_hour_at_most(ask: Ask, call: Callable[..., Call]) -> None:
    chained = call(principal="arn:aws:sts::000000000000:assumed-role/one/session")
    request = {"RoleArn": ROLE, "RoleSessionName": "session", "DurationSeconds": 3601}
    ask("AssumeRole", **request)
    with pytest.raises(errors.ValidationError) as refused:
        ask("AssumeRole", _call=chained, **request)
    assert "1 hour session limit" in refused.value.message


def test_root_gets_a_session_token_but_a_session_does_not(
    ask: Ask, call: Callable[..., Call]
) -> None:
    key = ask("GetSessionToken", DurationSeconds=7200)["Credentials"]
    assert key["Expiration"] == NOW + 3600
    with pytest.raises(errors.AccessDenied) as refused:
        ask("GetSessionToken", _call=call(access_key=key["AccessKeyId"]))
    assert refused.value.message == "Cannot call GetSessionToken with session credentials"


def test_a_new_root_key_replaces_the_old(store: Store, ids: Any) -> None:
    identities = StsIdentities()

    def install(tx: Any) -> None:
        identities.assume_role(tx, ROLE, "task", lifetime_s=60, now=NOW, ids=ids)
        identities.install_root_key(tx, "AKIAONE", "secret", "000000000000")
        identities.install_root_key(tx, "AKIATWO", "secret", "000000000000")
        identities.install_root_key(tx, "AKIATWO", "changed", "000000000000")

    store.write(install)
    found = store.read(lambda tx: identities.find_key(tx, "AKIATWO"))
    assert found is not None
    assert (found.secret_access_key, found.session_token, found.expires_at) == (
        "changed",
        None,
        None,
    )
    assert found.principal == "arn:aws:iam::000000000000:root"
    assert store.read(lambda tx: identities.find_key(tx, "AKIAONE")) is None


def test_expired_keys_are_remembered_for_an_hour_and_then_removed(
    store: Store, ids: Any, tick: Callable[[], Tick], clock: Any
) -> None:
    identities = StsIdentities()
    (reconciler,) = wiring.services()[0].reconcilers

    def sweep() -> None:
        for key in store.read(lambda tx: tuple(reconciler.sweep(tx))):
            store.write(lambda tx, k=key: reconciler.reconcile(tx, k, tick()))

    key = store.write(
        lambda tx: identities.assume_role(tx, ROLE, "task", lifetime_s=60, now=NOW, ids=ids)
    )
    store.write(lambda tx: identities.install_root_key(tx, "AKIA", "secret", "000000000000"))
    for passed, there in ((0, True), (3600, True), (3661, False)):
        clock.at = NOW + passed
        sweep()
        found = store.read(lambda tx: identities.find_key(tx, key.access_key_id))
        assert (found is not None) == there
    assert store.read(lambda tx: identities.find_key(tx, "AKIA")) is not None


def test_an_unknown_key_has_no_account(ask: Ask) -> None:
    with pytest.raises(errors.UnknownAccessKey):
        ask("GetAccessKeyInfo", AccessKeyId="AKIAIOSFODNN7EXAMPLE")


@given(st.text(max_size=60) | st.text(alphabet="arn:wsiol/e0\x00", max_size=60))
def test_any_text_is_a_role_or_is_refused(text: str) -> None:
    for shaped in (text, f"arn:aws:iam::000000000000:role/{text}"):
        try:
            role = plan.parse_role(shaped)
        except errors.ValidationError:
            continue
        assert plan.user_id(role.account, role.session_arn("s")) == f"{role.role_id}:s"
