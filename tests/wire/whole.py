"""The whole gateway over every service, as far as their wiring can be imported."""

import importlib
import itertools
from dataclasses import replace
from typing import Any

from homeport.contracts.identity import AccessKey
from homeport.contracts.peers import Peers
from homeport.gateway.asgi import Gateway
from homeport.gateway.model import REGIONS, load
from homeport.runtime import Call, Operation, Seed, Service, settled
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.sts.facade import StsIdentities
from homeport.store import ReadTx, Store
from wire.conforms import faults
from wire.serving import ACCOUNT, KEY, TEMPORARY

PACKAGES = (
    "acm",
    "cloudwatch",
    "codedeploy",
    "ec2",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "logs",
    "scheduler",
    "sqs",
    "sts",
)


class KnownKeys(StsIdentities):
    """The real identities, and the keys that the wire tests sign with."""

    def find_key(self, tx: ReadTx, access_key_id: str) -> AccessKey | None:
        for key in (KEY, TEMPORARY):
            if key.access_key_id == access_key_id:
                return key
        return super().find_key(tx, access_key_id)


def wired() -> dict[str, Service]:
    """Every service that is served, by name."""
    wirings = [importlib.import_module(f"homeport.services.{each}.wiring") for each in PACKAGES]
    return {each.name: each for wiring in wirings for each in wiring.services()}


def checked(service: Service, wrong: list[str]) -> Service:
    """The service with handlers whose answers are held against the model."""
    model = load(service.name)

    def check(operation: Operation) -> Operation:
        handler = operation.handler
        output = model.operations[operation.name].output

        def handle(tx: Any, call: Call, request: Any) -> Any:
            response = handler(tx, call, request)
            found = faults(model.shapes, output, settled(response))
            wrong.extend(f"{operation.name}{each}" for each in itertools.islice(found, 5))
            return response

        return replace(operation, handler=handle)

    operations = {name: check(each) for name, each in service.operations.items()}
    return replace(service, operations=operations)


def whole_gateway(
    store: Store, peers: Peers, services: dict[str, Service], wrong: list[str]
) -> Gateway:
    """The gateway over the services, seeded, with real time.

    What a handler answers beside its model is added to `wrong`.
    """
    clock, ids = SystemClock(), SystemIds()
    seed = Seed(
        account=ACCOUNT,
        home_region="us-east-1",
        regions=REGIONS,
        now=clock.now(),
        ids=ids,
    )
    for service in services.values():
        plant = service.seed
        if plant is not None:
            store.write(lambda tx, plant=plant: plant(tx, seed))  # type: ignore[misc]
    return Gateway(
        {name: checked(each, wrong) for name, each in services.items()},
        store=store,
        peers=replace(peers, identities=KnownKeys()),
        clock=clock,
        ids=ids,
    )
