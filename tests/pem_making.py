"""Certificates and keys for tests, in PEM."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class Pair:
    """A certificate with its key, self-signed or issued by another pair."""

    def __init__(self, *names: str, issuer: "Pair | None" = None) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        begin = datetime.now(UTC) - timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name if issuer is None else issuer.name)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=90))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False
            )
        )
        self.built = builder.sign((issuer or self).private, hashes.SHA256())

    @property
    def certificate(self) -> str:
        return self.built.public_bytes(Encoding.PEM).decode()

    @property
    def key(self) -> str:
        raw = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return raw.decode()
