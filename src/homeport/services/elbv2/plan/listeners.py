"""What a listener may be: its protocol, certificates, security policy and ALPN policy."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.services.elbv2.errors import (
    ALPNPolicyNotSupported,
    SSLPolicyNotFound,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.plan.ssl_policies import DEFAULT, POLICIES
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.records.listeners import SECURE
from homeport.services.elbv2.records.load_balancers import Kind

ALPN_POLICIES: Final = ("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None")

_ALL: Final = (
    "HTTP",
    "HTTPS",
    "TCP",
    "TLS",
    "UDP",
    "TCP_UDP",
    "GENEVE",
    "QUIC",
    "TCP_QUIC",
)
_PROTOCOLS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "application": ("HTTP", "HTTPS"),
    "network": ("UDP", "TCP", "TLS", "TCP_UDP"),
}


def checked_protocol(kind: Kind, protocol: str | None) -> str:
    """The protocol of a listener, if a load balancer of this kind has it."""
    if protocol is None:
        raise ValidationError("A listener protocol must be specified")
    one_of(protocol, "protocol", _ALL)
    if kind == "network" and protocol in ("QUIC", "TCP_QUIC"):
        raise UnsupportedOperation(f"Homeport has no listeners with the protocol '{protocol}'.")
    if protocol not in _PROTOCOLS[kind]:
        raise ValidationError(
            f"Listener protocol '{protocol}' must be one of '{', '.join(_PROTOCOLS[kind])}'"
        )
    return protocol


def default_certificate(
    protocol: str, certificates: Sequence[Mapping[str, Any]] | None, before: str = ""
) -> str:
    """The ARN of a listener's default certificate, empty where the protocol needs none.

    `before` is the one that it has, which stays if the request names none.
    """
    if protocol not in SECURE:
        if certificates:
            raise ValidationError(f"Certificates cannot be specified for {protocol} listeners")
        return ""
    if certificates is None and before:
        return before
    if not certificates:
        raise ValidationError(f"A certificate must be specified for {protocol} listeners")
    if len(certificates) > 1:
        raise ValidationError(
            "You must provide a list containing exactly one certificate if the listener protocol "
            f"is {protocol}."
        )
    return named_certificate(certificates)


def named_certificate(certificates: Sequence[Mapping[str, Any]]) -> str:
    """The ARN of the one certificate that a request names."""
    if len(certificates) != 1:
        raise ValidationError("Exactly one certificate must be specified")
    if "IsDefault" in certificates[0]:
        raise ValidationError("'IsDefault' cannot be specified for a certificate")
    arn = certificates[0].get("CertificateArn")
    if not arn:
        raise ValidationError("A certificate ARN must be specified")
    return str(arn)


def checked_policy(protocol: str, name: str | None, before: str = "") -> str:
    """The name of a listener's security policy, empty where the protocol has none."""
    if protocol not in SECURE:
        if name is not None:
            raise ValidationError(f"An SSL policy cannot be specified for {protocol} listeners")
        return ""
    chosen = name or before or DEFAULT
    if chosen not in POLICIES:
        raise SSLPolicyNotFound(f"SSL policy '{chosen}' not found")
    return chosen


def checked_alpn(
    protocol: str, policies: Sequence[str] | None, before: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """A listener's ALPN policy, none where the protocol has none."""
    if protocol != "TLS":
        if policies:
            raise ValidationError(f"An ALPN policy cannot be specified for {protocol} listeners")
        return ()
    if policies is None:
        return before
    if len(policies) > 1:
        raise ValidationError("You can specify only one ALPN policy")
    for policy in policies:
        if policy not in ALPN_POLICIES:
            raise ALPNPolicyNotSupported
    return tuple(policies)


def check_mutual_authentication(protocol: str, asked: Mapping[str, Any] | None) -> None:
    """Raise unless clients are left without certificates, which is all that is done here."""
    if asked is None:
        return
    mode = one_of(asked.get("Mode", "off"), "mutualAuthentication.mode", _MODES)
    if protocol != "HTTPS":
        raise ValidationError(f"Mutual authentication cannot be specified for {protocol} listeners")
    if mode != "off":
        raise UnsupportedOperation(
            "Homeport's load balancers do not ask clients for certificates: leave the mode 'off'."
        )


_MODES: Final = ("off", "passthrough", "verify")
