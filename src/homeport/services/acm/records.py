"""Records of Certificate Manager."""

import hashlib
from typing import Literal

from msgspec import Struct


class Certificate(Struct, frozen=True, kw_only=True):
    """A certificate with its key, in PEM.  Times are seconds since the epoch."""

    arn: str
    account: str
    region: str
    kind: Literal["IMPORTED", "AMAZON_ISSUED"]
    domain_name: str
    names: tuple[str, ...]
    """Every DNS name that it is for, the domain name first."""
    body: str
    chain: str = ""
    """What leads to its root."""
    key: str
    validation_method: str | None = None
    """``DNS`` or ``EMAIL``, of one that was requested."""
    idempotency_token: str | None = None
    transparency: str = "ENABLED"
    """Certificate transparency logging, as it was asked for."""
    created_at: float
    issued_at: float
    """When it was issued here, or imported last."""
    not_before: float
    not_after: float
    tags: dict[str, str] = {}

    def validation_record(self, name: str) -> tuple[str, str]:
        """The CNAME that ACM would look for: the same name always has the same one."""
        base = name.removeprefix("*.")
        digest = hashlib.sha256(f"{self.account}/{base}".encode()).hexdigest()
        return f"_{digest[:32]}.{base}.", f"_{digest[32:]}.acm-validations.aws."


class Authority(Struct, frozen=True, kw_only=True):
    """Who issues an account's certificates: a root of Homeport's own, in PEM."""

    account: str
    certificate: str
    key: str
