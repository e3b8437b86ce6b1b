"""Whatever a deployment looks at wakes it, as long as it is under way, and nothing else does."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from codedeploy_world import a_deployment, with_test_listener
from homeport.runtime import Tick
from homeport.services.codedeploy.queries import deployments
from homeport.services.codedeploy.reconcile import deployment_wakes
from homeport.services.codedeploy.records.group_options import AlarmOptions
from homeport.store import Change, Store

ID = "d-000000001"
ECS = "arn:aws:ecs:us-east-1:000000000000"
ALARM = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors"


@pytest.fixture
def woken(store: Store, tick: Callable[[], Tick]) -> Callable[[str], list[str]]:
    """Which deployments are announced when this key has changed."""

    def ask(key: str) -> list[str]:
        def pass_(tx: object) -> list[str]:
            deployment_wakes.reconcile(tx, key, tick())  # type: ignore[arg-type]
            changes: tuple[Change, ...] = tx.changes  # type: ignore[attr-defined]
            return [change.key for change in changes if change.kind == "deployment"]

        return store.write(pass_)

    alarms = AlarmOptions(enabled=True, names=("errors",))
    made = with_test_listener(a_deployment(alarms=alarms))
    store.write(lambda tx: deployments.insert_deployment(tx, made))
    other = a_deployment(id="d-000000002", service="other", group_id="g2")
    store.write(lambda tx: deployments.insert_deployment(tx, other))
    return ask


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (f"{ECS}:service/main/web", [ID]),
        (f"{ECS}:task-set/main/web/ecs-svc/1234567890123456789", [ID]),
        (f"{ECS}:service/main/other", ["d-000000002"]),
        (f"{ECS}:service/main/third", []),
        (f"{ECS}:task-set/other/web/ecs-svc/1234567890123456789", []),
        ("arn:listener/production", [ID, "d-000000002"]),
        ("arn:listener/test", [ID]),
        (ALARM, [ID]),
        (ALARM + "-other", []),
    ],
)
def test_a_change_wakes_whoever_looks_at_it(
    woken: Callable[[str], list[str]], key: str, expected: list[str]
) -> None:
    assert woken(key) == expected


def test_what_is_over_is_not_woken_any_more(
    store: Store, woken: Callable[[str], list[str]]
) -> None:
    over = replace(with_test_listener(a_deployment()), status="Succeeded")
    store.write(lambda tx: deployments.save_deployment(tx, over))
    assert woken(f"{ECS}:service/main/web") == []
    assert store.read(deployments.open_ids) == ("d-000000002",)


def test_alarms_that_are_switched_off_wake_nobody(
    store: Store, woken: Callable[[str], list[str]]
) -> None:
    made = a_deployment(id="d-3", group_id="g3", alarms=AlarmOptions(names=("quiet",)))
    store.write(lambda tx: deployments.insert_deployment(tx, made))
    assert woken(ALARM.replace("errors", "quiet")) == []


def test_a_group_knows_the_one_that_is_under_way_and_the_last_that_succeeded(
    store: Store, woken: Callable[[str], list[str]]
) -> None:
    older = a_deployment(id="d-old", status="Succeeded", created_at=-2.0)
    failed = a_deployment(id="d-bad", status="Failed", created_at=-1.0)
    for each in (failed, older):
        store.write(lambda tx, each=each: deployments.insert_deployment(tx, each))
    found = store.read(lambda tx: deployments.open_of_group(tx, "g1"))
    assert found is not None
    assert found.id == ID
    last = store.read(lambda tx: deployments.last_of_group(tx, "g1", "Succeeded"))
    assert last is not None
    assert last.id == "d-old"
    assert store.read(lambda tx: deployments.last_of_group(tx, "g2", "Succeeded")) is None
    newest_first = store.read(lambda tx: deployments.of_group(tx, "g1"))
    assert [each.id for each in newest_first] == [ID, "d-bad", "d-old"]


def test_a_deployment_is_found_by_its_owner_only(
    store: Store, woken: Callable[[str], list[str]]
) -> None:
    own = store.read(lambda tx: deployments.find_own(tx, "000000000000", "us-east-1", ID))
    assert own is not None
    assert own == store.read(lambda tx: deployments.find_deployment(tx, ID))
    for account, region in (("111111111111", "us-east-1"), ("000000000000", "eu-west-1")):
        where = (account, region, ID)
        assert store.read(lambda tx, where=where: deployments.find_own(tx, *where)) is None
