"""Port 80 of the metadata address, led to the port that the agent really listens on.

Two rules of the kernel's address translation, as the ECS agent has them: so port 80 of the machine
stays free for tasks, and a task that publishes port 80 does not get the others' requests for
credentials.  Which rules is pure; `put` and `take_away` run iptables, as the Engine itself does.
"""

import subprocess
from typing import Final

from msgspec import Struct

CHAINS: Final = ("PREROUTING", "OUTPUT")
"""From containers, and from this machine (the Engine's log driver, tasks on its network)."""

WITHIN_S: Final = 10.0
LOCK_WITHIN_S: Final = 5


class RedirectRefused(Exception):
    """iptables is missing, or would not take the rules; the message says which."""


class Redirect(Struct, frozen=True, kw_only=True):
    """Requests to `address`:`port` go to `address`:`to_port`."""

    address: str
    port: int
    to_port: int

    def rule(self) -> tuple[str, ...]:
        """The rule, as iptables is told it."""
        return (
            *("--destination", f"{self.address}/32", "--protocol", "tcp"),
            *("--match", "tcp", "--dport", str(self.port)),
            *("--match", "comment", "--comment", "homeport task metadata"),
            *("--jump", "DNAT", "--to-destination", f"{self.address}:{self.to_port}"),
        )

    def put(self) -> None:
        """Have the rules, before all others of their chains; those that are there already stay."""
        for chain in CHAINS:
            if _iptables("--check", chain, *self.rule()):
                refusal = _iptables("--insert", chain, "1", *self.rule())
                if refusal:
                    self.take_away()
                    raise RedirectRefused(refusal)

    def take_away(self) -> None:
        """Have the rules no more; that they are gone already is fine."""
        for chain in CHAINS:
            _iptables("--delete", chain, *self.rule())


def _iptables(*words: str) -> str:
    """Why iptables failed; empty when it did not."""
    command = ("iptables", "--wait", str(LOCK_WITHIN_S), "--table", "nat", *words)
    try:
        done = subprocess.run(  # noqa: S603  (a fixed program, and no words of users)
            command, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
    except FileNotFoundError:
        return "iptables is not installed"
    except subprocess.TimeoutExpired:
        return f"iptables did not answer within {WITHIN_S:g} s"
    if done.returncode == 0:
        return ""
    return " ".join(done.stderr.split()) or f"iptables exited with {done.returncode}"
