"""Where listeners are to be open, and what is in their way."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataplane.envoy_scenery import Backend, answers, endpoint, fresh_address, resources, until
from homeport.dataplane.envoy.admin import ListenerState
from homeport.dataplane.envoy.listeners import Listeners
from homeport.dataplane.envoy.ports import is_here, why_shut
from homeport.dataplane.envoy.process import our_launch
from homeport.dataplane.envoy.resources import ListenerPlaces, Place
from homeport.dataplane.envoy.sightings import listener_sightings
from homeport.dataplane.envoy.supervisor import Supervisor
from homeport.dataplane.envoy.translate_names import listener_name

US = f"(process {os.getpid()})"
NOBODY = frozenset[int]()


@pytest.fixture
def place() -> Place:
    return Place(address=fresh_address(), port=8080)


@contextlib.contextmanager
def taken(place: Place, *, shared: bool = False, address: str | None = None) -> Iterator[None]:
    kind = socket.SOCK_DGRAM if place.is_udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as holder:
        if shared:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((address or place.address, place.port))
        if not place.is_udp:
            holder.listen(1)
        yield


def test_a_free_place_is_not_shut(place: Place) -> None:
    assert why_shut(place, ours=NOBODY) is None


@pytest.mark.parametrize("shared", [False, True])
def test_a_taken_port_names_its_place_and_who_has_it(place: Place, shared: bool) -> None:
    with taken(place, shared=shared):
        why = why_shut(place, ours=NOBODY)
    assert why is not None
    assert why.startswith(f"Port 8080 of {place.address} is taken by ")
    assert why.endswith(f"{US}.")


def test_a_taken_udp_port_does_too() -> None:
    place = Place(address=fresh_address(), port=5353, is_udp=True)
    assert why_shut(place, ours=NOBODY) is None
    with taken(place):
        why = why_shut(place, ours=NOBODY)
    assert why is not None
    assert why.startswith(f"UDP port 5353 of {place.address} is taken by ")


def test_whoever_has_the_port_on_every_address_is_named_too() -> None:
    place = Place(address=fresh_address(), port=20_000 + os.getpid() % 20_000)
    with taken(place, address="0.0.0.0"):
        assert US in str(why_shut(place, ours=NOBODY))


def test_what_our_own_envoy_has_is_not_taken(place: Place) -> None:
    with taken(place, shared=True):
        assert why_shut(place, ours=frozenset({os.getpid()})) is None


def test_an_address_that_the_machine_does_not_have_can_be_opened_but_is_not_here() -> None:
    elsewhere = Place(address="192.0.2.77", port=8080)
    assert why_shut(elsewhere, ours=NOBODY) is None
    assert not is_here("192.0.2.77")
    assert is_here("127.0.0.1")


def told(place: Place, state: ListenerState, **members: object) -> tuple[str, ...]:
    given = {"shut": {}, "away": frozenset[str]()} | members
    (seen,) = listener_sightings(
        [ListenerPlaces(listener_arn="arn", places=(place,), problems=("Another has it.",))],
        state=state,
        **given,  # type: ignore[arg-type]
    )
    return seen.problems[1:]


def test_each_way_in_which_a_listener_is_not_open_has_its_sentence(place: Place) -> None:
    name, where = listener_name(place), f"Port 8080 of {place.address}"
    is_open = ListenerState(opened=frozenset({name}))
    assert told(place, is_open) == ()
    assert told(place, is_open, shut={place: "It is taken."}) == ("It is taken.",)
    assert told(place, is_open, away=frozenset({place.address})) == (
        f"The address {place.address} is not on this machine yet.",
    )
    refused = ListenerState(opened=frozenset(), refused={name: "no such thing"})
    assert told(place, refused) == (f"{where} is not open: no such thing.",)
    old = ListenerState(opened=frozenset({name}), refused={name: "no such thing"})
    assert told(place, old) == (
        f"{where} is open as it was before its last change, which Envoy refuses: no such thing.",
    )
    missing = ListenerState(opened=frozenset())
    assert told(place, missing) == (f"{where} is not open: Envoy does not say why.",)
    rejected = ListenerState(opened=frozenset(), rejection="all of it is wrong")
    assert told(place, rejected) == (f"{where} is not open: all of it is wrong.",)


def test_of_a_listener_that_waits_for_its_routes_nothing_is_said(place: Place) -> None:
    state = ListenerState(opened=frozenset(), warming=frozenset({listener_name(place)}))
    where = [ListenerPlaces(listener_arn="arn", places=(place,))]
    assert listener_sightings(where, state=state, shut={}, away=frozenset()) == ()


def test_a_taken_port_keeps_the_other_listeners_open_and_is_opened_once_it_is_free(
    tmp_path: Path, place: Place
) -> None:
    async def body() -> None:
        backend = Backend()
        supervisor = Supervisor(
            tmp_path, our_launch(tmp_path), passing=lambda _: frozenset(), started=lambda: None
        )
        other = Place(address=place.address, port=8081)
        one = resources(str(tmp_path), place, endpoint(backend.at))
        two = resources(str(tmp_path), other, endpoint(backend.at))
        one.listeners.update(two.listeners)
        places = (*one.places, ListenerPlaces(listener_arn="other", places=(other,)))
        whole = type(one)(
            listeners=one.listeners,
            clusters=one.clusters,
            routes=one.routes,
            endpoints=one.endpoints,
            places=places,
            groups=one.groups,
        )
        listeners = Listeners(supervisor)
        await supervisor.adopt()
        try:
            with taken(place, shared=True):
                assert await listeners.probe(whole)
                await supervisor.apply(listeners.openable(whole))
                seen = {each.listener_arn: each for each in await listeners.news(whole)}
                assert not seen["other"].problems
                assert US in seen["listener"].problems[0]
                await until(lambda: answers((place.address, 8081)))
                assert not await listeners.probe(whole), "nothing new"
                assert not await listeners.news(whole)
            assert await listeners.probe(whole)
            await supervisor.apply(listeners.openable(whole), try_again=True)
            (now,) = await listeners.news(whole)
            assert (now.listener_arn, now.problems) == ("listener", ())
            assert answers((place.address, 8080))
        finally:
            await supervisor.end()
            backend.close()

    asyncio.run(body())


def test_envoys_own_refusal_is_told_and_tried_again(tmp_path: Path, place: Place) -> None:
    async def body() -> None:
        backend = Backend()
        supervisor = Supervisor(
            tmp_path, our_launch(tmp_path), passing=lambda _: frozenset(), started=lambda: None
        )
        whole = resources(str(tmp_path), place, endpoint(backend.at))
        listeners = Listeners(supervisor)
        await supervisor.adopt()
        try:
            with taken(place):
                await supervisor.apply(whole)
                (seen,) = await listeners.news(whole)
                assert "Address already in use" in seen.problems[0]
                assert listeners.is_refused
            await supervisor.apply(whole, try_again=True)
            (now,) = await listeners.news(whole)
            assert now.problems == ()
            assert answers((place.address, 8080))
        finally:
            await supervisor.end()
            backend.close()

    asyncio.run(body())
