"""The policies of VPCs, for the links whose nodes need them: read once for all of them.

Announcements that come in a burst are joined and the newest policy wins; how a link sends them is
`agent_link`.  What a policy says is never looked at here, but for whether it has load balancers.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from homeport.contracts.networks import Networks
from homeport.contracts.routing import Routing
from homeport.kernel.clock import Clock
from homeport.link.messages import Assignment, Hello, encode
from homeport.link.vpc import VpcGone, VpcPolicy
from homeport.store import ReadTx, Store

JOINED_S: Final = 0.05
"""A VPC is read at most this often, however fast tasks start in it."""
JOINED_MAX_S: Final = 1.0
SHARE_MAX: Final = 0.1
"""Reading a large VPC takes at most this share of the time: then it is read less often."""
LOOKED_UP_EVERY_S: Final = 60.0
"""The slow sweep: an announcement that got lost costs at most this."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is said of a VPC, once and for every link."""

    message: VpcPolicy | VpcGone
    encoded: bytes

    @property
    def has_load_balancers(self) -> bool:
        """Whether the VPC has addresses of load balancers."""
        return isinstance(self.message, VpcPolicy) and bool(self.message.local)


@dataclass(slots=True)
class _Page:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: Told | None = None
    is_fresh: bool = False
    read_at: float = 0.0
    due_at: float = 0.0


class PolicyBook:
    """The newest known policy of each VPC that a link ever asked for."""

    def __init__(self, store: Store, networks: Networks, routing: Routing, clock: Clock) -> None:
        self._store = store
        self._networks = networks
        self._routing = routing
        self._clock = clock
        self._pages: dict[str, _Page] = {}

    def outdate(self, vpc_ids: Iterable[str] | None = None) -> None:
        """These VPCs have changed; None: any may have."""
        if vpc_ids is None:
            vpc_ids = tuple(self._pages)
        for vpc_id in vpc_ids:
            page = self._pages.get(vpc_id)
            if page is not None:
                page.is_fresh = False

    async def newest(self, vpc_id: str) -> Told:
        """What is to be said of the VPC; the same object as long as that is the same."""
        page = self._pages.setdefault(vpc_id, _Page())
        loop = asyncio.get_running_loop()
        async with page.lock:  # Whoever comes meanwhile finds it read.
            if page.told is not None and page.is_fresh and not self._is_old(page, loop.time()):
                return page.told
            await asyncio.sleep(max(0.0, page.due_at - loop.time()))
            page.is_fresh = True  # Before reading: what is announced meanwhile is read again.
            page.read_at = loop.time()
            policy = await self._store.aread(lambda tx: self._networks.policy(tx, vpc_id))
            message = policy if policy is not None else VpcGone(vpc_id=vpc_id)
            if page.told is None or page.told.message != message:
                page.told = Told(message, encode(message))
            cost_s = loop.time() - page.read_at
            page.due_at = page.read_at + min(max(JOINED_S, cost_s / SHARE_MAX), JOINED_MAX_S)
            return page.told

    async def with_load_balancers(self) -> frozenset[str]:
        """The VPCs in which there are load balancers."""

        def look(tx: ReadTx) -> frozenset[str]:
            table = self._routing.table(tx, self._clock)
            return frozenset(each.vpc_id for each in table.load_balancers)

        return await self._store.aread(look)

    def _is_old(self, page: _Page, now: float) -> bool:
        return now - page.read_at >= LOOKED_UP_EVERY_S


class Interest:
    """The VPCs that one link's node is told of, and what it was told last."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self._hosts_load_balancers = False
        self._wanted: set[str] = set()
        self._vpc_of_task: dict[str, str] = {}
        self._tasks: Counter[str] = Counter()
        self._stale: set[str] = set()
        self._told: dict[str, Told] = {}

    def start_over(self, hello: Hello) -> None:
        """The node was welcomed: it has yet to be told everything."""
        self._hosts_load_balancers = hello.hosts_load_balancers
        self._wanted |= {*hello.vpcs, *self._told}
        self._told.clear()
        self._vpc_of_task.clear()
        self._tasks.clear()
        self._outdate(self._wanted)

    def want(self, vpc_ids: Iterable[str]) -> None:
        """The node is to be told of these."""
        wanted = {*vpc_ids}
        self._outdate(wanted - self._wanted)
        self._wanted |= wanted

    def note(self, assignment: Assignment) -> None:
        """A VPC is needed as long as the node knows a task that has an address there."""
        before = self._vpc_of_task.pop(assignment.task_arn, None)
        if before is not None:
            self._tasks[before] -= 1
        interface = None if assignment.spec is None else assignment.spec.interface
        if interface is not None:
            vpc_id = self._vpc_of_task[assignment.task_arn] = interface.vpc_id
            self._tasks[vpc_id] += 1
            if vpc_id not in self._told:
                self._outdate((vpc_id,))

    def hear(self, vpc_ids: Iterable[str] | None) -> None:
        """These VPCs have changed; None: any may have."""
        if vpc_ids is None:
            vpc_ids = {*self._wanted, *self._told, *(+self._tasks)}
        self._outdate(each for each in vpc_ids if self._hosts_load_balancers or self._needs(each))

    def hear_all(self) -> None:
        """Look at everything once more."""
        self.hear(None)

    def take(self) -> tuple[str, ...]:
        """The VPCs of which there may be news."""
        stale, self._stale = self._stale, set()
        self.news.clear()
        return tuple(sorted(stale))

    def has_news(self, vpc_id: str, told: Told) -> bool:
        """Whether to tell the node; it counts as told from then on."""
        if self._told.get(vpc_id) is told:
            return False
        if not self._needs(vpc_id) and not (self._hosts_load_balancers and told.has_load_balancers):
            return False
        if isinstance(told.message, VpcGone):
            self._told.pop(vpc_id, None)
            self._wanted.discard(vpc_id)
        else:
            self._told[vpc_id] = told
        return True

    def _needs(self, vpc_id: str) -> bool:
        return self._tasks[vpc_id] > 0 or vpc_id in self._wanted or vpc_id in self._told

    def _outdate(self, vpc_ids: Iterable[str]) -> None:
        self._stale.update(vpc_ids)
        if self._stale:
            self.news.set()
