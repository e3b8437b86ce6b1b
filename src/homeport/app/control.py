"""The control plane: store, services, loops and the gateway in front of them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

from homeport.app.services import all_services, providers
from homeport.app.settings import Settings
from homeport.app.state_dir import Credentials
from homeport.contracts.peers import Peers
from homeport.gateway.model import REGIONS
from homeport.runtime import Reconciler, Seed, Service
from homeport.runtime.controller import Controller
from homeport.runtime.lease import Leases, SharedLeases
from homeport.runtime.system import SystemClock, SystemIds
from homeport.runtime.until import until
from homeport.runtime.wakefulness import Wakefulness
from homeport.services.sts.facade import StsIdentities
from homeport.store import Store, Tx
from homeport.store.open import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """Everything that answers requests and reconciles, built but not yet running."""

    settings: Settings
    store: Store
    services: tuple[Service, ...]
    peers: Peers
    clock: SystemClock
    ids: SystemIds
    root: Credentials
    taken_networks: tuple[str, ...]
    name: str
    """Which one it is among those that share the database."""
    starters: list[Controller] = field(default_factory=list)
    """Loops that start tasks on their own account."""

    @classmethod
    def build(
        cls, settings: Settings, root: Credentials, taken_networks: tuple[str, ...], name: str
    ) -> "ControlPlane":
        """Open the store, bring its schema up to date and seed it."""
        store = open_store(settings.database, settings.state_dir, full_sync=settings.full_sync)
        store.migrate()
        clock = SystemClock(settings.time_scale)
        plane = cls(
            settings=settings,
            store=store,
            services=all_services(settings),
            peers=providers(clock),
            clock=clock,
            ids=SystemIds(),
            root=root,
            taken_networks=taken_networks,
            name=name,
        )
        store.write(plane.seed)
        store.write(plane.disconnect)
        return plane

    def disconnect(self, tx: Tx) -> None:
        """Nobody was there to see nodes go: those of ours are not connected until they say so."""
        fleet, now = self.peers.fleet, self.clock.now()
        if self.settings.database is None:
            fleet.disconnect_all(tx, now=now)
        else:
            fleet.disconnect_plane(tx, self.name, now=now)

    def seed(self, tx: Tx) -> None:
        """Make what must exist from the start; what exists already stays as it is."""
        settings = self.settings
        seed = Seed(
            account=settings.account,
            home_region=settings.region,
            regions=REGIONS,
            now=self.clock.now(),
            ids=self.ids,
            taken_networks=self.taken_networks,
        )
        for service in self.services:
            if service.seed is not None:
                service.seed(tx, seed)
        StsIdentities().install_root_key(
            tx, self.root.access_key_id, self.root.secret_access_key, settings.account
        )

    def _controller(
        self, reconciler: Reconciler, leases: Leases | None, wakefulness: Wakefulness
    ) -> Controller:
        controller = Controller(
            reconciler,
            store=self.store,
            clock=self.clock,
            ids=self.ids,
            peers=self.peers,
            leases=leases,
            wakefulness=wakefulness,
        )
        if reconciler.starts_tasks:
            self.starters.append(controller)
        return controller

    async def reconcile(
        self,
        revived: Callable[[], Awaitable[None]],
        beside: Callable[[Leases | None], Coroutine[None, None, None]],
    ) -> None:
        """Run every service's loops until cancelled, and what else shares their leases.

        `revived` is called when other control planes took this one for dead, with all its nodes.
        """
        wakefulness = Wakefulness(self.clock)
        leases = None if self.settings.database is None else self._leases(wakefulness, revived)
        async with asyncio.TaskGroup() as group:
            group.create_task(wakefulness.run(), name="wakefulness")
            if leases is not None:
                group.create_task(leases.run(), name="leases")
            group.create_task(beside(leases), name="beside")
            for service in self.services:
                for reconciler in service.reconcilers:
                    loop = self._controller(reconciler, leases, wakefulness)
                    group.create_task(loop.run(), name=reconciler.name)

    def _leases(
        self, wakefulness: Wakefulness, revived: Callable[[], Awaitable[None]]
    ) -> SharedLeases:
        def buried(tx: Tx, name: str) -> None:
            self.peers.fleet.disconnect_plane(tx, name, now=self.clock.now())

        return SharedLeases(
            self.store, self.name, buried=buried, revived=revived, failed=wakefulness.interrupt
        )

    async def stop_tasks(self, stopped_by: str) -> None:
        """Stop every task, each in its own time; returns when nothing of them is left.

        Services start nothing meanwhile.  What other control planes start is theirs.
        """
        for starter in self.starters:
            await starter.rest()
        fleet, now = self.peers.fleet, self.clock.now()
        reason = "Homeport was told to stop every task"
        await self.store.awrite(
            lambda tx: fleet.stop_all(tx, reason=reason, stopped_by=stopped_by, now=now)
        )
        await until(self.store, lambda tx: fleet.remaining(tx, until=now) == 0)

    async def reset(self) -> None:
        """Remove every task at once and forget everything."""
        fleet, now = self.peers.fleet, self.clock.now()
        await self.store.awrite(lambda tx: fleet.discard_all(tx, now=now))
        await until(self.store, lambda tx: fleet.remaining(tx, until=now) == 0)
        await asyncio.to_thread(self.store.clear)
        await self.store.awrite(self.seed)
