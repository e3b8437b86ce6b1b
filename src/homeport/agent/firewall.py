"""The node's table in the kernel's firewall: brings rules there, and finds out whether that works.

What the rules are is `plan.firewall`; what they are made of is `vpcs`.  The table outlives the
agent: tasks do, too.
"""

import asyncio
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import structlog

from homeport.agent import rtnetlink
from homeport.agent.plan import firewall as plan

PREFIX: Final = "homeport_"
NODE_DIGITS: Final = 12
WITHIN_S: Final = 20.0
SBIN: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")
BRIDGES_SEEN: Final = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
RESOLVER_FILES: Final = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
ENGINES_RESOLVERS: Final = ("8.8.8.8", "8.8.4.4")
"""What the Engine has containers ask where the machine names none."""
NO_NFT: Final = "nft is not installed (Debian package nftables)"
NO_BRIDGES: Final = "the kernel has no br_netfilter: what stays within a bridge is not seen"

_log = structlog.get_logger("homeport.firewall")


class FirewallRefused(Exception):
    """The rules are not in force; the message says why."""


class Firewall:
    """One node's table."""

    def __init__(self, node_id: str, place: Path | None = None) -> None:
        """`place`: the directory of this machine's agents, where each shows that it lives."""
        self.table = PREFIX + node_id[:NODE_DIGITS]
        self._place = place
        self._in_force: plan.Ruleset | None = None
        self._lock = -1

    def hold(self) -> None:
        """Show the other agents that this table is somebody's."""
        if self._place is not None and self._lock < 0:
            self._lock = _opened(self._place, self.table)
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    def let_go(self) -> None:
        """Hold it no more."""
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    async def prepare(self) -> None:
        """See that rules can be enforced here.  Raises FirewallRefused."""
        if _nft() is None:
            raise FirewallRefused(NO_NFT)
        if not BRIDGES_SEEN.exists():
            await _run("modprobe", "br_netfilter")
            if not BRIDGES_SEEN.exists():
                raise FirewallRefused(NO_BRIDGES)
        refusal = await _run_nft("list", "tables")
        if refusal:
            raise FirewallRefused(refusal)

    async def watch(self, bridge: str) -> None:
        """Have the rules hold within a bridge too.  Raises FirewallRefused."""
        try:
            await asyncio.to_thread(rtnetlink.show_bridge_to_firewall, bridge)
        except OSError as error:
            said = f"the bridge {bridge} cannot be watched ({error.strerror or error})"
            raise FirewallRefused(said) from error

    async def apply(self, ruleset: plan.Ruleset) -> None:
        """Have these rules, from one moment to the next.  Raises FirewallRefused.

        Where nothing is judged and no table was needed before there is none.
        """
        if ruleset == self._in_force:
            return
        before = self._in_force
        if before is None and not ruleset.judges:
            await self.remove()
            return
        refusal = await _run_nft("-f", "-", told=plan.script(self.table, before, ruleset))
        if refusal and before is not None:
            _log.info("the table is not as it was left; making it anew", why=refusal)
            refusal = await _run_nft("-f", "-", told=plan.script(self.table, None, ruleset))
        if refusal:
            self._in_force = None
            raise FirewallRefused(refusal)
        self._in_force = ruleset

    async def look(self) -> None:
        """Find out whether somebody removed the table: the next `apply` makes it anew then."""
        if self._in_force is not None and await _run_nft("-t", "list", "table", "inet", self.table):
            self._in_force = None

    async def remove(self) -> None:
        """Have no table.  Raises FirewallRefused."""
        self._in_force = None
        refusal = await _run_nft("-f", "-", told=plan.removal(self.table))
        if refusal:
            raise FirewallRefused(refusal)

    @property
    def judges(self) -> bool:
        """Whether rules are in force for any address."""
        return self._in_force is not None and self._in_force.judges

    async def clear_leftovers(self, nodes_with_containers: Iterable[str]) -> None:
        """Remove the tables of nodes that are no more: no agent holds them, no container is left.

        `nodes_with_containers` are node ids.
        """
        needed = {PREFIX + each[:NODE_DIGITS] for each in nodes_with_containers} | {self.table}
        for table in await _tables():
            if table in needed or self._place is None:
                continue
            descriptor = _opened(self._place, table)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                await _run_nft("-f", "-", told=plan.removal(table))
                _log.info("removed the rules of a node that is no more", table=table)
            except BlockingIOError:
                pass  # Its agent lives.
            finally:
                os.close(descriptor)


def resolvers() -> tuple[str, ...]:
    """The name servers that the Engine has containers ask, as far as they are reached by IPv4."""
    texts = [each.read_text() for each in RESOLVER_FILES if each.is_file()]
    found = name_servers("\n".join(texts))
    return found or ENGINES_RESOLVERS


def name_servers(text: str) -> tuple[str, ...]:
    """The IPv4 addresses that ``resolv.conf`` names, without this machine's own."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 2 or words[0] != "nameserver":
            continue
        try:
            address = IPv4Address(words[1])
        except ValueError:
            continue
        if not address.is_loopback:
            found[str(address)] = None
    return tuple(found)


async def _tables() -> Sequence[str]:
    done = await _finished(_nft() or "nft", "list", "tables", "inet")
    words = [line.split() for line in done.stdout.splitlines()]
    return [each[-1] for each in words if each and each[-1].startswith(PREFIX)]


async def _run_nft(*words: str, told: str | None = None) -> str:
    """Why nft failed; empty when it did not."""
    program = _nft()
    return NO_NFT if program is None else await _run(program, *words, told=told)


async def _run(*command: str, told: str | None = None) -> str:
    """Why a program failed; empty when it did not."""
    try:
        done = await _finished(*command, told=told)
    except FileNotFoundError:
        return f"{command[0]} is not installed"
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not answer within {WITHIN_S:g} s"
    if done.returncode == 0:
        return ""
    first = next((each for each in done.stderr.splitlines() if each.strip()), "")
    return first.strip() or f"{command[0]} exited with {done.returncode}"


async def _finished(*command: str, told: str | None = None) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        command,
        input=told or "",
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def _nft() -> str | None:
    return shutil.which("nft", path=os.pathsep.join((os.environ.get("PATH", ""), *SBIN)))


def _opened(place: Path, table: str) -> int:
    return os.open(place / f"{table}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
