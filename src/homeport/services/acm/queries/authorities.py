"""The root of Homeport's own that issues an account's certificates, and what it issues."""

from datetime import UTC, datetime, timedelta
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from homeport.services.acm import queries
from homeport.services.acm.records import Authority
from homeport.store import Tx

LASTS: Final = timedelta(days=395)
"""As long as ACM's certificates last."""
ROOT_LASTS: Final = timedelta(days=3650)
EARLIER: Final = timedelta(hours=1)
"""Clocks differ: what is issued was valid a while ago."""
PUBLIC_EXPONENT: Final = 65537

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def authority_of(tx: Tx, account: str, now: float) -> Authority:
    """The account's root; made when it is first asked for."""
    known = queries.find_authority(tx, account)
    if known is not None:
        return known
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Homeport"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Homeport root of {account}"),
        ]
    )
    moment = datetime.fromtimestamp(now, UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - EARLIER)
        .not_valid_after(moment + ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_root=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Authority(account=account, certificate=_pem(built), key=_key_pem(key))
    queries.insert_authority(tx, made)
    return made


def issue(
    authority: Authority, names: tuple[str, ...], key_algorithm: str, now: float
) -> tuple[str, str]:
    """A certificate for the names and its key, both in PEM."""
    root = x509.load_pem_x509_certificate(authority.certificate.encode())
    root_key = cast(
        ec.EllipticCurvePrivateKey, load_pem_private_key(authority.key.encode(), password=None)
    )
    key = _new_key(key_algorithm)
    moment = datetime.fromtimestamp(now, UTC)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    # A common name has room for 64 characters; clients look at the others anyway.
    common = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0][:64])])
    built = (
        x509.CertificateBuilder()
        .subject_name(common)
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - EARLIER)
        .not_valid_after(moment + LASTS)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_root=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    return _pem(built), _key_pem(key)


def _new_key(algorithm: str) -> PrivateKey:
    if algorithm == "EC_prime256v1":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EC_secp384r1":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(PUBLIC_EXPONENT, 2048)


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not is_root,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
