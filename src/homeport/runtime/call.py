"""What an operation and a reconcile pass are told beside the state: who asks, when, fresh ids."""

from dataclasses import dataclass

from msgspec import Struct

from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids


class Call(Struct, frozen=True, kw_only=True):
    """One API request, authenticated and parsed.  Fixed before the transaction opens."""

    account: str
    region: str
    principal: str
    """ARN of who signed the request: ``arn:aws:iam::000000000000:root`` or an assumed role."""
    access_key: str
    now: float
    """Seconds since the epoch."""
    ids: Ids
    clock: Clock
    peers: Peers
    request_id: str
    endpoint: str = ""
    """The address that the client used, such as ``http://localhost:4566``; empty when another
    service asks."""
    first_asked_at: float = 0.0
    """`now` of the first time, for a call that was answered `NotYet` and is asked again."""

    @property
    def since(self) -> float:
        """When the client began to wait."""
        return self.first_asked_at or self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One reconcile pass.  `now` is fixed before the transaction opens."""

    now: float
    ids: Ids
    clock: Clock
    peers: Peers
    awake_since: float = 0.0
    """Since when this control plane has been able to hear of things, without a break."""

    def span(self, seconds: float) -> float:
        """Real seconds that stand for `seconds` of ECS time."""
        return self.clock.span(seconds)
