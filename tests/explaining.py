"""Asks ExplainService, which must change nothing by being asked."""

from typing import Any

from conftest import TurnedClock
from ring.driver import Plane
from service_asking import everything


def explained(plane: Plane, service: str = "web", **request: Any) -> dict[str, Any]:
    before = everything(plane)
    told: dict[str, Any] = plane.ask("ExplainService", service=service, **request)["explanation"]
    assert everything(plane) == before, "it is a read"
    return told


def waits(told: dict[str, Any]) -> list[tuple[str, float | None]]:
    return [(each["kind"], each.get("until")) for each in told["waitingFor"]]


def lacks(told: dict[str, Any]) -> dict[str, list[str]]:
    """The reasons of each instance, in order."""
    return {
        each["instanceArn"]: [lack["reason"] for lack in each["lacks"]]
        for each in told["placement"]["instances"]
    }


def turn(plane: Plane, clock: TurnedClock, seconds: float) -> None:
    clock.turn(seconds)
    plane.drain()
