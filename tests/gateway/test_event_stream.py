"""``/_homeport/events``: in order, as it happens, to whoever may ask, and to its end."""

import asyncio
import contextlib
import http.client
import importlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert

from conftest import TurnedClock
from homeport.contracts.events import SequencedEvent
from homeport.gateway.asgi import Gateway, Settings
from homeport.gateway.event_stream import (
    READERS_MAX,
    SETTLED_AFTER_S,
    EventStream,
    Order,
    TooManyReaders,
)
from homeport.gateway.server import bind, serve
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.queries.bus_events import emit
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.tables import bus_events as table
from homeport.store import Store, Tx
from homeport.store.sqlite import SqliteStore
from wire.lean import LeanClient, call
from wire.serving import KEY, Handlers, gateway_of

PATH = "/_homeport/events"
OLD = 1_000.0
"""Long ago: before an event as old as that nothing is still to come."""


def an_event(number: int, *, at: float = OLD, size: int = 0) -> BusEvent:
    return BusEvent(
        id=f"event-{number}",
        at=at,
        account="000000000000",
        region="us-east-1",
        kind="deployment",
        resource="arn:aws:ecs:us-east-1:000000000000:service/default/web",
        body=json.dumps({"number": number, "filler": "x" * size}).encode(),
    )


def told(number: int, *, at: float = OLD) -> SequencedEvent:
    return SequencedEvent(sequence=number, at=at, envelope={})


@pytest.fixture
def memory() -> Iterator[Store]:
    opened = SqliteStore()

    def create(tx: Tx) -> None:
        tables = importlib.import_module("homeport.services.ecs.tables")
        tables.METADATA.create_all(tx._connection)

    opened.write(create)
    yield opened
    opened.close()


def put(store: Store, *events: BusEvent) -> None:
    store.write(lambda tx: emit(tx, events))


def put_at(store: Store, number: int, *, at: float) -> None:
    """Commit an event with a sequence of our choice, as a control plane does that is late."""
    row = {name: getattr(an_event(number, at=at), name) for name in BusEvent.__struct_fields__}

    def write(tx: Tx) -> None:
        tx.execute(insert(table), row | {"sequence": number})
        tx.changed("event", "")

    store.write(write)


class Server:
    """A gateway behind a real server, and a way to stop it."""

    def __init__(self, store: Store, *, settle_s: float = 0.0) -> None:
        settings = Settings(events_settle_s=settle_s)
        self.gateway = gateway_of(store, Handlers("ecs", {}), events=EcsEvents(), settings=settings)
        self._bound = bind("127.0.0.1", 0)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self._loop, self._stop, started = (
            asyncio.get_running_loop(),
            asyncio.Event(),
            asyncio.Event(),
        )
        serving = asyncio.create_task(
            serve(
                self.gateway,
                [self._bound],
                started=started,
                stop=self._stop,
                closing=self.gateway.close,
                grace_s=60,
            )
        )
        await started.wait()
        self._ready.set()
        await serving

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Tell it to stop and wait until it has."""
        assert self._loop is not None
        assert self._stop is not None
        with contextlib.suppress(RuntimeError):  # It has stopped already.
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    @contextlib.contextmanager
    def get(self, path: str = PATH) -> Iterator[http.client.HTTPResponse]:
        host, port = self._bound.getsockname()
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request("GET", path)
        yield connection.getresponse()
        connection.close()

    def until(self, holds: Callable[[], bool]) -> None:
        """Return once `holds` is true on the server's loop."""
        assert self._loop is not None

        async def wait() -> None:
            while not holds():
                await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(wait(), self._loop).result(10)


@pytest.fixture
def server(memory: Store) -> Iterator[Server]:
    with Server(memory) as running:
        yield running


def numbers(lines: list[bytes]) -> list[tuple[int, int]]:
    """Of each line, the sequence and the number of the event."""
    decoded = [json.loads(line) for line in lines]
    return [(each["sequence"], each["event"]["detail"]["number"]) for each in decoded]


