"""Remove keys some time after they expired.

Until then a request signed with one is told that its token has expired, as on AWS, instead of
that the key does not exist.  There is one key of work: all of them.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Tick
from homeport.services.sts import queries
from homeport.store import ReadTx, Tx

REMEMBERED_S: Final = 3_600.0
EXPIRED: Final = "expired"


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Remove what expired more than an hour ago."""
    queries.delete_expired(tx, tick.now - REMEMBERED_S)


def sweep(tx: ReadTx) -> Iterable[str]:
    """Always the one key."""
    return (EXPIRED,)
