"""Certificates as Certificate Manager's API shows them."""

from collections.abc import Iterable, Mapping

from homeport.kernel import x509
from homeport.services.acm.records import Certificate
from homeport.shapes import acm as shapes


def tags(found: Mapping[str, str]) -> list[shapes.Tag]:
    """Tags, by key."""
    return [{"Key": key, "Value": value} for key, value in sorted(found.items())]


def status(certificate: Certificate, now: float) -> str:
    """ISSUED, or EXPIRED once it is."""
    return "ISSUED" if now < certificate.not_after else "EXPIRED"


def detail(certificate: Certificate, users: Iterable[str], now: float) -> shapes.CertificateDetail:
    """A certificate of DescribeCertificate; `users` are the ARNs of those who use it."""
    facts = x509.facts_of(certificate.body)
    shown: shapes.CertificateDetail = {
        "CertificateArn": certificate.arn,
        "DomainName": certificate.domain_name,
        "SubjectAlternativeNames": list(certificate.names),
        "Serial": facts.serial,
        "Subject": facts.subject,
        "Issuer": facts.issuer,
        "CreatedAt": certificate.created_at,
        "Status": status(certificate, now),
        "NotBefore": certificate.not_before,
        "NotAfter": certificate.not_after,
        "KeyAlgorithm": facts.key_algorithm,
        "SignatureAlgorithm": facts.signature_algorithm,
        "InUseBy": list(users),
        "Type": certificate.kind,
        "RenewalEligibility": "INELIGIBLE",
        "Options": {"CertificateTransparencyLoggingPreference": certificate.transparency},
    }
    if certificate.kind == "IMPORTED":
        shown["ImportedAt"] = certificate.issued_at
        shown["Options"] = {"CertificateTransparencyLoggingPreference": "DISABLED"}
        return shown
    shown["IssuedAt"] = certificate.issued_at
    # What every certificate is issued with; what others put into theirs is not told.
    shown["KeyUsages"] = [{"Name": "DIGITAL_SIGNATURE"}, {"Name": "KEY_ENCIPHERMENT"}]
    shown["ExtendedKeyUsages"] = [
        {"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}
    ]
    shown["DomainValidationOptions"] = [
        _validation(certificate, each) for each in certificate.names
    ]
    return shown


def _validation(certificate: Certificate, name: str) -> shapes.DomainValidation:
    method = certificate.validation_method or "DNS"
    shown: shapes.DomainValidation = {
        "DomainName": name,
        "ValidationDomain": name,
        "ValidationStatus": "SUCCESS",
        "ValidationMethod": method,
    }
    if method == "DNS":
        record, value = certificate.validation_record(name)
        shown["ResourceRecord"] = {"Name": record, "Type": "CNAME", "Value": value}
    return shown


def summary(certificate: Certificate, now: float, *, in_use: bool) -> shapes.CertificateSummary:
    """A certificate of ListCertificates."""
    shown: shapes.CertificateSummary = {
        "CertificateArn": certificate.arn,
        "DomainName": certificate.domain_name,
        "SubjectAlternativeNameSummaries": list(certificate.names),
        "HasAdditionalSubjectAlternativeNames": False,
        "Status": status(certificate, now),
        "Type": certificate.kind,
        "KeyAlgorithm": x509.facts_of(certificate.body).key_algorithm,
        "InUse": in_use,
        "RenewalEligibility": "INELIGIBLE",
        "NotBefore": certificate.not_before,
        "NotAfter": certificate.not_after,
        "CreatedAt": certificate.created_at,
    }
    imported = certificate.kind == "IMPORTED"
    shown["ImportedAt" if imported else "IssuedAt"] = certificate.issued_at
    return shown
