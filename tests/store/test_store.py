"""One suite for both databases: what every store promises."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select, update

from conftest import fresh_database
from homeport.store import MISSED, AlreadyThere, Change, ReadTx, Store, Tx
from homeport.store.feed import Feed
from homeport.store.postgres import PostgresStore
from homeport.store.sqlite import SqliteStore

METADATA = MetaData()
shelf = Table("shelf", METADATA, Column("name", String, primary_key=True), Column("count", Integer))
POSTGRES = os.environ.get("HOMEPORT_TEST_POSTGRES")


@pytest.fixture(
    params=["sqlite-file", "sqlite-memory", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store with one table, on each kind of database."""
    if request.param == "postgres":
        if POSTGRES is None:
            pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
        with fresh_database(POSTGRES) as url:
            yield from opened(PostgresStore(url))
    elif request.param == "sqlite-file":
        yield from opened(SqliteStore(tmp_path / "state.db"))
    else:
        yield from opened(SqliteStore())


def opened(store: Store) -> Iterator[Store]:
    store.write(lambda tx: METADATA.create_all(tx._connection))
    yield store
    store.close()


def put(name: str, count: int = 0) -> None:
    def write(tx: Tx) -> None:
        tx.execute(shelf.insert(), {"name": name, "count": count})
        tx.changed("shelf", name)

    return write


def count_of(name: str) -> object:
    return lambda tx: tx.scalar(select(shelf.c.count).where(shelf.c.name == name))


def test_what_is_written_is_read_back(shop: Store) -> None:
    shop.write(put("cups", 3))
    assert shop.read(count_of("cups")) == 3


def test_a_transaction_that_raises_leaves_nothing_and_tells_nobody(shop: Store) -> None:
    heard: list[Change] = []
    shop.feed.listen(heard.extend)

    def fail(tx: Tx) -> None:
        put("cups")(tx)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        shop.write(fail)
    assert shop.read(count_of("cups")) is None
    assert heard == []


def test_a_taken_key_is_already_there(shop: Store) -> None:
    shop.write(put("cups"))
    with pytest.raises(AlreadyThere):
        shop.write(put("cups"))


def test_the_feed_tells_each_change_once_after_the_commit(shop: Store) -> None:
    heard: list[Change] = []

    def hear(changes: Sequence[Change]) -> None:
        heard.extend(changes)

    stop = shop.feed.listen(hear)

    def twice(tx: Tx) -> None:
        put("cups")(tx)
        tx.changed("shelf", "cups")
        assert heard == []

    shop.write(twice)
    assert heard == [Change("shelf", "cups")]
    stop()
    shop.write(put("plates"))
    assert len(heard) == 1


