"""Who signs requests.  Provided by the sts service."""

from dataclasses import dataclass
from typing import Protocol

from homeport.kernel.ids import Ids
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A key that may sign requests."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    """None for a long-term key; temporary keys must send their token."""
    account: str
    principal: str
    """ARN: the account's root, or ``arn:aws:sts::A:assumed-role/ROLE/SESSION``."""
    expires_at: float | None
    """Seconds since the epoch; None never expires."""
    role_arn: str | None = None


class Identities(Protocol):
    """Looks up keys and makes temporary ones."""

    def find_key(self, tx: ReadTx, access_key_id: str) -> AccessKey | None:
        """The key with this id, expired or not."""

    def assume_role(
        self, tx: Tx, role_arn: str, session_name: str, *, lifetime_s: float, now: float, ids: Ids
    ) -> AccessKey:
        """A temporary key of the role; it stays valid until it expires."""
