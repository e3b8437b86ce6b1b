"""The log lines of a task's containers as they come, read over the CloudWatch Logs API."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from homeport.cli.client import CallRefused, Client

NOT_THERE: Final = "ResourceNotFoundException"
LATEST: Final = 40
"""How many of the last lines are remembered; the node tells 20."""

Say = Callable[[str, str], None]
"""Shows one line: the container's name, the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far the log of one container has been read."""

    container: str
    group: str
    stream: str
    region: str
    token: str | None = None


class LogTail:
    """Shows each line of a task once."""

    def __init__(self, regions: Mapping[str, str], say: Say) -> None:
        self._regions = regions
        self._say = say
        self._places: dict[str, Place] = {}
        self._latest: dict[str, deque[str]] = {}

    def learn(self, explanation: Mapping[str, Any], home: str) -> None:
        """Hear from ExplainTask where the containers write to."""
        for each in explanation.get("containers", ()):
            name = each["name"]
            if name in self._places or not each.get("logGroup") or not each.get("logStream"):
                continue
            self._places[name] = Place(
                container=name,
                group=each["logGroup"],
                stream=each["logStream"],
                region=self._regions.get(name, home),
            )

    def knows(self, container: str) -> bool:
        """Whether it is known where the container writes to."""
        return container in self._places

    def look(self, client: Client) -> bool:
        """Show what is new; whether anything was."""
        found = [self._look_at(client, place) for place in tuple(self._places.values())]
        return any(found)

    def has_shown(self, container: str, lines: Sequence[str]) -> bool:
        """Whether these lines, perhaps cut, are among the last of the container that were shown.

        In which order does not matter: Docker reads both outputs of a container at once.
        """
        latest = self._latest.get(container, ())
        return all(any(shown.startswith(line) for shown in latest) for line in lines)

    def _look_at(self, client: Client, place: Place) -> bool:
        near = replace(client, region=place.region)
        has_found = False
        while True:
            events, place = _page(near, place)
            for event in events:
                has_found = True
                self._latest.setdefault(place.container, deque(maxlen=LATEST)).append(
                    event["message"]
                )
                self._say(place.container, event["message"])
            self._places[place.container] = place
            if not events:
                return has_found


def _page(client: Client, place: Place) -> tuple[list[dict[str, Any]], Place]:
    request: dict[str, object] = {
        "logGroupName": place.group,
        "logStreamName": place.stream,
        "startFromHead": True,
    }
    if place.token is not None:
        request["nextToken"] = place.token
    try:
        answer = client.call("logs", "GetLogEvents", request)
    except CallRefused as refused:
        if refused.kind != NOT_THERE:
            raise
        return [], place  # The container has not written a line yet.
    return answer["events"], replace(place, token=answer["nextForwardToken"])