def test_without_follow_it_ends_at_the_newest(memory: Store, server: Server) -> None:
    put(memory, an_event(7), an_event(8), an_event(9))
    with server.get() as answer:
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = answer.read().splitlines()
    assert numbers(lines) == [(1, 7), (2, 8), (3, 9)]
    event = json.loads(lines[0])["event"]
    assert event["version"] == "0"
    assert event["detail-type"] == "ECS Deployment State Change"
    with server.get(f"{PATH}?after=2") as answer:
        assert numbers(answer.read().splitlines()) == [(3, 9)]
    for nothing in ("after=3", "after=99999999999999999999999", "after=newest"):
        with server.get(f"{PATH}?{nothing}") as answer:
            assert (answer.status, answer.read()) == (200, b"")


def test_many_events_come_whole_and_in_order(memory: Store, server: Server) -> None:
    put(memory, *(an_event(number, size=2_000) for number in range(1, 1_203)))
    with server.get() as answer:
        lines = answer.read().splitlines()
    assert numbers(lines) == [(number, number) for number in range(1, 1_203)]


def test_a_follower_hears_what_happens_after_it_has_asked(memory: Store, server: Server) -> None:
    put(memory, an_event(1))
    with server.get(f"{PATH}?follow=1") as old, server.get(f"{PATH}?follow=1&after=newest") as new:
        assert numbers([old.readline()]) == [(1, 1)]
        put(memory, an_event(2), an_event(3))
        assert numbers([old.readline(), old.readline()]) == [(2, 2), (3, 3)]
        assert numbers([new.readline(), new.readline()]) == [(2, 2), (3, 3)]
        put(memory, an_event(4))
        assert numbers([old.readline()]) == numbers([new.readline()]) == [(4, 4)]


def test_a_stream_ends_as_a_whole_answer_when_the_server_stops(
    memory: Store, server: Server
) -> None:
    put(memory, an_event(1))
    with server.get(f"{PATH}?follow=1") as answer:
        assert numbers([answer.readline()]) == [(1, 1)]
        server.stop()  # Within the 60 seconds that requests in hand are given.
        assert answer.read() == b""  # An answer cut off would raise IncompleteRead.


def test_a_client_that_leaves_costs_nothing_more(memory: Store, server: Server) -> None:
    stream = server.gateway.event_stream
    with server.get(f"{PATH}?follow=1"):
        server.until(lambda: stream.readers == 1)
    server.until(lambda: stream.readers == 0)
    assert memory.feed._listeners == ()


def test_what_comes_after_a_gap_waits_for_who_is_late(memory: Store) -> None:
    with Server(memory, settle_s=3_600.0) as server:
        now = 4e9  # Younger than anything: no gap before it is settled by age.
        with server.get(f"{PATH}?follow=1") as answer:
            put_at(memory, 2, at=now)
            put_at(memory, 3, at=now)
            put_at(memory, 1, at=now)
            lines = [answer.readline() for _ in range(3)]
    assert numbers(lines) == [(1, 1), (2, 2), (3, 3)]


def test_a_sequence_that_is_never_used_is_not_waited_for_without_end(memory: Store) -> None:
    put_at(memory, 5, at=4e9)
    put_at(memory, 7, at=4e9)
    with Server(memory, settle_s=0.01) as server, server.get() as answer:
        assert numbers(answer.read().splitlines()) == [(5, 5), (7, 7)]


def test_no_more_read_at_once_than_the_server_has_room_for(
    memory: Store, clock: TurnedClock
) -> None:
    async def run() -> None:
        stream = EventStream(store=memory, events=EcsEvents(), clock=clock, settle_s=0.0)
        stream.readers = READERS_MAX - 1
        put(memory, an_event(1))
        last = await stream.lines(0, follow=True)
        await anext(last)
        with pytest.raises(TooManyReaders):
            await stream.lines(0, follow=True)
        await last.aclose()
        assert stream.readers == READERS_MAX - 1

    asyncio.run(run())


