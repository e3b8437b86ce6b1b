"""What wire tests share: a gateway over a handful of handlers, and a real server under it."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import uvloop
from botocore.config import Config

from homeport.contracts.events import Events
from homeport.contracts.identity import AccessKey
from homeport.contracts.peers import Peers
from homeport.gateway.asgi import App, Gateway, Settings
from homeport.gateway.chain import Endpoint
from homeport.gateway.server import bind, serve
from homeport.runtime import Operation, Service
from homeport.runtime.system import SystemClock, SystemIds
from homeport.store import ReadTx, Store

ACCOUNT = "000000000000"
KEY = AccessKey(
    access_key_id="AKIAWIRETESTS0000000",
    secret_access_key="wire/tests+secret",
    session_token=None,
    account=ACCOUNT,
    principal=f"arn:aws:iam::{ACCOUNT}:root",
    expires_at=None,
)
TEMPORARY = AccessKey(
    access_key_id="ASIAWIRETESTS0000000",
    secret_access_key="another+secret",
    session_token="token/of+many==characters",
    account="111122223333",
    principal="arn:aws:sts::111122223333:assumed-role/worker/session",
    expires_at=4_000_000_000.0,
)
EXPIRED = AccessKey(
    access_key_id="ASIAWIRETESTS0000001",
    secret_access_key="expired+secret",
    session_token="old-token",
    account=ACCOUNT,
    principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/session",
    expires_at=1_000_000_000.0,
)


@dataclass
class Keys:
    """The keys above; counts how often it is asked."""

    keys: dict[str, AccessKey] = field(
        default_factory=lambda: {each.access_key_id: each for each in (KEY, TEMPORARY, EXPIRED)}
    )
    asked: int = 0

    def find_key(self, tx: ReadTx, access_key_id: str) -> AccessKey | None:
        self.asked += 1
        return self.keys.get(access_key_id)


@dataclass
class Handlers:
    """Handlers made of functions, and the requests that reached them."""

    service: str
    answers: Mapping[str, Callable[..., Any]]
    requests: list[Any] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    unsupported: Mapping[str, str] = field(default_factory=dict)

    def built(self) -> Service:
        operations = {name: self._operation(name) for name in self.answers}
        return Service(name=self.service, operations=operations, unsupported=self.unsupported)

    def _operation(self, name: str) -> Operation:
        def handle(tx: Any, call: Any, request: Any) -> Any:
            self.requests.append(request)
            self.calls.append(call)
            return self.answers[name](request)

        return Operation(name, handle, writes=not name.startswith(("Describe", "List", "Get")))


def gateway_of(
    store: Store,
    *handlers: Handlers,
    keys: Keys | None = None,
    events: Events | None = None,
    settings: Settings | None = None,
    endpoints: tuple[Endpoint, ...] = (),
) -> Gateway:
    """A gateway over the handlers, with real time and the keys above."""
    peers = Peers(
        identities=cast(Any, keys or Keys()),
        networks=cast(Any, None),
        logs=cast(Any, None),
        fleet=cast(Any, None),
        events=cast(Any, events),
        certificates=cast(Any, None),
        certificate_uses=cast(Any, None),
        targets=cast(Any, None),
        routing=cast(Any, None),
        traffic=cast(Any, None),
        metrics=cast(Any, None),
        alarms=cast(Any, None),
        hooks=cast(Any, None),
        hook_work=cast(Any, None),
        operations=cast(Any, None),
        bus=cast(Any, None),
        firings=cast(Any, None),
        schedules=cast(Any, None),
        rules=cast(Any, None),
    )
    services = {each.service: each.built() for each in handlers}
    return Gateway(
        services,
        store=store,
        peers=peers,
        clock=SystemClock(),
        ids=SystemIds(),
        settings=settings,
        endpoints=endpoints,
    )


@contextlib.contextmanager
def listening(app: App) -> Iterator[str]:
    """The app behind a real server on a port of its own; yields the endpoint's URL."""
    bound = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    ready = threading.Event()
    stops: list[Callable[[], object]] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        started, stop = asyncio.Event(), asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        serving = asyncio.create_task(serve(app, [bound], started=started, stop=stop))
        await started.wait()
        ready.set()
        await serving

    thread = threading.Thread(target=lambda: uvloop.run(run()), name="wire-server")
    thread.start()
    assert ready.wait(10), "the server did not start"
    try:
        yield url
    finally:
        stops[0]()
        thread.join(10)
        assert not thread.is_alive()


def client(service: str, url: str, key: AccessKey = KEY, region: str = "eu-west-1") -> Any:
    """A stock boto3 client of the endpoint."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
        aws_session_token=key.session_token,
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=2),
    )