def test_fifty_writers_at_once_lose_no_increment(shop: Store) -> None:
    shop.write(put("cups"))

    def increment(tx: Tx) -> None:
        now = tx.scalar(select(shelf.c.count).where(shelf.c.name == "cups"))
        tx.execute(update(shelf).where(shelf.c.name == "cups").values(count=now + 1))

    threads = [threading.Thread(target=shop.write, args=(increment,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.read(count_of("cups")) == 50


def test_writers_who_always_lose_get_their_turn(shop: Store) -> None:
    """Eight threads that want one row, far more often than a writer tries again."""
    shop.write(put("cups"))

    def increment(tx: Tx) -> None:
        now = tx.scalar(select(shelf.c.count).where(shelf.c.name == "cups"))
        tx.execute(update(shelf).where(shelf.c.name == "cups").values(count=now + 1))

    def increments() -> None:
        for _ in range(100):
            shop.write(increment)

    with ThreadPoolExecutor(8) as several:
        for each in [several.submit(increments) for _ in range(8)]:
            each.result()
    assert shop.read(count_of("cups")) == 800


def together(store: Store, *writes: Callable[[Tx], object]) -> list[object]:
    """What came of writes that were asked for while another was under way."""

    async def ask() -> list[object]:
        begun, gate = threading.Event(), threading.Event()

        def hold(tx: Tx) -> None:
            begun.set()
            gate.wait(20)

        held = store.awrite(hold)
        await asyncio.to_thread(begun.wait, 20)
        waiting = [store.awrite(each) for each in writes]
        gate.set()
        await held
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(ask())


def test_of_writes_that_wait_together_one_that_raises_is_undone_alone(shop: Store) -> None:
    heard: list[Change] = []
    shop.feed.listen(heard.extend)

    def fail(tx: Tx) -> None:
        put("pans")(tx)
        raise LookupError("no pans")

    told = together(shop, put("cups", 1), fail, put("cups", 1), put("plates", 2))
    # PostgreSQL has several writers: either of the two may be the first.
    assert {type(told[0]), type(told[2])} == {type(None), AlreadyThere}
    if isinstance(shop, SqliteStore):
        assert told[0] is None
    assert isinstance(told[1], LookupError)
    assert told[3] is None
    assert shop.read(count_of("cups")) == 1
    assert shop.read(count_of("pans")) is None
    assert shop.read(count_of("plates")) == 2
    assert sorted(each.key for each in heard) == ["cups", "plates"]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_sqlite_undoes_by_itself_takes_nothing_else_along(tmp_path: Path, at: int) -> None:
    """As it does when the disk is full."""
    store = SqliteStore(tmp_path / "state.db")
    store.write(lambda tx: METADATA.create_all(tx._connection))
    heard: list[Change] = []
    store.feed.listen(heard.extend)

    def give_up(tx: Tx) -> None:
        put("pans")(tx)
        tx._say("ROLLBACK")
        raise LookupError("the disk is full")

    writes: list[Callable[[Tx], object]] = [put("cups"), put("plates")]
    writes.insert(at, give_up)
    told = together(store, *writes)
    assert [type(each) for each in told].count(LookupError) == 1
    assert isinstance(told[at], LookupError)
    assert store.read(count_of("cups")) == store.read(count_of("plates")) == 0
    assert store.read(count_of("pans")) is None
    assert [each.key for each in heard] == ["cups", "plates"]
    store.close()


def test_the_event_loop_stays_free(shop: Store) -> None:
    async def both() -> tuple[object, object]:
        await shop.awrite(put("cups", 7))
        return await asyncio.gather(shop.aread(count_of("cups")), shop.aread(count_of("cups")))

    assert asyncio.run(both()) == [7, 7]


def test_clear_empties_every_table(shop: Store) -> None:
    shop.write(put("cups"))
    shop.clear()
    assert shop.read(count_of("cups")) is None


@pytest.mark.postgres
def test_other_control_planes_hear_of_changes_on_postgresql() -> None:
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    with fresh_database(POSTGRES) as url:
        one, two = PostgresStore(url), PostgresStore(url)
        one.write(lambda tx: METADATA.create_all(tx._connection))
        heard = threading.Event()
        two.feed.listen(lambda changes: heard.set())
        many = [f"thing-{n}" for n in range(500)]
        one.write(lambda tx: [put(name)(tx) for name in many])
        assert heard.wait(10)
        one.close()
        two.close()


def test_a_file_survives_the_process_that_wrote_it(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "state.db")
    first.write(lambda tx: METADATA.create_all(tx._connection))
    first.write(put("cups", 9))
    # No close(): as after kill -9, the log file still holds what was acknowledged.
    second = SqliteStore(tmp_path / "state.db")
    assert second.read(count_of("cups")) == 9
    first.close()
    second.close()


def test_a_read_transaction_has_no_way_to_write() -> None:
    assert not hasattr(ReadTx, "execute")
    assert not hasattr(ReadTx, "changed")


def test_a_listener_hears_the_kinds_that_it_named_and_that_some_were_missed() -> None:
    feed = Feed()
    heard: list[Change] = []
    all_heard: list[Change] = []
    stop = feed.listen(heard.extend, kinds=("cup", "jar"))
    feed.publish([Change("cup", "1"), Change("pan", "1")])
    feed.listen(all_heard.extend)
    feed.publish([Change("pan", "2"), Change("jar", "2"), Change("cup", "3")])
    feed.publish([MISSED])
    assert heard == [Change("cup", "1"), Change("jar", "2"), Change("cup", "3"), MISSED]
    assert all_heard == [Change("pan", "2"), Change("jar", "2"), Change("cup", "3"), MISSED]
    stop()
    feed.publish([Change("cup", "4")])
    assert heard[-1] == MISSED
    assert all_heard[-1] == Change("cup", "4")


def test_nobody_is_called_for_what_they_do_not_hear() -> None:
    feed = Feed()
    calls: list[Sequence[Change]] = []
    feed.listen(calls.append, kinds=("cup",))
    feed.publish([Change("pan", "1")])
    feed.publish([])
    assert calls == []
