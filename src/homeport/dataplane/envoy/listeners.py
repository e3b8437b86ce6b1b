"""Whether listeners are open where they should be: asked before Envoy tries, and seen after."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from homeport.contracts.routing_table import ListenerSighting
from homeport.dataplane.envoy.admin import AdminAway, ListenerState
from homeport.dataplane.envoy.ports import is_here, why_shut
from homeport.dataplane.envoy.resources import Place, Resources
from homeport.dataplane.envoy.sightings import listener_sightings
from homeport.dataplane.envoy.supervisor import Supervisor
from homeport.dataplane.envoy.translate_names import listener_name

LOOK_EVERY_S: Final = 0.02
WARM_PATIENCE_S: Final = 5.0
NOTHING: Final = ListenerState(opened=frozenset(), rejection="Envoy does not run")


class Listeners:
    """The places of all listeners, and what stands in their way."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._shut: dict[Place, str] = {}
        self._refused = False
        self._told: dict[str, ListenerSighting] = {}

    @property
    def is_shut_out(self) -> bool:
        """Whether others hold ports that listeners need."""
        return bool(self._shut)

    @property
    def is_refused(self) -> bool:
        """Whether Envoy could not open what seemed to be free."""
        return self._refused

    async def probe(self, resources: Resources) -> bool:
        """Try every place that is not open yet; answers whether that is news."""
        state = await self._state()
        places = {place for each in resources.places for place in each.places}
        closed = sorted(place for place in places if listener_name(place) not in state.opened)
        ours = self._supervisor.pids
        before = self._shut
        self._shut = await asyncio.to_thread(_shut, closed, ours)
        return self._shut != before

    def openable(self, resources: Resources) -> Resources:
        """The resources without the listeners that cannot be opened."""
        names = {listener_name(place) for place in self._shut}
        kept = {name: each for name, each in resources.listeners.items() if name not in names}
        return replace(resources, listeners=kept)

    async def news(
        self, resources: Resources, *, stale: Mapping[str, str] | None = None
    ) -> tuple[ListenerSighting, ...]:
        """What became of the listeners, as far as it was not answered before.

        `stale` are those that go by former rules, and why.
        """
        state = await self._state()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WARM_PATIENCE_S):
                while state.warming:
                    await asyncio.sleep(LOOK_EVERY_S)
                    state = await self._state()
        places = {place for each in resources.places for place in each.places}
        away = await asyncio.to_thread(_away, {place.address for place in places})
        seen = listener_sightings(resources.places, state=state, shut=self._shut, away=away)
        if (lack := self._supervisor.lack) is not None:
            seen = tuple(replace(each, problems=(*each.problems, lack)) for each in seen)
        for arn, why in (stale or {}).items():
            seen = tuple(
                replace(each, problems=(*each.problems, _stale(why)))
                if each.listener_arn == arn
                else each
                for each in seen
            )
        names = {listener_name(place) for place in places}
        self._refused = not names.isdisjoint(state.refused)
        return self._untold(seen)

    def explain(self, resources: Resources, problem: str) -> tuple[ListenerSighting, ...]:
        """That no listener can be open, as far as it was not answered before."""
        return self._untold(
            ListenerSighting(listener_arn=each.listener_arn, problems=(problem,))
            for each in resources.places
        )

    def _untold(self, seen: Iterable[ListenerSighting]) -> tuple[ListenerSighting, ...]:
        now = {each.listener_arn: each for each in seen}
        news = tuple(each for arn, each in now.items() if self._told.get(arn) != each)
        self._told = now
        return news

    async def _state(self) -> ListenerState:
        try:
            return await self._supervisor.admin.listeners()
        except AdminAway:
            return NOTHING


def _stale(why: str) -> str:
    return (
        f"Requests go by the rules and weights before the last change, which Envoy refuses: {why}."
    )


def _shut(places: Iterable[Place], ours: frozenset[int]) -> dict[Place, str]:
    reasons = {place: why_shut(place, ours=ours) for place in places}
    return {place: reason for place, reason in reasons.items() if reason is not None}


def _away(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(address for address in addresses if not is_here(address))
