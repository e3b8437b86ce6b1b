"""What a pass has to tell of its service: events for its stream and for EventBridge, in order."""

import msgspec

from homeport.runtime import Tick
from homeport.services.ecs.plan.service import messages
from homeport.services.ecs.queries import bus_events, service_events
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.services import Service, ServiceDeployment, ServiceEvent
from homeport.services.ecs.records.shifting import HookRun
from homeport.store import Tx


class ServiceNews:
    """Collects during a pass and records at its end."""

    def __init__(self, tx: Tx, tick: Tick, service: Service) -> None:
        self._tx = tx
        self._tick = tick
        self._service = service
        self._events: list[ServiceEvent] = []
        self._bus: list[BusEvent] = []

    def say(self, sentence: str) -> None:
        """Add an event to the service's stream."""
        event = ServiceEvent(id=self._tick.ids.uuid(), at=self._tick.now, message=sentence)
        self._events.append(event)

    def say_once(self, sentence: str) -> None:
        """Add an event unless it is the newest already."""
        newest = service_events.events_of(self._tx, self._service.arn)[:1]
        if not newest or newest[0].message != sentence:
            self.say(sentence)

    def act(self, level: str, name: str, *, reason: str | None = None) -> None:
        """Add an ``ECS Service Action``."""
        detail = messages.service_action(
            level, name, self._service.cluster_arn, at=self._tick.now, reason=reason
        )
        self._emit("service action", msgspec.json.encode(detail))

    def deployment_changed(self, change: tuple[str, str, str]) -> None:
        """Add an ``ECS Deployment State Change``: one of `Deployed.changes`."""
        detail = messages.deployment_change(
            *change, at=self._tick.now, cluster_arn=self._service.cluster_arn
        )
        self._emit("deployment", msgspec.json.encode(detail))

    def hook_changed(self, run: HookRun, deployment: ServiceDeployment) -> None:
        """Add an ``ECS Hook State Change``."""
        detail = messages.hook_change(run, deployment, at=self._tick.now)
        self._emit("hook", msgspec.json.encode(detail), resource=deployment.arn)

    def record(self) -> None:
        """Write what was collected."""
        service_events.tell(self._tx, self._service.arn, self._events)
        bus_events.emit(self._tx, self._bus)

    def _emit(self, kind: str, body: bytes, *, resource: str | None = None) -> None:
        service = self._service
        self._bus.append(
            BusEvent(
                id=self._tick.ids.uuid(),
                at=self._tick.now,
                account=service.account,
                region=service.region,
                kind=kind,  # type: ignore[arg-type]
                resource=resource or service.arn,
                body=body,
            )
        )
