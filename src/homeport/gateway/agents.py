"""Where agents come in: the websocket at ``/_homeport/agent``, and which link of a node is current.

It lets in who has the token, passes on what the change feed announces, and never looks at what is
said: that is `agent_link`.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from homeport.contracts.fleet import Fleet, Joined
from homeport.contracts.networks import Networks
from homeport.contracts.routing import Routing
from homeport.gateway.agent_link import (
    CLOSED_AS_SUPERSEDED,
    AgentLink,
    LinkEnds,
    Receive,
    Scope,
    Send,
    Served,
)
from homeport.gateway.agent_policies import PolicyBook
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.link.messages import Hello
from homeport.store import MISSED, Change, Store

PATH: Final = "/_homeport/agent"

_log = structlog.get_logger("homeport.agents")


class AgentGate:
    """The ASGI application behind `PATH`.  At most one link of each node is the current one."""

    def __init__(
        self,
        *,
        store: Store,
        fleet: Fleet,
        clock: Clock,
        ids: Ids,
        token: str,
        endpoint: str,
        container_endpoint: str = "",
        plane: str = "",
        networks: Networks | None = None,
        routing: Routing | None = None,
    ) -> None:
        """`token` is what nodes must send as their bearer token; the endpoints are the API as the
        nodes' Engines and as their containers reach it (empty: containers are not told); `plane`
        is this control plane among those that share the state.  Without `networks` and `routing`
        nodes are not told of VPCs."""
        self._policies: PolicyBook | None = None
        if networks is not None and routing is not None:
            self._policies = PolicyBook(store, networks, routing, clock)
        self._served = Served(
            store=store,
            fleet=fleet,
            clock=clock,
            ids=ids,
            endpoint=endpoint,
            container_endpoint=container_endpoint,
            policies=self._policies,
        )
        self._plane = plane
        self._authorization = f"Bearer {token}".encode()
        self._links: dict[str, AgentLink] = {}
        self._door = asyncio.Lock()
        self._stop_listening: Callable[[], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one node until either side ends its link."""
        await receive()  # websocket.connect
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._authorization):
            _log.warning("refused a node: wrong token", address=scope.get("client"))
            await _refuse(send)
            return
        link = AgentLink(self._served, receive, send)
        try:
            await send({"type": "websocket.accept"})
            await link.run(self)
        except OSError as error:  # How uvicorn words a send to a socket that is gone.
            link.log.debug("node went away", reason=str(error))

    @property
    def connected(self) -> tuple[str, ...]:
        """The instances whose nodes are connected to this control plane."""
        return tuple(self._links)

    async def greet_again(self) -> None:
        """The state was emptied, or others took this control plane for dead: make every connected
        node known again, and have it told anew what it should run.  When this returns tasks can be
        placed on them."""
        if self._policies is not None:
            self._policies.outdate()
        async with self._door:
            for before, link in tuple(self._links.items()):
                joined = await self._say_hello(link.hello)
                del self._links[before]
                self._links[joined.instance_arn] = link
                link.start_over(joined)

    async def enter(self, link: AgentLink) -> None:
        """Make `link` the current one of its node."""
        async with self._door:
            link.joined = await self._say_hello(link.hello)
            before = self._links.get(link.arn)
            self._links[link.arn] = link
            self._listen()
        if before is not None:
            before.end(LinkEnds(CLOSED_AS_SUPERSEDED, "A newer link of the same node took over."))

    async def leave(self, link: AgentLink) -> None:
        """Mark the node disconnected, unless a newer link of it has taken over."""
        async with self._door:
            if self._links.get(link.arn) is not link:
                return
            del self._links[link.arn]
            self._listen()
            now = self._served.clock.now()
            try:
                await self._served.store.awrite(
                    lambda tx: self._served.fleet.goodbye(tx, link.joined, now=now)
                )
            except Exception:
                link.log.exception("could not record that the node is disconnected")

    async def _say_hello(self, hello: Hello) -> Joined:
        served, plane, now = self._served, self._plane, self._served.clock.now()
        return await served.store.awrite(
            lambda tx: served.fleet.hello(tx, hello, now=now, ids=served.ids, plane=plane)
        )

    def _listen(self) -> None:
        """One listener for all links, and none while there is no link."""
        if self._links and self._stop_listening is None:
            loop = asyncio.get_running_loop()

            def hear(changes: Sequence[Change]) -> None:
                arns = [each.key for each in changes if each.kind == "assignment"]
                vpc_ids: set[str] | None = {each.key for each in changes if each.kind == "vpc"}
                if MISSED in changes:
                    arns, vpc_ids = list(self._links), None
                # The loop may be closed by now; the commit that called us must not care.
                with contextlib.suppress(RuntimeError):
                    if arns:
                        loop.call_soon_threadsafe(self._announce, arns)
                    if vpc_ids is None or vpc_ids:
                        loop.call_soon_threadsafe(self._announce_vpcs, vpc_ids)

            self._stop_listening = self._served.store.feed.listen(hear, kinds=("assignment", "vpc"))
            if self._policies is not None:
                self._policies.outdate()  # Nobody listened until now.
        elif not self._links and self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def _announce(self, arns: Sequence[str]) -> None:
        for arn in arns:
            link = self._links.get(arn)
            if link is not None:
                link.news.set()

    def _announce_vpcs(self, vpc_ids: set[str] | None) -> None:
        """None: any of them may have changed."""
        if self._policies is None:
            return
        self._policies.outdate(vpc_ids)
        for link in self._links.values():
            link.vpcs.hear(vpc_ids)


async def _refuse(send: Send) -> None:
    sentence = b"The token of this node is not the one that the control plane was given.\n"
    headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
    start = {"type": "websocket.http.response.start", "status": 401, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": sentence})