def test_too_many_readers_are_told_to_come_later(memory: Store) -> None:
    app = gateway_of(memory, Handlers("ecs", {}), events=EcsEvents())
    app.event_stream.readers = READERS_MAX
    answer = asyncio.run(call(app, "GET", PATH))
    assert answer.status == 503


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=", "follow=yes", "after=%FF"])
def test_a_query_that_means_nothing_is_refused(memory: Store, query: str) -> None:
    app = gateway_of(memory, Handlers("ecs", {}), events=EcsEvents())
    answer = asyncio.run(call(app, "GET", f"{PATH}?{query}"))
    assert answer.status == 400
    assert "'after'" in json.loads(answer.body)["message"]


def test_another_method_is_refused(memory: Store) -> None:
    app = gateway_of(memory, Handlers("ecs", {}), events=EcsEvents())
    assert asyncio.run(call(app, "POST", PATH)).status == 405


@pytest.mark.parametrize(
    ("client", "headers"),
    [("192.0.2.1", {}), ("127.0.0.1", {"origin": "https://example.com"})],
)
def test_events_asked_for_from_elsewhere_need_a_signature(
    memory: Store, client: str, headers: dict[str, str]
) -> None:
    app = gateway_of(memory, Handlers("ecs", {}), events=EcsEvents())
    answer = asyncio.run(call(app, "GET", PATH, headers, client=client))
    assert answer.status == 403
    signed = LeanClient(app, KEY).signed("homeport", headers, b"", PATH, method="GET")
    answer = asyncio.run(call(app, "GET", PATH, signed, client=client))
    assert answer.status == 200


def test_a_stream_that_breaks_is_not_ended_as_if_it_were_whole(memory: Store) -> None:
    class Broken(EcsEvents):
        def events_after(self, tx: Any, sequence: int) -> Any:
            raise OSError("the database is gone")

    app: Gateway = gateway_of(memory, Handlers("ecs", {}), events=Broken())
    sent: list[Any] = []

    async def run() -> None:
        asked = asyncio.Event()

        async def receive() -> Any:
            if asked.is_set():
                await asyncio.Event().wait()
            asked.set()
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"follow=1",
            "headers": [],
            "client": ("127.0.0.1", 1),
        }
        with pytest.raises(OSError, match="database"):
            await app(scope, receive, send)

    asyncio.run(run())
    assert [each["type"] for each in sent] == ["http.response.start"]


def sequences(taken: Any) -> list[int]:
    return [each.sequence for each in taken]


def test_events_that_follow_each_other_pass_at_once() -> None:
    order = Order(4, 3.0)
    assert sequences(order.take([told(5, at=100.0), told(6, at=100.0)], 100.0)) == [5, 6]
    assert (order.after, order.due()) == (6, None)


def test_an_event_behind_a_gap_passes_once_it_was_seen_for_long_enough() -> None:
    order = Order(0, 3.0)
    read = [told(1, at=100.0), told(3, at=100.0), told(4, at=101.0)]
    assert sequences(order.take(read[:2], 100.0)) == [1]
    assert order.due() == 103.0
    assert sequences(order.take(read[1:], 102.9)) == []
    assert order.due() == 103.0
    assert sequences(order.take(read[1:], 103.0)) == [3, 4]
    assert order.due() is None


def test_an_event_that_fills_the_gap_comes_before_what_waited() -> None:
    order = Order(0, 3.0)
    assert sequences(order.take([told(2, at=100.0)], 100.0)) == []
    assert sequences(order.take([told(1, at=100.0), told(2, at=100.0)], 101.0)) == [1, 2]


def test_each_gap_is_waited_for_from_when_it_was_first_seen() -> None:
    order = Order(0, 3.0)
    order.take([told(2, at=100.0)], 100.0)
    read = [told(2, at=100.0), told(4, at=102.0)]
    assert sequences(order.take(read, 102.0)) == []
    assert sequences(order.take(read, 103.0)) == [2]
    assert order.due() == 105.0
    assert sequences(order.take(read[1:], 105.0)) == [4]


def test_nothing_old_is_waited_for() -> None:
    order = Order(0, 3.0)
    young, old = 1_000.0 - SETTLED_AFTER_S + 1, 1_000.0 - SETTLED_AFTER_S
    read = [told(70, at=old), told(80, at=old), told(90, at=young)]
    assert sequences(order.take(read, 1_000.0)) == [70, 80]
