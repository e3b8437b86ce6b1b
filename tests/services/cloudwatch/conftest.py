"""What tests of CloudWatch share: its operations by name, its alarms' evaluation, its protocols."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.loaders import Loader

from homeport.runtime import Again, Tick
from homeport.services.cloudwatch import wiring
from homeport.services.cloudwatch.queries.alarms import EVALUATION, STATE
from homeport.services.cloudwatch.reconcile import alarms
from homeport.store import Change, Store
from root_asking import REGION, ROOT, served

OPERATIONS = wiring.services()[0].operations
PROTOCOLS = ("json", "smithy-rpc-v2-cbor", "query")


class World:
    """CloudWatch over a store, with a clock that tests turn."""

    def __init__(self, store: Store, call: Any, tick: Callable[[], Tick], clock: Any) -> None:
        self.store = store
        self.call = call
        self.tick = tick
        self.clock = clock
        self.heard: list[Change] = []
        self.due: dict[str, float] = {}
        store.feed.listen(self.heard.extend)

    def ask(self, name: str, **request: Any) -> Any:
        """The operation's answer."""
        operation = OPERATIONS[name]
        run = self.store.write if operation.writes else self.store.read
        return run(lambda tx: operation.handler(tx, self.call(), request))

    def put(self, value: float, *, ago: float = 0.0, name: str = "Errors", **more: Any) -> None:
        """One measurement."""
        at = self.clock.now() - ago
        datum = {"MetricName": name, "Timestamp": at, "Value": value, **more}
        self.ask("PutMetricData", Namespace="Shop", MetricData=[datum])

    def alarm(self, name: str = "errors", **changes: Any) -> str:
        """An alarm on the sum of errors; answers its name."""
        request = {
            "AlarmName": name,
            "Namespace": "Shop",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        } | changes
        asked = {key: value for key, value in request.items() if value is not None}
        self.ask("PutMetricAlarm", **asked)
        return name

    def run(self) -> None:
        """Evaluate until nothing is due any more at this time."""
        for _ in range(50):
            keys = {each.key for each in self.heard if each.kind == EVALUATION}
            keys |= {key for key, at in self.due.items() if at <= self.clock.now()}
            self.heard[:] = [each for each in self.heard if each.kind != EVALUATION]
            if not keys:
                return
            for key in sorted(keys):
                self.due.pop(key, None)
                again = self.store.write(lambda tx, key=key: alarms.reconcile(tx, key, self.tick()))
                if isinstance(again, Again):
                    self.due[key] = self.clock.now() + again.after_s
        raise AssertionError("evaluation does not come to rest")

    def turn(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, evaluating whenever something is due."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.turn(min(step, end - self.clock.now()))
            self.run()

    def shown(self, name: str = "errors") -> Any:
        """The alarm as DescribeAlarms shows it."""
        types = ["MetricAlarm", "CompositeAlarm"]
        found = self.ask("DescribeAlarms", AlarmNames=[name], AlarmTypes=types)
        return [*found["MetricAlarms"], *found["CompositeAlarms"]][0]

    def state(self, name: str = "errors") -> str:
        """The alarm's state."""
        state: str = self.shown(name)["StateValue"]
        return state

    @property
    def told(self) -> list[str]:
        """ARNs of the alarms that were announced as being in another state."""
        return [each.key for each in self.heard if each.kind == STATE]


@pytest.fixture
def world(store: Store, call: Any, tick: Callable[[], Tick], clock: Any) -> World:
    clock.at = 1_700_000_040.0  # A whole minute.
    return World(store, call, tick, clock)


class _OneProtocol(Loader):  # type: ignore[misc]
    """botocore's models as an SDK knows them that speaks one protocol alone."""

    protocol = ""

    def load_service_model(self, service: str, kind: str, api_version: Any = None) -> Any:
        model = super().load_service_model(service, kind, api_version)
        if kind != "service-2":
            return model
        model = deepcopy(model)
        model["metadata"] |= {"protocol": self.protocol, "protocols": [self.protocol]}
        return model


@pytest.fixture(params=PROTOCOLS)
def speaking(request: Any, store: Store) -> Iterator[Any]:
    """A stock client that speaks each of CloudWatch's protocols in turn."""
    with served(store, wiring.services()) as client:
        session = botocore.session.Session()
        known = session.get_component("data_loader")
        loader = _OneProtocol(extra_search_paths=known.search_paths)
        loader.protocol = request.param
        session.register_component("data_loader", loader)
        yield session.create_client(
            "cloudwatch",
            endpoint_url=client("cloudwatch").meta.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ROOT[0],
            aws_secret_access_key=ROOT[1],
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
