"""What Envoy's health checks say becomes what ELB says of a target."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from dataplane.envoy_scenery import Backend, endpoint, fresh_address, hanging, resources, until
from homeport.contracts.routing_table import HealthCheck, Target, TargetGroup, TargetSighting
from homeport.dataplane.envoy.health_book import HealthBook
from homeport.dataplane.envoy.health_events import Checked, HealthEvent, after, combined, parse
from homeport.dataplane.envoy.health_log import SIZE_MAX, HealthLog
from homeport.dataplane.envoy.process import our_launch
from homeport.dataplane.envoy.resources import Place
from homeport.dataplane.envoy.supervisor import Supervisor
from homeport.dataplane.envoy.translate_names import health_log_path

HEALTH = HealthCheck(
    enabled=True,
    protocol="HTTP",
    port=None,
    path="/",
    interval_s=0.3,
    timeout_s=0.2,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="200",
)


def group(*targets: Target) -> TargetGroup:
    return TargetGroup(
        arn="group", name="group", protocol="HTTP", version="HTTP1", targets=targets, health=HEALTH
    )


def target(at: tuple[str, int], **members: object) -> Target:
    named = {"target_id": at[0], "address": at[0], "port": at[1], "zone": "us-east-1a"}
    return Target(**named | members)  # type: ignore[arg-type]


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    yield made
    made.close()


@pytest.fixture
def broken() -> Iterator[Backend]:
    made = Backend(status=503)
    yield made
    made.close()


class Watched:
    """The health of one target group behind a real Envoy."""

    def __init__(self, directory: Path, *targets: tuple[str, int]) -> None:
        self.book = HealthBook()
        self.book.know([group(*(target(at) for at in targets))], {"web": "group"})
        self.seen: dict[str, TargetSighting] = {}
        self.all: list[tuple[str, str]] = []
        self._directory = directory
        self._targets = targets

    async def __aenter__(self) -> "Watched":
        self._supervisor = Supervisor(
            self._directory,
            our_launch(self._directory),
            passing=self.book.passing,
            started=lambda: None,
        )
        place = Place(address=fresh_address(), port=8080)
        told = [endpoint(at) for at in self._targets]
        await self._supervisor.adopt()
        await self._supervisor.apply(
            resources(str(self._directory), place, *told, interval="0.3s", timeout="0.2s")
        )
        log = HealthLog(Path(health_log_path(str(self._directory))))
        self._following = asyncio.create_task(log.follow(self._hear, lambda: None))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._following
        await self._supervisor.end()

    async def look(self) -> None:
        self.book.look(await self._supervisor.admin.clusters(), now=1.0)

    def _hear(self, events: tuple[HealthEvent, ...]) -> None:
        for event in events:
            self.book.hear(event)
        for each in self.book.take_news().get("group", ()):
            self.seen[each.target_id] = each
            self.all.append((each.target_id, each.state))

    async def is_seen(self, at: tuple[str, int], state: str) -> TargetSighting:
        await until(lambda: at[0] in self.seen and self.seen[at[0]].state == state)
        return self.seen[at[0]]


def test_a_real_envoy_tells_each_way_to_fail_from_the_others(
    tmp_path: Path, backend: Backend, broken: Backend
) -> None:
    async def body(hung: tuple[str, int]) -> None:
        nobody = fresh_address(), 9000
        async with Watched(tmp_path, backend.at, broken.at, hung, nobody) as watched:
            await watched.is_seen(backend.at, "healthy")
            wrong = await watched.is_seen(broken.at, "unhealthy")
            assert wrong.reason == "Target.ResponseCodeMismatch"
            assert wrong.description == "Health checks failed with these codes: [503]"
            late = await watched.is_seen(hung, "unhealthy")
            assert (late.reason, late.description) == ("Target.Timeout", "Request timed out")
            absent = await watched.is_seen(nobody, "unhealthy")
            assert absent.reason == "Target.FailedHealthChecks"
            assert absent.description == "Health checks failed"

    with hanging() as hung:
        asyncio.run(body(hung))


def test_a_target_that_breaks_and_recovers_is_seen_to(tmp_path: Path, backend: Backend) -> None:
    async def body() -> None:
        async with Watched(tmp_path, backend.at) as watched:
            await watched.is_seen(backend.at, "healthy")
            backend.status = 500
            seen = await watched.is_seen(backend.at, "unhealthy")
            assert seen.description == "Health checks failed with these codes: [500]"
            backend.status = 200
            await watched.is_seen(backend.at, "healthy")
            assert [state for _, state in watched.all] == ["healthy", "unhealthy", "healthy"]

    asyncio.run(body())


def test_a_look_at_envoy_tells_of_healthy_targets_whose_events_were_lost(
    tmp_path: Path, backend: Backend, broken: Backend
) -> None:
    async def body() -> None:
        async with Watched(tmp_path, backend.at, broken.at) as watched:
            await watched.is_seen(backend.at, "healthy")
            watched.book = HealthBook()
            watched.book.know([group(target(backend.at), target(broken.at))], {"web": "group"})
            await watched.look()
            (seen,) = watched.book.take_news()["group"]
            assert (seen.target_id, seen.state) == (backend.name, "healthy")

    asyncio.run(body())


def event(kind: str, **members: object) -> HealthEvent:
    named = {"cluster": "web", "address": "a", "port": 1, "kind": kind, "at": 5.0}
    return HealthEvent(**named | members)  # type: ignore[arg-type]


PASSING = Checked(state="healthy", passes=True, at=5.0)


@pytest.mark.parametrize(
    ("before", "kinds", "state"),
    [
        (Checked(), ["first"], "initial"),
        (Checked(), ["first", "failure"], "initial"),
        (Checked(), ["first", "failure", "failure"], "unhealthy"),
        (Checked(), ["first", "failure", "healthy"], "healthy"),
        (PASSING, ["failure"] * 9, "healthy"),
        (PASSING, ["failure", "unhealthy"], "unhealthy"),
        # Envoy began anew with a target that was healthy: it has its chances like any other.
        (PASSING, ["first", "failure"], "healthy"),
        (PASSING, ["first", "failure", "failure"], "unhealthy"),
        (PASSING, ["first", "failure", "healthy"], "healthy"),
    ],
)
def test_failures_count_until_a_target_passes(
    before: Checked, kinds: list[str], state: str
) -> None:
    checked = before
    for kind in kinds:
        heard = event("failure", is_first=True) if kind == "first" else event(kind)
        checked = after(checked, heard, unhealthy_threshold=3)
    assert checked.state == state


def test_a_target_that_one_load_balancer_can_use_is_healthy() -> None:
    failing = Checked(state="unhealthy", at=9.0)
    assert combined((failing, PASSING)) == PASSING
    assert combined((Checked(), failing)) == failing
    assert combined((Checked(), Checked())).state == "initial"


def book_of(*targets: Target) -> HealthBook:
    book = HealthBook()
    book.know([group(*targets)], {"web": "group", "other": "group"})
    return book


def test_the_same_is_told_once_and_what_could_not_be_told_again() -> None:
    book = book_of(target(("a", 1)))
    book.hear(event("healthy"))
    news = book.take_news()
    assert [each.state for each in news["group"]] == ["healthy"]
    book.hear(event("healthy"))
    assert not book.take_news()
    book.give_back(news)
    assert book.take_news() == news
    book.give_back(news)
    for cluster in ("web", "other"):
        book.hear(event("unhealthy", cluster=cluster, reason="why"))
    assert [each.reason for each in book.take_news()["group"]] == ["why"]


def test_a_target_that_was_deregistered_and_comes_back_begins_anew() -> None:
    book = book_of(target(("a", 1)))
    book.hear(event("healthy"))
    book.take_news()
    book.know_group(group())
    book.hear(event("unhealthy"))
    assert not book.take_news()
    book.know_group(group(target(("a", 1))))
    assert not book.passing("web")
    book.hear(event("healthy"))
    assert [each.state for each in book.take_news()["group"]] == ["healthy"]


def test_a_target_that_went_and_came_back_unseen_is_told_of_again() -> None:
    book = book_of(target(("a", 1), registered_at=1.0))
    book.hear(event("healthy"))
    book.take_news()
    book.know_group(group(target(("a", 1), registered_at=1.0, last_seen="healthy")))
    assert not book.take_news()
    book.know_group(group(target(("a", 1), registered_at=2.0)))
    assert [each.state for each in book.take_news()["group"]] == ["healthy"]
    book.know([group(target(("a", 1), registered_at=3.0))], {"web": "group", "other": "group"})
    assert [each.state for each in book.take_news()["group"]] == ["healthy"]


def test_a_target_whose_health_was_forgotten_is_told_of_again() -> None:
    book = book_of(target(("a", 1)))
    book.hear(event("healthy"))
    book.take_news()
    book.know_group(group(target(("a", 1), last_seen="healthy")))
    assert not book.take_news()
    book.know_group(group(target(("a", 1), last_seen="initial")))
    assert [each.state for each in book.take_news()["group"]] == ["healthy"]


def test_that_checks_have_begun_is_told_of_targets_of_which_nothing_is_known() -> None:
    book = book_of(target(("a", 1)), target(("b", 1), last_seen="healthy"))
    for address in ("a", "b"):
        book.hear(event("failure", address=address, is_first=True))
    [seen] = book.take_news()["group"]
    assert (seen.target_id, seen.state) == ("a", "initial")
    book.hear(event("failure", is_first=True))
    book.know_group(group(target(("a", 1))))
    assert not book.take_news()


def test_another_kind_of_check_begins_anew() -> None:
    book = book_of(target(("a", 1)))
    for _ in range(2):
        book.hear(event("failure"))
    book.take_news()
    clusters = {"web": "group", "other": "group"}
    same = group(target(("a", 1), last_seen="unhealthy"))
    book.know([same], clusters)
    patient = replace(same, health=replace(same.health, unhealthy_threshold=3))
    book.know([patient], clusters)
    for _ in range(2):
        book.hear(event("failure"))
    assert not book.take_news()
    book.hear(event("failure"))
    assert [each.state for each in book.take_news()["group"]] == ["unhealthy"]


def test_two_targets_at_one_address_share_its_health() -> None:
    book = book_of(target(("a", 1)), target(("a", 1), target_id="i-1"))
    book.hear(event("healthy"))
    assert {each.target_id for each in book.take_news()["group"]} == {"a", "i-1"}


def test_half_a_line_says_nothing() -> None:
    assert parse(b'{"cluster_name": "we') is None
    assert parse(b"") is None


def test_the_log_is_read_from_its_beginning_and_dropped_when_it_is_long(tmp_path: Path) -> None:
    path = tmp_path / "health.log"
    line = msgspec.json.encode(
        {
            "host": {"socket_address": {"address": "a", "port_value": 1}},
            "cluster_name": "web",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "add_healthy_event": {"first_check": True},
        }
    )
    path.write_bytes(line + b"\n" + line[:20])

    async def body() -> None:
        heard: list[HealthEvent] = []
        dropped = asyncio.Event()
        following = asyncio.create_task(HealthLog(path).follow(heard.extend, dropped.set))
        await until(lambda: len(heard) == 1)
        with path.open("ab") as log:
            log.write(line[20:] + b"\n")
        await until(lambda: len(heard) == 2)
        os.truncate(path, 0)
        with path.open("ab") as log:
            log.write(line + b"\n")
        await until(lambda: len(heard) == 3)
        with path.open("ab") as log:
            log.write(b"x" * (SIZE_MAX + 1))
        await dropped.wait()
        assert path.stat().st_size == 0
        with path.open("ab") as log:
            log.write(line + b"\n")
        await until(lambda: len(heard) == 4)
        following.cancel()

    asyncio.run(body())
