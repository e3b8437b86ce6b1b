"""Firings that are only kept: what rules ask for, to be looked at."""

from dataclasses import dataclass, field

from homeport.contracts.firings import Target, Wanted
from homeport.kernel.ids import Ids
from homeport.store import ReadTx, Tx


@dataclass
class KeptFirings:
    """Fulfils `Firings` by keeping what is asked for; like the real ones, each token once."""

    fired: list[Wanted] = field(default_factory=list)
    lost: list[tuple[Wanted, int, str]] = field(default_factory=list)
    refused: str | None = None
    away: bool = False
    """They cannot be asked now."""

    def refusal(self, tx: ReadTx, target: Target, payload: str, *, region: str) -> str | None:
        return self.refused

    def fire(self, tx: Tx, wanted: Wanted, *, now: float, ids: Ids) -> str:
        if self.away:
            raise ConnectionError
        known = [(each.source, each.target_id, each.token) for each in self.fired]
        if (wanted.source, wanted.target_id, wanted.token) not in known:
            self.fired.append(wanted)
        return f"{wanted.source} {wanted.target_id} {wanted.token}"

    def missed(self, tx: Tx, wanted: Wanted, *, count: int, why: str, now: float, ids: Ids) -> None:
        self.lost.append((wanted, count, why))

    def undelivered(self, tx: ReadTx, source: str) -> int:
        return sum(each.source == source for each in self.fired)
