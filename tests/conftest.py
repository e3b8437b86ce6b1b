"""Fixtures every test may use: a store in memory, a clock that tests turn, ids that count."""

import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
import pytest

from homeport.contracts.peers import Peers
from homeport.runtime import Call, Tick
from homeport.store import Store, Tx
from homeport.store.postgres import PostgresStore
from homeport.store.sqlite import SqliteStore

ACCOUNT = "000000000000"
REGION = "us-east-1"
SERVICES = (
    "ecs",
    "logs",
    "sts",
    "ec2",
    "elbv2",
    "acm",
    "iam",
    "cloudwatch",
    "codedeploy",
    "hooks",
    "sqs",
    "events",
    "scheduler",
    "jobs",
)


@dataclass
class TurnedClock:
    """A clock that stands still until a test turns it."""

    at: float = 1_700_000_000.0
    time_scale: float = 1.0

    def now(self) -> float:
        return self.at

    def span(self, seconds: float) -> float:
        return seconds / self.time_scale

    def turn(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class CountedIds:
    """Ids that count up: the same test always sees the same ones."""

    count: int = field(default=0)

    def hex(self, digits: int) -> str:
        self.count += 1
        return f"{self.count:0{digits}x}"

    def uuid(self) -> str:
        return f"00000000-0000-4000-8000-{self.hex(12)}"

    def number(self, digits: int) -> str:
        self.count += 1
        return "1" + f"{self.count:0{digits - 1}d}"


def create_tables(tx: Tx) -> None:
    """Create the tables of the runtime and of every service as their tables.py state them."""
    for room in ("runtime", *(f"services.{service}" for service in SERVICES)):
        tables = importlib.import_module(f"homeport.{room}.tables")
        tables.METADATA.create_all(tx._connection)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def ids() -> CountedIds:
    return CountedIds()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", help="postgresql://… of a server: run the store fixture there instead"
    )


@pytest.fixture(scope="session")
def shared_database(request: pytest.FixtureRequest) -> Iterator[Store | None]:
    """One PostgreSQL database for this test process, or None when tests run on SQLite."""
    server = request.config.getoption("--database")
    if server is None:
        yield None
        return
    with fresh_database(server) as url:
        opened = PostgresStore(url)
        opened.write(create_tables)
        yield opened
        opened.close()


@pytest.fixture
def store(shared_database: Store | None) -> Iterator[Store]:
    """A database with every service's tables, empty: in memory, or where --database says."""
    if shared_database is not None:
        shared_database.clear()
        yield shared_database
        return
    opened = SqliteStore()
    opened.write(create_tables)
    yield opened
    opened.close()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A database of its own on a PostgreSQL server, dropped at the end."""
    name = f"homeport_test_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def peers(clock: TurnedClock) -> Peers:
    """The real providers of every service, joined as `app` joins them."""
    from homeport.app.services import providers

    return providers(clock)


CallFactory = Callable[..., Call]


@pytest.fixture
def call(clock: TurnedClock, ids: CountedIds, peers: Peers) -> CallFactory:
    """`call()` makes a Call of the default account and region; keywords change members."""

    def make(**changes: object) -> Call:
        members = {
            "account": ACCOUNT,
            "region": REGION,
            "principal": f"arn:aws:iam::{ACCOUNT}:root",
            "access_key": "AKIAHOMEPORT",
            "now": clock.now(),
            "ids": ids,
            "clock": clock,
            "peers": peers,
            "request_id": "00000000-0000-4000-8000-000000000000",
        } | changes
        return Call(**members)  # type: ignore[arg-type]

    return make


@pytest.fixture
def tick(clock: TurnedClock, ids: CountedIds, peers: Peers) -> Callable[[], Tick]:
    return lambda: Tick(now=clock.now(), ids=ids, clock=clock, peers=peers)
