"""A lean client that calls the ASGI application in this process, signing as an SDK would."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from botocore.utils import normalize_url_path

from homeport.contracts.identity import AccessKey
from homeport.gateway.asgi import App

HOST = "localhost:4566"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class LeanClient:
    """Signs for one key, region and day; deriving its signing key happens once a service."""

    app: App
    key: AccessKey
    region: str = "us-east-1"
    stamp: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    _keys: dict[str, bytes] = field(default_factory=dict)

    async def send(
        self,
        service: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        path: str = "/",
        method: str = "POST",
    ) -> Answer:
        """Send the body, signed for the service; path may have a query string."""
        signed = self.signed(service, headers, body, path, method=method)
        return await call(self.app, method, path, signed, body)

    def signed(
        self,
        service: str,
        headers: Mapping[str, str],
        body: bytes,
        path: str = "/",
        *,
        method: str = "POST",
    ) -> dict[str, str]:
        """The headers with a signature over host, date and body."""
        scope = f"{self.stamp[:8]}/{self.region}/{service}/aws4_request"
        sent = {**headers, "host": HOST, "x-amz-date": self.stamp}
        names = "host;x-amz-date"
        lines = f"host:{HOST}\nx-amz-date:{self.stamp}\n"
        if self.key.session_token:
            sent["x-amz-security-token"] = self.key.session_token
        digest = hashlib.sha256(body).hexdigest()
        plain, _, query = path.partition("?")
        resource = quote(normalize_url_path(plain), safe="/~")
        arguments = "&".join(sorted(query.split("&")))
        canonical = f"{method}\n{resource}\n{arguments}\n{lines}\n{names}\n{digest}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{self.stamp}\n{scope}\n{hashed}"
        signature = hmac.digest(self._signing_key(service), to_sign.encode(), "sha256").hex()
        sent["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key.access_key_id}/{scope},"
            f" SignedHeaders={names}, Signature={signature}"
        )
        return sent

    def _signing_key(self, service: str) -> bytes:
        found = self._keys.get(service)
        if found is None:
            found = f"AWS4{self.key.secret_access_key}".encode()
            for part in (self.stamp[:8], self.region, service, "aws4_request"):
                found = hmac.digest(found, part.encode(), "sha256")
            self._keys[service] = found
        return found


async def call(
    app: App,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    client: str = "127.0.0.1",
) -> Answer:
    """One request through the ASGI application; path may have a query string."""
    raw_path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": raw_path,
        "raw_path": raw_path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in (headers or {}).items()
        ],
        "client": (client, 1),
    }
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *parts = sent
    return Answer(
        status=start["status"],
        headers={name.decode(): value.decode() for name, value in start["headers"]},
        body=b"".join(each["body"] for each in parts),
    )
