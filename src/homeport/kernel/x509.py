"""Certificates and keys in PEM: what they say, and whether they belong together.  Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

_ONE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)


class Unreadable(ValueError):
    """The text is not what it should be in PEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a certificate says of itself.  Times are seconds since the epoch."""

    names: tuple[str, ...]
    """Its DNS names, or its common name where it has none."""
    common_name: str
    subject: str
    issuer: str
    serial: str
    """Hexadecimal pairs, with colons between."""
    not_before: float
    not_after: float
    key_algorithm: str
    """``RSA_2048``, ``EC_prime256v1`` and the like."""
    signature_algorithm: str
    """``SHA256WITHRSA`` and the like."""
    is_self_signed: bool


def facts_of(pem: str) -> Facts:
    """What the one certificate in a text says; raises `Unreadable`."""
    certificate = _load(pem)
    common = _common_name(certificate.subject)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = ()
    number = f"{certificate.serial_number:x}"
    padded = number.zfill(len(number) + len(number) % 2)
    return Facts(
        names=names or ((common,) if common else ()),
        common_name=common,
        subject=certificate.subject.rfc4514_string(),
        issuer=_common_name(certificate.issuer) or certificate.issuer.rfc4514_string(),
        serial=":".join(padded[at : at + 2] for at in range(0, len(padded), 2)),
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        key_algorithm=_key_algorithm(certificate.public_key()),
        signature_algorithm=_signature_algorithm(certificate),
        is_self_signed=certificate.issuer == certificate.subject,
    )


def certificates_in(text: str) -> tuple[str, ...]:
    """Each certificate of a chain; raises `Unreadable` when there is none or one is broken."""
    found = tuple(_ONE.findall(text))
    if not found:
        raise Unreadable("no certificate")
    for each in found:
        _load(each)
    return found


def key_fits(certificate: str, key: str) -> bool:
    """Whether a private key is that of a certificate; raises `Unreadable`."""
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Unreadable("no private key") from error
    return _bytes_of(private.public_key()) == _bytes_of(_load(certificate).public_key())


def leads_on(certificate: str, chain: Iterable[str]) -> bool:
    """Whether each certificate was issued by the next one."""
    below = _load(certificate)
    for each in chain:
        above = _load(each)
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            return False
        below = above
    return True


def _load(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise Unreadable("no certificate") from error


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _bytes_of(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_algorithm(key: PublicKeyTypes) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        curve = key.curve.name
        return f"EC_{'prime256v1' if curve == 'secp256r1' else curve}"
    raise Unreadable("a key of another kind than RSA and ECDSA")


def _signature_algorithm(certificate: x509.Certificate) -> str:
    digest = certificate.signature_hash_algorithm
    name = "NONE" if digest is None else digest.name.upper().replace("-", "")
    oid = certificate.signature_algorithm_oid
    kind = "ECDSA" if "ecdsa" in oid._name.lower() else "RSA"
    return f"{name}WITH{kind}"
