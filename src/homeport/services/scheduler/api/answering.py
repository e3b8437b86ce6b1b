"""Client tokens: a request that is made again is answered as it was, and nothing is done twice."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from homeport.runtime import Call
from homeport.services.scheduler.errors import ConflictException
from homeport.services.scheduler.queries import client_tokens
from homeport.services.scheduler.queries.client_tokens import Answered, TokenKey
from homeport.store import ReadTx, Tx


def answered_before(
    tx: ReadTx, call: Call, operation: str, request: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What this very request was answered; raises when its token came with another request."""
    token = request.get("ClientToken")
    if token is None:
        return None
    found = client_tokens.find_answered(tx, _key(call, operation, token), now=call.now)
    if found is None:
        return None
    if found.request_digest != _digest(request):
        raise ConflictException(
            "The ClientToken was used with a request that has other parameters."
        )
    return found.answer


def remember(
    tx: Tx, call: Call, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    """Keep what a request was answered, if it has a token."""
    token = request.get("ClientToken")
    if token is not None:
        kept = Answered(_digest(request), dict(answer))
        client_tokens.remember(tx, _key(call, operation, token), kept, now=call.now)


def _key(call: Call, operation: str, token: str) -> TokenKey:
    return TokenKey(account=call.account, region=call.region, operation=operation, token=token)


def _digest(request: Mapping[str, Any]) -> str:
    told = {name: value for name, value in request.items() if name != "ClientToken"}
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()
