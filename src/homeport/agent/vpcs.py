"""What a node has of VPCs: bridges, load balancers' addresses, and who may talk to whom.

It brings the machine to what policies and the node's own tasks say, as a whole and again and
again; what the rules are is `plan.firewall`.  No container is known here.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from homeport.agent import local_addresses
from homeport.agent.engine import Engine
from homeport.agent.firewall import Firewall, FirewallRefused, resolvers
from homeport.agent.names import LABEL_NODE, UNENFORCED
from homeport.agent.network import CannotPrepare, Networks
from homeport.agent.plan.firewall import OwnAddress, knows, ruleset
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout
from homeport.link.spec import InterfaceSpec
from homeport.link.vpc import VpcGone, VpcPolicy

LOOK_EVERY_S: Final = 30.0
"""What others changed of bridges, addresses and rules is put right by then."""
POLICY_WITHIN_S: Final = 10.0
"""So long a task waits for the rules of its groups before it starts without them."""
LEAVE_WITHIN_S: Final = 5.0
"""So long a load balancer's address stays for the connections it has when it is to go."""
LEAVING_LOOK_S: Final = 0.2
"""While an address stays for its connections: the kernel announces no end of them."""

_log = structlog.get_logger("homeport.vpcs")


class Vpcs:
    """The VPCs of one node."""

    def __init__(
        self,
        engine: Engine,
        networks: Networks,
        firewall: Firewall,
        *,
        own: Callable[[], Iterable[InterfaceSpec] | None],
        hosts_load_balancers: bool = False,
    ) -> None:
        """`own`: the interfaces of the node's tasks; None while not all of them are known."""
        self._engine = engine
        self._networks = networks
        self._firewall = firewall
        self._own = own
        self._hosts = hosts_load_balancers
        self._policies: dict[str, VpcPolicy] = {}
        self._gone: set[str] = set()
        self._present: tuple[str, ...] = ()
        self._wake = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._connected = False
        self._swept = False
        self._looked_at = 0.0
        self._watched: set[str] = set()
        self._held_local: dict[str, tuple[str, ...]] = {}
        self._leave_by: dict[str, dict[str, float]] = {}
        """When addresses of a VPC go that stay for their connections, in the loop's time."""
        self._troubles: dict[str, str] = {}
        self.unenforced: dict[str, str] = {}
        """Why security groups are not enforced; empty when they are, as far as is known."""
        self.enforcement_changed: Callable[[], None] = _nothing
        """Called when `attributes` may say something else."""

    def known(self) -> tuple[str, ...]:
        """The VPCs of which this machine has something."""
        return tuple(sorted({*self._policies, *self._networks.held(), *self._present}))

    def attributes(self) -> dict[str, str | None]:
        """What the node's attributes say of this: only that something is amiss."""
        return {UNENFORCED: None} if self.unenforced else {}

    # --- what is told -------------------------------------------------------------------------

    def told(self, message: VpcPolicy | VpcGone) -> None:
        """How a VPC should be now."""
        if isinstance(message, VpcPolicy):
            self._policies[message.vpc_id] = message
            self._gone.discard(message.vpc_id)
        else:
            self._policies.pop(message.vpc_id, None)
            self._leave_by.pop(message.vpc_id, None)
            self._gone.add(message.vpc_id)
        self.look()

    def look(self) -> None:
        """Something may have changed: tasks, or what the Engine has."""
        self._wake.set()

    async def reached(self) -> None:
        """The Engine has been reached, maybe anew.  Raises its troubles."""
        self._connected = True
        self._look_at_everything()
        self._present = await self._networks.present()
        self.look()

    def away(self) -> None:
        """The Engine is away: bridges are left alone."""
        self._connected = False

    async def make_bridge(self, interface: InterfaceSpec) -> None:
        """Have the bridge that the interface is to be on, with its rules held within it.

        Raises CannotPrepare and EngineAway.
        """
        bridge = await self._networks.ensure(interface.vpc_id, interface.vpc_cidr)
        refusal = await self._watch(bridge)
        if refusal:
            self._complain("bridges", refusal)

    async def admit(self, interface: InterfaceSpec) -> None:
        """Return once the rules of the interface's groups are in force: then it may be used.

        Where rules cannot be enforced, or none come in time, it is used without them.
        """
        try:
            async with asyncio.timeout(POLICY_WITHIN_S):
                while not self._knows(interface):
                    await self._round()
                self.look()  # The round that goes on may have begun without this interface.
                await self._round()
        except TimeoutError:
            _log.warning(
                "the rules of a task's security groups did not come in time; it starts without",
                interface=interface.interface_id,
                vpc=interface.vpc_id,
                groups=interface.security_groups,
            )

    def _knows(self, interface: InterfaceSpec) -> bool:
        """Whether there is nothing to wait for."""
        if self.unenforced or interface.vpc_id in self._gone:
            return True
        known = knows(self._policies.get(interface.vpc_id), interface.security_groups)
        return known and self._own() is not None

    async def _round(self) -> None:
        """Return at the end of a round that begins after now."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(ended)
        await ended

    # --- what is done -------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Find out whether security groups can be enforced here."""
        await asyncio.to_thread(self._firewall.hold)
        await self._prepare_kernel()
        with contextlib.suppress(EngineAway, EngineError, EngineTimeout):
            self._present = await self._networks.present()

    async def run(self) -> None:
        """Bring the machine to what should be, whenever that or the machine changed."""
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._looked_at + LOOK_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()
            if loop.time() >= self._looked_at + LOOK_EVERY_S:
                self._looked_at = loop.time()
                self._look_at_everything()
                await self._prepare_kernel()
                await self._firewall.look()
            waiting, self._waiting = self._waiting, []
            try:
                await self._enforce()
            finally:
                for each in waiting:
                    if not each.done():
                        each.set_result(None)
            if self._connected:
                await self._settle()

    async def leave(self) -> None:
        """The agent ends: have no bridge that nothing uses, and no rules that judge nobody.

        What tasks use stays: they go on.  Raises the Engine's troubles.
        """
        used = {each.vpc_id for each in self._own() or ()}
        try:
            await self._enforce()  # The last round may have begun before the last task went.
            if self._connected:
                for vpc_id in set(self._networks.held()) - used:
                    await self._networks.remove(vpc_id, with_addresses=self._hosts)
        finally:
            if not self._firewall.judges and not self.unenforced:
                with contextlib.suppress(FirewallRefused):
                    await self._firewall.remove()
            self._firewall.let_go()
            self._networks.let_go()

    def _look_at_everything(self) -> None:
        self._watched.clear()
        self._held_local.clear()

    async def _prepare_kernel(self) -> None:
        try:
            await self._firewall.prepare()
        except FirewallRefused as refused:
            self._complain("the kernel", str(refused))
        else:
            self._complain("the kernel", "")

    async def _settle(self) -> None:
        """Have bridges and addresses as they should be, as far as the Engine allows now."""
        try:
            await self._settle_bridges(tuple(self._own() or ()))
            for vpc_id in tuple(self._gone):
                if await self._networks.remove(vpc_id, with_addresses=self._hosts):
                    _log.info("a VPC is gone, and what this machine had of it", vpc=vpc_id)
                    self._gone.discard(vpc_id)
                    self._present = tuple(each for each in self._present if each != vpc_id)
            if not self._swept and not self.unenforced:
                listed = await self._engine.list_containers(LABEL_NODE)
                nodes = [(each.get("Labels") or {}).get(LABEL_NODE, "") for each in listed]
                await self._firewall.clear_leftovers(nodes)
                self._swept = True
        except (EngineAway, EngineError, EngineTimeout) as trouble:
            self._note("engine", f"bridges are left as they are: {trouble}")
        else:
            self._note("engine", "")

    async def _enforce(self) -> None:
        """Have the rules in force, once all of the node's own addresses are known."""
        interfaces = self._own()
        if interfaces is None or "the kernel" in self.unenforced:
            return
        own = {
            each.private_ipv4: OwnAddress(vpc_id=each.vpc_id, groups=each.security_groups)
            for each in interfaces
        }
        rules = ruleset(
            self._policies.values(),
            own,
            resolvers=await asyncio.to_thread(resolvers),
            holds_local=self._hosts,
        )
        try:
            await self._firewall.apply(rules)
        except FirewallRefused as refused:
            self._complain("the rules", str(refused))
        else:
            self._complain("the rules", "")

    async def _settle_bridges(self, interfaces: tuple[InterfaceSpec, ...]) -> None:
        """Have the bridges that tasks and load balancers are on, with the latters' addresses."""
        wanted = {each.vpc_id: each.vpc_cidr for each in interfaces}
        policies = tuple(self._policies.values()) if self._hosts else ()
        wanted |= {each.vpc_id: each.vpc_cidr for each in policies if each.local}
        refusals = []
        for vpc_id, cidr in wanted.items():
            try:
                refusals.append(await self._watch(await self._networks.ensure(vpc_id, cidr)))
            except CannotPrepare as trouble:
                self._note(vpc_id, str(trouble))
        self._complain("bridges", next(filter(None, refusals), ""))
        for policy in policies:
            if self._held_local.get(policy.vpc_id) == policy.local:
                continue
            try:
                if await self._hold_local(policy):
                    self._held_local[policy.vpc_id] = policy.local
                self._note(policy.vpc_id, "")
            except CannotPrepare as trouble:
                self._note(policy.vpc_id, str(trouble))
            except OSError as error:
                said = f"addresses of load balancers cannot be held: {error.strerror or error}"
                self._note(policy.vpc_id, said)

    async def _hold_local(self, policy: VpcPolicy) -> bool:
        """Have the addresses of load balancers on the bridge, and no others; False while some stay
        for their connections."""
        bridge = await self._networks.bridge(policy.vpc_id)
        if bridge is None and policy.local:  # Somebody removed it.
            self._networks.forget_bridge(policy.vpc_id)
            bridge = await self._networks.ensure(policy.vpc_id, policy.vpc_cidr)
            await self._watch(bridge)
        if bridge is None:
            return True
        staying = await self._staying(bridge, policy)
        changed = await asyncio.to_thread(
            local_addresses.settle, bridge, policy.vpc_cidr, policy.local, staying=staying
        )
        if changed:
            _log.info("addresses of load balancers", vpc=policy.vpc_id, changed=", ".join(changed))
        return not staying

    async def _staying(self, bridge: str, policy: VpcPolicy) -> frozenset[str]:
        """The addresses that stay a while: their load balancer is gone, but targets answer to them
        yet, and clients are to hear that.  One that somebody else has now does not."""
        leaving = await asyncio.to_thread(
            local_addresses.unwanted, bridge, policy.vpc_cidr, policy.local
        )
        leaving -= {address for address, _ in policy.addresses}
        loop, known = asyncio.get_running_loop(), self._leave_by.get(policy.vpc_id, {})
        leave_by = {each: known.get(each, loop.time() + LEAVE_WITHIN_S) for each in leaving}
        self._leave_by[policy.vpc_id] = leave_by
        in_time = frozenset(each for each, by in leave_by.items() if loop.time() < by)
        if not in_time:
            return frozenset()
        staying = in_time & await asyncio.to_thread(local_addresses.connected)
        if staying:
            loop.call_later(LEAVING_LOOK_S, self.look)
        return staying

    async def _watch(self, bridge: str) -> str:
        """Have the rules hold within the bridge, too; why that failed, if it did."""
        if bridge not in self._watched:
            try:
                await self._firewall.watch(bridge)
            except FirewallRefused as refused:
                return str(refused)
            self._watched.add(bridge)
        return ""

    # --- what is said -------------------------------------------------------------------------

    def _complain(self, what: str, why: str) -> None:
        """Say clearly, and once, that security groups and network ACLs are not enforced."""
        if self.unenforced.get(what, "") == why:
            return
        if why:
            self.unenforced[what] = why
            _log.warning("groups and network ACLs are NOT enforced: tasks run anyway", why=why)
        else:
            del self.unenforced[what]
            if not self.unenforced:
                _log.info("security groups and network ACLs are enforced")
        self.enforcement_changed()

    def _note(self, about: str, trouble: str) -> None:
        """Say a trouble once."""
        if trouble and self._troubles.get(about) != trouble:
            _log.warning("a VPC is not as it should be; trying again", why=trouble, about=about)
        self._troubles[about] = trouble


def _nothing() -> None:
    """Nobody wants to know."""
