"""What load balancing provides to those who keep certificates: homeport.contracts.certificates."""

from collections.abc import Sequence

from homeport.services.elbv2.queries import certificate_uses
from homeport.store import ReadTx


class ElbCertificateUses:
    """Which certificates listeners have."""

    def users_of(self, tx: ReadTx, arns: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return certificate_uses.users_of(tx, arns)
