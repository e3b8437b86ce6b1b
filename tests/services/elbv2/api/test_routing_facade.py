"""What the data plane sees of listeners, and what it costs to ask about one target group."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from homeport.contracts.routing_table import ListenerSighting
from homeport.store import Store
from homeport.store.prepared import Statements
from target_world import AT, Ask, Group, World, new

Heard = list[tuple[str, str]]


@pytest.fixture
def world(store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> World:
    return World(store, ask, balancer, group, issued)


def test_a_load_balancer_is_active_once_all_of_its_listeners_are_open(
    world: World, balancer: Any, heard: Heard
) -> None:
    bare = balancer("bare")["LoadBalancerArn"]
    second = world.forward(world.front, world.group, port=81)
    assert world.state(world.front) == world.state(bare) == {"Code": "provisioning"}
    heard.clear()
    world.look(ListenerSighting(listener_arn=world.listener))
    assert world.state(bare) == {"Code": "active"}
    assert world.state(world.front) == {"Code": "provisioning"}
    world.look(ListenerSighting(listener_arn=second))
    assert world.state(world.front) == {"Code": "active"}
    assert {kind for kind, _ in heard} == {"load balancer state"}
    heard.clear()
    world.look(ListenerSighting(listener_arn=world.listener))
    assert heard == []


def test_a_listener_that_cannot_be_opened_shows_until_it_is(world: World) -> None:
    problem = "Port 81 of 127.0.0.1 is taken by another program."
    second = world.forward(world.front, world.group, port=81)
    world.look(
        ListenerSighting(listener_arn=world.listener),
        ListenerSighting(listener_arn=second, problems=(problem,)),
    )
    assert world.state(world.front) == {"Code": "active_impaired", "Reason": problem}
    world.look(ListenerSighting(listener_arn=world.listener, problems=("It is taken too.",)))
    assert world.state(world.front) == {
        "Code": "failed",
        "Reason": f"It is taken too. {problem}",
    }
    world.ask("DeleteListener", ListenerArn=second)
    world.look(ListenerSighting(listener_arn=world.listener))
    assert world.state(world.front) == {"Code": "active"}


def sent_by(
    store: Store, run: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, Any]]:
    """The statements that `run` sends, each with its parameters."""
    # Those that are prepared would go past SQLAlchemy, which tells of them here.
    monkeypatch.setattr(Statements, "find", lambda *_: None)
    sent: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:
        _, _, statement, parameters, _, many = told
        if "elbv2_" in statement:
            sent.append((statement, parameters[0] if many else parameters))

    engines = {
        store.read(lambda tx: tx._connection.engine),
        store.write(lambda tx: tx._connection.engine),
    }
    for engine in engines:
        event.listen(engine, "after_cursor_execute", note)
    try:
        run()
    finally:
        for engine in engines:
            event.remove(engine, "after_cursor_execute", note)
    return sent


def test_what_concerns_one_group_reads_few_rows_and_never_a_whole_table(
    world: World, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"TargetGroupArn": world.group}
    runs: list[tuple[int, Callable[[], Any]]] = [
        (3, lambda: world.register(new())),
        (3, lambda: world.see("healthy")),
        (3, lambda: world.routed(clock)),
        (3, lambda: world.health(AT)),
        (3, lambda: world.ask("DescribeTargetHealth", **asked)),
        (3, lambda: world.deregister(AT)),
        (2, lambda: world.drained(AT)),
    ]
    for most, run in runs:
        sent = sent_by(world.store, run, monkeypatch)
        assert 0 < len(sent) <= most, [statement for statement, _ in sent]
        for statement, parameters in sent:
            steps = plan_of(world.store, statement, parameters)
            assert not [step for step in steps if step.startswith("SCAN elbv2_")], steps


def plan_of(store: Store, statement: str, parameters: Any) -> list[str]:
    """How SQLite goes about a statement; PostgreSQL scans small tables, however they grow."""

    def explain(tx: Any) -> list[str]:
        if tx._connection.dialect.name != "sqlite":
            return []
        rows = tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(row[3]) for row in rows]

    return store.read(explain)
