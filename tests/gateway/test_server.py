"""The HTTP server under the gateway: real sockets, keep-alive, graceful stop."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import websockets

from homeport.gateway.asgi import Settings
from homeport.gateway.server import bind, serve
from homeport.store.sqlite import SqliteStore
from wire.lean import LeanClient
from wire.serving import KEY, Handlers, gateway_of, listening

LIST = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.ListClusters"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """A websocket application: says back what it hears."""
    await receive()
    await send({"type": "websocket.accept"})
    message = await receive()
    await send({"type": "websocket.send", "text": message["text"]})
    await send({"type": "websocket.close", "code": 1000})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    store = SqliteStore()
    handlers = Handlers("ecs", {"ListClusters": lambda request: {}})
    app = gateway_of(store, handlers, settings=Settings(agent=echo, body_bytes_max=100_000))
    with listening(app) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)
    store.close()


@pytest.fixture
def connection(address: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection(*address, timeout=10)
    yield opened
    opened.close()


def headers(body: bytes, **more: str) -> dict[str, str]:
    return LeanClient(None, KEY).signed("ecs", LIST | more, body)  # type: ignore[arg-type]


def test_one_connection_carries_many_requests(connection: http.client.HTTPConnection) -> None:
    for _ in range(3):
        connection.request("POST", "/", b"{}", headers(b"{}"))
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"{}")
        assert answer.headers["x-amzn-RequestId"]
        assert answer.headers["Date"]
        assert answer.headers["Server"] is None


def test_a_body_in_chunks_is_read_and_one_that_is_too_large_refused(
    connection: http.client.HTTPConnection,
) -> None:
    connection.request("POST", "/", iter([b"{", b"}"]), headers(b"{}"), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"{}")
    for encode_chunked in (True, False):
        body = b" " * 300_000
        content = iter([body[:150_000], body[150_000:]]) if encode_chunked else body
        connection.request("POST", "/", content, headers(body), encode_chunked=encode_chunked)
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["__type"] == "RequestEntityTooLargeException"
    connection.request("POST", "/", b"{}", headers(b"{}"))
    assert connection.getresponse().status == 200


def test_a_client_that_waits_for_100_continue_gets_it(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as raw:
        lines = [f"{name}: {value}" for name, value in headers(b"{}").items()]
        head = ["POST / HTTP/1.1", *lines, "Content-Length: 2", "Expect: 100-continue", "", ""]
        raw.sendall("\r\n".join(head).encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        raw.sendall(b"{}")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")


def test_agents_get_their_websocket_and_nobody_else_does(address: tuple[str, int]) -> None:
    async def run() -> tuple[str | bytes, int]:
        base = f"ws://{address[0]}:{address[1]}"
        async with websockets.connect(f"{base}/_homeport/agent") as link:
            await link.send("hello")
            heard = await link.recv()
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"{base}/other")
        return heard, refused.value.response.status_code

    assert asyncio.run(run()) == ("hello", 403)


def test_what_is_not_http_does_no_harm(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as raw:
        raw.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 400")


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    first = bind("127.0.0.1", 0)
    with pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", first.getsockname()[1])
    first.close()


def test_a_request_in_hand_is_answered_before_the_server_stops() -> None:
    async def run() -> bytes:
        entered, go_on = asyncio.Event(), asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            entered.set()
            await go_on.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"done"})

        bound = bind("127.0.0.1", 0)
        host, port = bound.getsockname()
        started, stop = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(serve(slow, [bound], started=started, stop=stop))
        await started.wait()
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await entered.wait()
        stop.set()
        go_on.set()
        answer = await reader.read()
        writer.close()
        await serving
        return answer

    assert asyncio.run(run()).endswith(b"done\r\n0\r\n\r\n")
