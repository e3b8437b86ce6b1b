"""TLS at listeners: certificates by SNI, protocols and ciphers by ELB's security policy.  Pure."""

from typing import Final

from homeport.contracts.routing_table import Certificate, Listener
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_terms import extension

_VERSIONS: Final = {"0": "TLSv1_0", "1": "TLSv1_1", "2": "TLSv1_2", "3": "TLSv1_3"}
_GCM: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
_CBC: Final = ("ECDHE-RSA-AES128-SHA256",)
"""Envoy has no other with SHA-2 in this mode."""
_SHA1: Final = (
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
)
_RSA: Final = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")
_RSA_SHA1: Final = ("AES128-SHA", "AES256-SHA")
_ALL: Final = (*_GCM, *_CBC, *_SHA1, *_RSA, *_RSA_SHA1)
_ALPN: Final = {
    "None": (),
    "HTTP1Only": ("http/1.1",),
    "HTTP2Only": ("h2",),
    "HTTP2Optional": ("http/1.1", "h2"),
    "HTTP2Preferred": ("h2", "http/1.1"),
}


def tls(listener: Listener, *, alpn: tuple[str, ...]) -> Resource:
    """The TLS of a listener.  The first certificate is for clients that name no known host."""
    common: Resource = {
        "tls_params": parameters(listener.ssl_policy),
        "tls_certificates": [_certificate(each) for each in listener.certificates],
    }
    if alpn:
        common["alpn_protocols"] = list(alpn)
    return extension(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context=common,
    )


def alpn_of(policies: tuple[str, ...]) -> tuple[str, ...]:
    """The protocols of ALPN policies of a network load balancer."""
    return tuple(name for policy in policies for name in _ALPN.get(policy, (policy,)))


def parameters(policy: str) -> Resource:
    """Protocols and ciphers of an ELB security policy, as far as Envoy knows them."""
    name = policy.removeprefix("ELBSecurityPolicy-")
    newest = "3" if name.startswith("TLS13-") else "2"
    return {
        "tls_minimum_protocol_version": _VERSIONS[_oldest(name)],
        "tls_maximum_protocol_version": _VERSIONS[newest],
        "cipher_suites": list(_ciphers(name)),
    }


def _oldest(name: str) -> str:
    for version in ("3", "2", "1", "0"):
        if name.startswith((f"TLS13-1-{version}-", f"TLS-1-{version}-", f"FS-1-{version}-")):
            return version
    return "0"


def _ciphers(name: str) -> tuple[str, ...]:
    if name.startswith("FS-"):
        if "-Res-2020" in name:
            return _GCM
        return (*_GCM, *_CBC) if "-Res-" in name else (*_GCM, *_CBC, *_SHA1)
    if "-Res-" in name:
        return _GCM
    if "-Ext1-" in name:
        return (*_GCM, *_CBC, *_RSA)
    if "-Ext0-" in name:
        return (*_GCM, *_CBC, *_SHA1)
    if name.startswith("TLS13-1-2-") and "-Ext2-" not in name:
        return (*_GCM, *_CBC)
    if name.startswith("TLS-1-2-2017"):
        return (*_GCM, *_CBC, *_RSA)
    return _ALL


def _certificate(certificate: Certificate) -> Resource:
    return {
        "certificate_chain": {"inline_string": certificate.chain},
        "private_key": {"inline_string": certificate.key},
    }
