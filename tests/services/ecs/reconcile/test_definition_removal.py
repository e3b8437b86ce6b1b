"""A deleted task definition goes once nothing uses it, and not before."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, update

from homeport.runtime import Again, Call, Tick
from homeport.services.ecs.api import task_definitions as api
from homeport.services.ecs.queries import tags
from homeport.services.ecs.queries import task_definitions as queries
from homeport.services.ecs.reconcile import definition_removal
from homeport.services.ecs.tables import tasks
from homeport.store import Change, Store
from task_definition_documents import document

ARN = "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1"

CallFactory = Callable[..., Call]


def found(store: Store) -> bool:
    here = ("000000000000", "us-east-1")
    return store.read(lambda tx: queries.find(tx, *here, ARN)) is not None


def run_task(store: Store, last_status: str, *, released: bool) -> None:
    row = {
        "arn": "arn:aws:ecs:us-east-1:000000000000:task/default/1",
        "account": "000000000000",
        "region": "us-east-1",
        "cluster_arn": "arn:aws:ecs:us-east-1:000000000000:cluster/default",
        "family": "web",
        "definition_arn": ARN,
        "group": "family:web",
        "launch_type": "EC2",
        "desired_status": "RUNNING",
        "last_status": last_status,
        "released": released,
        "generation": 1,
        "reserved_cpu": 0,
        "reserved_memory": 0,
        "created_at": 0.0,
        "body": b"{}",
    }
    store.write(lambda tx: tx.execute(insert(tasks), row))


@pytest.fixture
def deleted(store: Store, call: CallFactory) -> list[Change]:
    """web:1 is in DELETE_IN_PROGRESS; the changes that led there."""
    changes: list[Change] = []
    store.feed.listen(changes.extend)
    request = document(tags=[{"key": "a", "value": "1"}])
    store.write(lambda tx: api.register_task_definition(tx, call(), request))  # type: ignore[arg-type]
    store.write(lambda tx: api.deregister_task_definition(tx, call(), {"taskDefinition": ARN}))
    store.write(lambda tx: api.delete_task_definitions(tx, call(), {"taskDefinitions": [ARN]}))
    return changes


def test_deleting_wakes_the_removal_and_so_does_a_sweep(
    store: Store, deleted: list[Change]
) -> None:
    assert Change("definition", ARN) in deleted
    assert "definition" in definition_removal.WATCHES
    assert store.read(definition_removal.sweep) == (ARN,)


def test_an_unused_definition_is_removed_with_its_tags(
    store: Store, deleted: list[Change], tick: Callable[[], Tick]
) -> None:
    assert store.write(lambda tx: definition_removal.reconcile(tx, ARN, tick())) is None
    assert not found(store)
    assert store.read(lambda tx: tags.tags_of(tx, ARN)) == ()
    assert store.write(lambda tx: definition_removal.reconcile(tx, ARN, tick())) is None
    assert store.read(definition_removal.sweep) == ()


@pytest.mark.parametrize(("last_status", "released"), [("RUNNING", False), ("STOPPED", False)])
def test_a_definition_in_use_stays_until_its_tasks_are_gone(
    store: Store,
    deleted: list[Change],
    tick: Callable[[], Tick],
    last_status: str,
    released: bool,
) -> None:
    run_task(store, last_status, released=released)
    assert isinstance(store.write(lambda tx: definition_removal.reconcile(tx, ARN, tick())), Again)
    assert found(store)
    gone = update(tasks).values(last_status="STOPPED", released=True)
    store.write(lambda tx: tx.execute(gone))
    assert store.write(lambda tx: definition_removal.reconcile(tx, ARN, tick())) is None
    assert not found(store)


def test_a_definition_that_was_not_deleted_is_left_alone(
    store: Store, call: CallFactory, tick: Callable[[], Tick]
) -> None:
    store.write(lambda tx: api.register_task_definition(tx, call(), document()))  # type: ignore[arg-type]
    assert store.write(lambda tx: definition_removal.reconcile(tx, ARN, tick())) is None
    assert found(store)
