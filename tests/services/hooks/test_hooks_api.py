"""PutHook, ListHooks, DeleteHook and what is invoked, through the handlers on both databases."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.contracts.hooks import Invocation
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.runtime import Call, Tick
from homeport.services.hooks import errors, wiring
from homeport.services.hooks.reconcile import history
from homeport.store import Change, Store

Ask = Callable[..., Any]
ACCOUNT, REGION = "000000000000", "us-east-1"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:smoke"


@pytest.fixture
def ask(store: Store, call: Callable[..., Call]) -> Ask:
    (service,) = wiring.services()

    def run(name: str, /, _call: Call | None = None, **request: object) -> Any:
        operation = service.operations[name]
        within = store.write if operation.writes else store.read
        return within(lambda tx: operation.handler(tx, _call or call(), request))

    return run


@pytest.fixture
def invoke(store: Store, peers: Peers, tick: Callable[[], Tick]) -> Callable[..., str]:
    def asked(function: str = ARN, payload: str = "{}") -> str:
        wanted = Invocation(
            account=ACCOUNT, region=REGION, function=function, payload=payload, wake=("mine", "me")
        )
        now = tick()
        return store.write(lambda tx: peers.hooks.invoke(tx, wanted, now=now.now, ids=now.ids))

    return asked


def test_a_hook_is_set_shown_replaced_and_removed(ask: Ask) -> None:
    ask("PutHook", name=ARN, command="./smoke.sh", directory="/srv")
    ask("PutHook", name="approve", url="http://127.0.0.1:9/")
    ask("PutHook", name="smoke", task={"taskDefinition": "smoke:1"}, timeoutSeconds=5)
    first, second = ask("ListHooks")["hooks"]
    assert (first["name"], first["url"]) == ("approve", "http://127.0.0.1:9/")
    assert second["task"] == {"taskDefinition": "smoke:1", "cluster": "default"}
    assert second["timeoutSeconds"] == 5
    assert "command" not in second
    ask("DeleteHook", name="smoke:live")
    assert [each["name"] for each in ask("ListHooks")["hooks"]] == ["approve"]
    with pytest.raises(errors.HookNotFoundException, match="function smoke"):
        ask("DeleteHook", name="smoke")


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({}, "one of three"),
        ({"command": "true", "url": "http://here/"}, "one of three"),
        ({"url": "ftp://here/"}, "no http or https URL"),
        ({"url": "here"}, "no http or https URL"),
        ({"command": "true", "timeoutSeconds": 0.0}, "more than 0"),
        ({"command": "true", "timeoutSeconds": float("nan")}, "more than 0"),
        ({"command": "true", "name": "a b"}, "neither the name nor the ARN"),
        ({"command": "true", "name": ""}, "neither the name nor the ARN"),
    ],
)
def test_what_is_no_hook_is_refused_and_changes_nothing(
    ask: Ask, bad: dict[str, Any], told: str
) -> None:
    with pytest.raises(errors.InvalidParameterException, match=told):
        ask("PutHook", **({"name": "smoke"} | bad))
    assert ask("ListHooks")["hooks"] == []


def test_only_the_root_says_what_runs_on_the_machine(ask: Ask, call: Callable[..., Call]) -> None:
    """A task's role signs requests too: it must not get out of its container by a hook."""
    role = call(principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/web/1")
    for name, request in (("PutHook", {"command": "id"}), ("DeleteHook", {})):
        with pytest.raises(errors.AccessDeniedException):
            ask(name, role, name="smoke", **request)
    assert ask("ListHooks")["hooks"] == []


def test_a_function_that_nothing_stands_for_fails_at_once_and_says_what_to_do(
    invoke: Callable[..., str], store: Store, peers: Peers
) -> None:
    heard: list[Change] = []
    store.feed.listen(heard.extend)
    invocation = invoke()
    answer = store.read(lambda tx: peers.hooks.answer(tx, invocation))
    assert answer is not None
    assert answer.status == "FAILED"
    assert "homeport hooks set smoke" in answer.diagnostic
    assert Change("mine", "me") in heard
    assert store.read(peers.hook_work.orders) == ()


def test_an_invocation_waits_for_its_first_answer_and_keeps_it(
    ask: Ask, invoke: Callable[..., str], store: Store, peers: Peers
) -> None:
    ask("PutHook", name="smoke", command="cat")
    invocation = invoke(payload='{"a": 1}')
    ask("PutHook", name="smoke", command="false")
    (order,) = store.read(peers.hook_work.orders)
    assert (order.command, order.payload) == ("cat", '{"a": 1}')
    heard: list[Change] = []
    store.feed.listen(heard.extend)

    def settle(body: str | None) -> None:
        store.write(
            lambda tx: peers.hook_work.settle(tx, invocation, body=body, diagnostic="no", now=2.0)
        )

    settle("first")
    assert Change("mine", "me") in heard
    settle(None)
    answer = store.read(lambda tx: peers.hooks.answer(tx, invocation))
    assert answer is not None
    assert (answer.status, answer.body, answer.is_task) == ("ANSWERED", "first", False)
    assert store.read(lambda tx: peers.hook_work.order(tx, invocation)) is None
    (shown,) = ask("ListHookInvocations", name="smoke")["invocations"]
    assert (shown["status"], shown["body"]) == ("ANSWERED", "first")


def test_what_nobody_waits_for_any_more_is_ended(
    ask: Ask, invoke: Callable[..., str], store: Store, peers: Peers, tick: Callable[[], Tick]
) -> None:
    ask("PutHook", name="smoke", command="sleep 1000")
    invocation, now = invoke(), tick()
    for _ in range(2):
        store.write(lambda tx: peers.hooks.forget(tx, invocation, now=now.now, ids=now.ids))
    assert store.read(peers.hook_work.orders) == ()
    answer = store.read(lambda tx: peers.hooks.answer(tx, invocation))
    assert answer is not None
    assert answer.status == "FAILED"


def test_old_invocations_are_forgotten_but_not_those_without_an_answer(
    ask: Ask, invoke: Callable[..., str], store: Store, peers: Peers, tick: Callable[[], Tick]
) -> None:
    over = invoke()
    ask("PutHook", name="smoke", command="cat")
    under_way = invoke()
    later = tick()
    later = type(later)(
        now=later.now + history.KEPT_S + 1, ids=later.ids, clock=later.clock, peers=later.peers
    )
    store.write(lambda tx: history.reconcile(tx, history.KEY, later))
    assert store.read(lambda tx: peers.hooks.answer(tx, over)) is None
    assert store.read(lambda tx: peers.hooks.answer(tx, under_way)) is not None


def test_the_task_of_a_hook_that_cannot_be_run_says_why_in_the_words_of_ecs(
    ask: Ask, invoke: Callable[..., str], store: Store, peers: Peers, tick: Callable[[], Tick]
) -> None:
    ask("PutHook", name="smoke", task={"taskDefinition": "nowhere"})
    invocation, now = invoke(), tick()
    kept = store.write(
        lambda tx: peers.hook_work.keep_task(tx, invocation, now=now.now, ids=now.ids)
    )
    assert kept is None
    answer = store.read(lambda tx: peers.hooks.answer(tx, invocation))
    assert answer is not None
    assert answer.diagnostic == "ClientException: Unable to describe task definition."


def test_errors_are_of_the_api() -> None:
    assert issubclass(errors.HookNotFoundException, AwsError)
