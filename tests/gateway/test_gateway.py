"""The ASGI application: bodies, refusals, our own paths, browsers and keys."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from homeport.gateway.asgi import Gateway, Settings
from homeport.store import Store
from homeport.store.sqlite import SqliteStore
from wire.lean import Answer, LeanClient, call
from wire.serving import EXPIRED, KEY, TEMPORARY, Handlers, Keys, gateway_of

LIST = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.ListClusters"}
CREATE = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.CreateCluster"}


def ecs() -> Handlers:
    return Handlers(
        "ecs",
        {
            "ListClusters": lambda request: {"clusterArns": []},
            "CreateCluster": lambda request: {},
        },
    )


def sts() -> Handlers:
    return Handlers("sts", {"GetCallerIdentity": lambda request: {"Account": "1"}})


@pytest.fixture
def memory() -> Iterator[Store]:
    opened = SqliteStore()
    yield opened
    opened.close()


@pytest.fixture
def gateway(memory: Store) -> Gateway:
    return gateway_of(memory, ecs(), sts())


def send(app: Gateway, headers: dict[str, str], body: bytes = b"{}", **changes: Any) -> Answer:
    key = changes.pop("key", KEY)
    service = changes.pop("service", "ecs")
    return asyncio.run(LeanClient(app, key, **changes).send(service, headers, body))


def get(app: Gateway, path: str, method: str = "GET", **more: Any) -> Answer:
    return asyncio.run(call(app, method, path, **more))


def code_of(answer: Answer) -> str:
    return str(json.loads(answer.body)["__type"])


def test_every_answer_has_a_request_id_of_its_own(gateway: Gateway) -> None:
    answers = [send(gateway, LIST), send(gateway, LIST), get(gateway, "/")]
    assert len({each.headers["x-amzn-requestid"] for each in answers}) == 3


def test_a_body_above_the_limit_is_refused_unread(memory: Store) -> None:
    app = gateway_of(memory, ecs(), sts(), settings=Settings(body_bytes_max=100))
    for body in (b" " * 101, b" " * 1000):
        answer = send(app, CREATE, body)
        assert (answer.status, code_of(answer)) == (413, "RequestEntityTooLargeException")
        answer = send(app, CREATE | {"content-length": str(len(body))}, body)
        assert answer.status == 413
    assert send(app, CREATE, b"{}" + b" " * 98).status == 200
    answer = send(app, {}, b" " * 101, service="sts")
    assert b"<Code>RequestEntityTooLarge</Code>" in answer.body


def test_a_gzipped_body_is_read(gateway: Gateway, memory: Store) -> None:
    packed = CREATE | {"content-encoding": "gzip"}
    assert send(gateway, packed, gzip.compress(b'{"clusterName":"a"}')).status == 200
    assert code_of(send(gateway, packed, b"{}")) == "SerializationException"
    assert code_of(send(gateway, packed, gzip.compress(b"{}")[:-4])) == "SerializationException"
    bomb = gzip.compress(b" " * 1_000_000)
    small = gateway_of(memory, ecs(), settings=Settings(body_bytes_max=10_000))
    assert send(small, packed, bomb).status == 413
    other = CREATE | {"content-encoding": "br"}
    assert code_of(send(gateway, other, b"x")) == "InvalidRequestException"


def test_a_temporary_key_needs_its_token(gateway: Gateway) -> None:
    assert send(gateway, LIST, key=TEMPORARY).status == 200
    for token in (None, "another"):
        answer = send(gateway, LIST, key=replace(TEMPORARY, session_token=token))
        assert code_of(answer) == "UnrecognizedClientException"
    answer = send(gateway, LIST, key=replace(KEY, session_token="why"))
    assert code_of(answer) == "UnrecognizedClientException"


def test_an_expired_key_says_so(gateway: Gateway) -> None:
    assert code_of(send(gateway, LIST, key=EXPIRED)) == "ExpiredTokenException"
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = send(gateway, form, b"Action=GetCallerIdentity", key=EXPIRED, service="sts")
    assert b"<Code>ExpiredToken</Code>" in answer.body


def test_a_signature_for_another_service_is_refused(gateway: Gateway) -> None:
    answer = send(gateway, LIST, service="sts")
    assert code_of(answer) == "InvalidSignatureException"
    assert "correct service: 'ecs'" in json.loads(answer.body)["message"]


def test_a_known_key_is_looked_up_once_and_forgotten_on_reset(memory: Store) -> None:
    keys = Keys()
    app = gateway_of(memory, ecs(), keys=keys)
    for _ in range(3):
        assert send(app, LIST).status == 200
    assert keys.asked == 1
    app.chain.forget_keys()
    send(app, LIST)
    assert keys.asked == 2
    stranger = replace(KEY, access_key_id="AKIASTRANGER")
    for _ in range(2):
        send(app, LIST, key=stranger)
    assert keys.asked == 4, "a key that does not exist is not remembered"


def test_an_unsigned_request_is_missing_authentication(gateway: Gateway) -> None:
    answer = get(gateway, "/", "POST", headers=LIST, body=b"{}")
    assert code_of(answer) == "MissingAuthenticationTokenException"
    answer = get(gateway, "/?Action=GetCallerIdentity&Version=2011-06-15")
    assert b"<Code>MissingAuthenticationToken</Code>" in answer.body
    assert answer.status == 403


def test_health_is_ready_once_the_app_says_so(memory: Store) -> None:
    ready = False
    app = gateway_of(memory, settings=Settings(ready=lambda: ready))
    assert get(app, "/_homeport/health").status == 503
    ready = True
    answer = get(app, "/_homeport/health")
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ready")
    head = get(app, "/_homeport/health", "HEAD")
    assert (head.status, head.body) == (200, b"")


def test_reset_is_off_unless_allowed(gateway: Gateway) -> None:
    answer = get(gateway, "/_homeport/reset", "POST")
    assert answer.status == 403
    assert "--allow-reset" in json.loads(answer.body)["message"]


def resettable(store: Store, done: list[int]) -> Gateway:
    async def reset() -> None:
        done.append(1)

    return gateway_of(store, ecs(), settings=Settings(allow_reset=True, reset=reset))


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_reset_from_this_machine_needs_no_signature(memory: Store, client: str) -> None:
    done: list[int] = []
    app = resettable(memory, done)
    assert get(app, "/_homeport/reset", "POST", client=client).status == 204
    assert done == [1]
    assert get(app, "/_homeport/reset", "GET").status == 405


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.0.2.1", {}),
        ("", {}),
        ("127.0.0.1", {"origin": "https://example.com"}),
        ("127.0.0.1", {"origin": "null"}),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.1"}),
    ],
)
def test_reset_from_elsewhere_needs_a_signature(
    memory: Store, client: str, headers: dict[str, str]
) -> None:
    done: list[int] = []
    app = resettable(memory, done)
    answer = get(app, "/_homeport/reset", "POST", headers=headers, client=client)
    assert (answer.status, done) == (403, [])
    signed = LeanClient(app, KEY).signed("homeport", headers, b"", "/_homeport/reset")
    answer = get(app, "/_homeport/reset", "POST", headers=signed, client=client)
    assert (answer.status, done) == (204, [1])


def test_a_reset_that_fails_says_so(memory: Store) -> None:
    async def reset() -> None:
        raise RuntimeError("no")

    app = gateway_of(memory, settings=Settings(allow_reset=True, reset=reset))
    assert get(app, "/_homeport/reset", "POST").status == 500


def test_a_browser_sees_what_this_is(gateway: Gateway) -> None:
    answer = get(gateway, "/")
    assert answer.status == 200
    assert "Homeport" in json.loads(answer.body)["service"]
    assert get(gateway, "/favicon.ico").status == 404
    assert get(gateway, "/_homeport/other").status == 404
    head = get(gateway, "/", "HEAD")
    assert (head.status, head.body) == (200, b"")


def test_browsers_may_call_from_any_page(gateway: Gateway) -> None:
    asked = {
        "origin": "https://console",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-amz-target,amz-sdk-request",
    }
    answer = get(gateway, "/", "OPTIONS", headers=asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
    answer = send(gateway, LIST | {"origin": "https://console"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-amzn-requestid" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in send(gateway, LIST).headers


def test_a_handler_that_is_not_in_the_model_is_found_at_the_start(memory: Store) -> None:
    wrong = Handlers("ecs", {"LaunchRocket": lambda request: {}})
    with pytest.raises(TypeError, match="LaunchRocket is not generated"):
        gateway_of(memory, wrong)


def test_a_handler_sees_one_time_and_the_request_id(memory: Store) -> None:
    handlers = ecs()
    answer = send(gateway_of(memory, handlers), LIST)
    (seen,) = handlers.calls
    assert seen.request_id == answer.headers["x-amzn-requestid"]
    assert (seen.region, seen.account, seen.principal) == (
        "us-east-1",
        KEY.account,
        KEY.principal,
    )


def test_a_client_that_leaves_gets_no_answer(gateway: Gateway) -> None:
    sent: list[Any] = []

    async def run() -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def keep(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": [],
        }
        await gateway(scope, receive, keep)

    asyncio.run(run())
    assert sent == []


def test_a_service_without_handlers_says_so_for_each_operation(memory: Store) -> None:
    answer = send(gateway_of(memory, Handlers("ecs", {})), LIST)
    assert code_of(answer) == "UnsupportedFeatureException"
    assert json.loads(answer.body)["message"] == "Homeport does not serve ecs:ListClusters yet."
