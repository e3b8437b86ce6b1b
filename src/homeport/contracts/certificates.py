"""Certificates for TLS listeners.  Provided by acm and iam, each for ARNs of its own.

Who uses them is known to elbv2, which provides `CertificateUses` to the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """A certificate with its key, in PEM."""

    arn: str
    names: tuple[str, ...]
    """The DNS names that it is for, ``*.`` wildcards included."""
    chain: str
    """The certificate, then those that lead to its root."""
    key: str


class Certificates(Protocol):
    """Finds certificates by ARN, and who issues them."""

    def certificate(self, tx: ReadTx, arn: str) -> IssuedCertificate | None:
        """The certificate with this ARN, if it can be used.

        The change feed announces a change as kind ``certificate`` with the ARN as key.
        """

    def root(self, tx: Tx, account: str, *, now: float) -> str:
        """The root that issues the account's certificates, in PEM; made when first asked for."""


class CertificateUses(Protocol):
    """Knows which certificates listeners have."""

    def users_of(self, tx: ReadTx, arns: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ARNs of the load balancers whose listeners have each of these certificates, by ARN.

        A certificate that no listener has is not among them.
        """
