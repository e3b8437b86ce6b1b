"""Who holds an access key.  Answers from a small cache, so that a known key costs no transaction.

Only keys that exist are remembered, and none for long: a key that was deleted stops working
within `REMEMBERED_S`, one that expired stops at once (its expiry is part of what is remembered).
"""

from collections import OrderedDict
from typing import Final

from homeport.contracts.identity import AccessKey, Identities
from homeport.store import Store

KEYS_MAX: Final = 1_024
REMEMBERED_S: Final = 30.0


class KeyRing:
    """Access keys by id."""

    def __init__(self, store: Store, identities: Identities) -> None:
        self._store = store
        self._identities = identities
        self._known: OrderedDict[str, tuple[float, AccessKey]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def find(self, access_key_id: str, now: float) -> AccessKey | None:
        """The key with this id, expired or not."""
        known = self._known.get(access_key_id)
        if known is not None and abs(now - known[0]) < REMEMBERED_S:
            return known[1]
        identities = self._identities
        key = await self._store.aread(lambda tx: identities.find_key(tx, access_key_id))
        self._known.pop(access_key_id, None)
        if key is not None:
            self._known[access_key_id] = (now, key)
            if len(self._known) > KEYS_MAX:
                self._known.popitem(last=False)
        return key

    def forget(self) -> None:
        """Remember nothing: the keys may have changed (`/_homeport/reset`)."""
        self._known.clear()
