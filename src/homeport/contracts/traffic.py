"""Who moves traffic from one target group to another.  Provided by elbv2."""

from dataclasses import dataclass
from typing import Literal, Protocol

from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardFacts:
    """What a rule, or the default action of a listener, forwards to."""

    arn: str
    """The rule's ARN; a default rule has one too."""
    listener_arn: str
    listener_port: int
    protocol: str
    """The listener's: ``HTTP``, ``HTTPS``, ``TCP`` …"""
    load_balancer_arn: str
    kind: Literal["application", "network"]
    is_default: bool
    groups: tuple[tuple[str, int], ...]
    """(target group ARN, weight); empty when it does not forward."""
    is_live: bool
    """The data plane has taken every weight that was set: new requests go by `groups`."""


class Traffic(Protocol):
    """Reads and sets weights.

    The change feed announces that the data plane has taken weights as kind ``traffic`` with the
    listener's ARN as key.
    """

    def forwards(self, tx: ReadTx, account: str, region: str, arn: str) -> tuple[ForwardFacts, ...]:
        """Of a listener: its rules in the order of their priority, the default last.

        Of a rule (or a default rule): that one.  Empty when there is none of this ARN.
        """

    def set_weights(
        self, tx: Tx, arn: str, weights: tuple[tuple[str, int], ...], *, now: float
    ) -> bool:
        """Have a rule or default rule forward to these (target group, weight); stickiness stays.

        False, and nothing is changed, when it is gone or one of the groups is.
        """
