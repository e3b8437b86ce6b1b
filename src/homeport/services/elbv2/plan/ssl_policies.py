"""The predefined security policies: which protocols and ciphers a TLS listener offers.

A policy's ciphers are always a part of one list, in that list's order.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

DEFAULT: Final = "ELBSecurityPolicy-2016-08"
"""What a listener gets that is created without one, by any client but AWS's console."""


class SslPolicy(Struct, frozen=True, kw_only=True):
    """A security policy."""

    name: str
    protocols: tuple[str, ...]
    """The newest first: ``TLSv1.3``, ``TLSv1.2``, ``TLSv1.1``, ``TLSv1``."""
    ciphers: tuple[str, ...]
    """In OpenSSL's words, the preferred one first."""


_CIPHERS: Final = (
    ("TLS_AES_128_GCM_SHA256", "tls13"),
    ("TLS_AES_256_GCM_SHA384", "tls13"),
    ("TLS_CHACHA20_POLY1305_SHA256", "tls13"),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", "gcm"),
    ("ECDHE-RSA-AES128-GCM-SHA256", "gcm"),
    ("ECDHE-ECDSA-AES128-SHA256", "cbc"),
    ("ECDHE-RSA-AES128-SHA256", "cbc"),
    ("ECDHE-ECDSA-AES128-SHA", "sha1"),
    ("ECDHE-RSA-AES128-SHA", "sha1"),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", "gcm"),
    ("ECDHE-RSA-AES256-GCM-SHA384", "gcm"),
    ("ECDHE-ECDSA-AES256-SHA384", "cbc"),
    ("ECDHE-RSA-AES256-SHA384", "cbc"),
    ("ECDHE-ECDSA-AES256-SHA", "sha1"),
    ("ECDHE-RSA-AES256-SHA", "sha1"),
    ("AES128-GCM-SHA256", "rsa"),
    ("AES128-SHA256", "rsa"),
    ("AES128-SHA", "rsa-sha1"),
    ("AES256-GCM-SHA384", "rsa"),
    ("AES256-SHA256", "rsa"),
    ("AES256-SHA", "rsa-sha1"),
    ("DES-CBC3-SHA", "des"),
)
_VERSIONS: Final = ("TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1")
_13: Final = ("tls13",)
_RES: Final = ("tls13", "gcm")
_12: Final = ("tls13", "gcm", "cbc")
_EXT1: Final = ("tls13", "gcm", "cbc", "rsa")
_EXT2: Final = ("tls13", "gcm", "cbc", "sha1", "rsa", "rsa-sha1")
_FS: Final = ("gcm", "cbc", "sha1")

_POLICIES: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    ("TLS13-1-2-2021-06", "TLSv1.3", "TLSv1.2", _12),
    ("TLS13-1-2-PQ-2025-09", "TLSv1.3", "TLSv1.2", _12),
    ("TLS13-1-2-Res-2021-06", "TLSv1.3", "TLSv1.2", _RES),
    ("TLS13-1-2-Res-PQ-2025-09", "TLSv1.3", "TLSv1.2", _RES),
    ("TLS13-1-2-Ext1-2021-06", "TLSv1.3", "TLSv1.2", _EXT1),
    ("TLS13-1-2-Ext1-PQ-2025-09", "TLSv1.3", "TLSv1.2", _EXT1),
    ("TLS13-1-2-Ext2-2021-06", "TLSv1.3", "TLSv1.2", _EXT2),
    ("TLS13-1-2-Ext2-PQ-2025-09", "TLSv1.3", "TLSv1.2", _EXT2),
    ("TLS13-1-1-2021-06", "TLSv1.3", "TLSv1.1", _EXT2),
    ("TLS13-1-0-2021-06", "TLSv1.3", "TLSv1", _EXT2),
    ("TLS13-1-0-PQ-2025-09", "TLSv1.3", "TLSv1", _EXT2),
    ("TLS13-1-3-2021-06", "TLSv1.3", "TLSv1.3", _13),
    ("TLS13-1-3-PQ-2025-09", "TLSv1.3", "TLSv1.3", _13),
    ("TLS-1-2-2017-01", "TLSv1.2", "TLSv1.2", ("gcm", "cbc", "rsa")),
    ("TLS-1-1-2017-01", "TLSv1.2", "TLSv1.1", _EXT2[1:]),
    ("TLS-1-2-Ext-2018-06", "TLSv1.2", "TLSv1.2", _EXT2[1:]),
    ("TLS-1-0-2015-04", "TLSv1.2", "TLSv1", (*_EXT2[1:], "des")),
    ("2016-08", "TLSv1.2", "TLSv1", _EXT2[1:]),
    ("FS-1-2-Res-2020-10", "TLSv1.2", "TLSv1.2", ("gcm",)),
    ("FS-1-2-Res-2019-08", "TLSv1.2", "TLSv1.2", ("gcm", "cbc")),
    ("FS-1-2-2019-08", "TLSv1.2", "TLSv1.2", _FS),
    ("FS-1-1-2019-08", "TLSv1.2", "TLSv1.1", _FS),
    ("FS-2018-06", "TLSv1.2", "TLSv1", _FS),
)


def _policy(name: str, newest: str, oldest: str, kinds: tuple[str, ...]) -> SslPolicy:
    return SslPolicy(
        name=f"ELBSecurityPolicy-{name}",
        protocols=_VERSIONS[_VERSIONS.index(newest) : _VERSIONS.index(oldest) + 1],
        ciphers=tuple(cipher for cipher, kind in _CIPHERS if kind in kinds),
    )


POLICIES: Final[Mapping[str, SslPolicy]] = {
    policy.name: policy for policy in (_policy(*each) for each in _POLICIES)
}
"""By name, in the order in which they are listed."""
