"""Stock boto3 as the account's root, against some services and a store, with real providers."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from homeport.app.services import providers
from homeport.contracts.identity import AccessKey
from homeport.gateway.asgi import Gateway
from homeport.runtime import Seed, Service
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.sts.facade import StsIdentities
from homeport.store import Store, Tx
from wire.serving import client, listening

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT = ("AKIAROOTOFTHEACCOUNT", "root-secret")


@contextmanager
def served(store: Store, services: Sequence[Service]) -> Iterator[Callable[[str], Any]]:
    """A function that makes a boto3 client of a service by name."""
    clock, ids = SystemClock(), SystemIds()
    told = Seed(account=ACCOUNT, home_region=REGION, regions=(REGION,), now=time.time(), ids=ids)

    def start(tx: Tx) -> None:
        StsIdentities().install_root_key(tx, *ROOT, ACCOUNT)
        for service in services:
            if service.seed is not None:
                service.seed(tx, told)

    store.write(start)
    gateway = Gateway(
        {each.name: each for each in services},
        store=store,
        peers=providers(clock),
        clock=clock,
        ids=ids,
    )
    key = AccessKey(
        access_key_id=ROOT[0],
        secret_access_key=ROOT[1],
        session_token=None,
        account=ACCOUNT,
        principal="",
        expires_at=None,
    )
    with listening(gateway) as address:
        yield lambda service: client(service, address, key, REGION)
