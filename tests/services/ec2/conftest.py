"""Shortcuts for tests of EC2."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.runtime import Call, Seed
from homeport.services.ec2 import wiring
from homeport.services.ec2.facade import Ec2Networks
from homeport.store import Store
from services.ec2.ec2_calls import Ec2

ACCOUNT = "000000000000"
REGION = "us-east-1"
Ask = Callable[..., Any]


@pytest.fixture
def plant(store: Store, ids: Any) -> Callable[..., None]:
    """`plant(regions=…)` seeds the store as a start of the application does."""
    (service,) = wiring.services()

    def run(**changes: Any) -> None:
        told = {
            "account": ACCOUNT,
            "home_region": REGION,
            "regions": ("eu-west-1", REGION),
            "now": 1_700_000_000.0,
            "ids": ids,
        } | changes
        assert service.seed is not None
        store.write(lambda tx: service.seed(tx, Seed(**told)))

    return run


@pytest.fixture
def ask(store: Store, call: Callable[..., Call]) -> Ask:
    """`ask("DescribeVpcs", VpcIds=[…])` runs the operation in a transaction."""
    (service,) = wiring.services()

    def run(name: str, /, _call: Call | None = None, **request: object) -> Any:
        operation = service.operations[name]
        assert not operation.writes
        return store.read(lambda tx: operation.handler(tx, _call or call(), request))

    return run


@pytest.fixture
def ec2(store: Store, call: Callable[..., Call], plant: Callable[..., None]) -> Ec2:
    """Reads and writes alike, in a region that has its default VPC."""
    plant()
    return Ec2(store, call)


@pytest.fixture
def hold(store: Store, ids: Any) -> Callable[..., Any]:
    """`hold(subnet_id)` makes an interface in the default region."""

    def run(subnet_id: str, *groups: str, description: str = "a task") -> Any:
        return store.write(
            lambda tx: Ec2Networks().create_interface(
                tx,
                ACCOUNT,
                REGION,
                subnet_id,
                security_groups=groups,
                description=description,
                now=1_700_000_000.0,
                ids=ids,
            )
        )

    return run
