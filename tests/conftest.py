"""Fixtures every test may use: a store in memory, a clock that tests turn, ids that count."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from homeport.contracts.peers import Peers
from homeport.runtime import Call, Tick
from homeport.store import Store, Tx
from homeport.store.sqlite import SqliteStore

ACCOUNT = "000000000000"
REGION = "us-east-1"
SERVICES = ("ecs", "logs", "sts", "ec2")


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
    """Create every service's tables as its tables.py states them."""
    for service in SERVICES:
        tables = importlib.import_module(f"homeport.services.{service}.tables")
        tables.METADATA.create_all(tx._connection)  # noqa: SLF001


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def ids() -> CountedIds:
    return CountedIds()


@pytest.fixture
def store() -> Iterator[Store]:
    """A database in memory with every service's tables, empty."""
    opened = SqliteStore()
    opened.write(create_tables)
    yield opened
    opened.close()


@pytest.fixture
def peers() -> Peers:
    """The real providers of every service, joined as `app` joins them."""
    from homeport.services.ec2.facade import Ec2Networks
    from homeport.services.ecs.facade import EcsFleet
    from homeport.services.logs.facade import StoredLogs
    from homeport.services.sts.facade import StsIdentities

    return Peers(
        identities=StsIdentities(), networks=Ec2Networks(), logs=StoredLogs(), fleet=EcsFleet()
    )


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
