"""Certificates: import, request, read, delete."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.kernel import arn as arns
from homeport.kernel import paging, x509
from homeport.runtime import Call, operation
from homeport.services.acm import plan, queries, render
from homeport.services.acm.errors import (
    InvalidArnException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from homeport.services.acm.queries.authorities import authority_of, issue
from homeport.services.acm.records import Certificate
from homeport.shapes import acm as shapes
from homeport.store import ReadTx, Tx

CHANGED: Final = "certificate"
PAGE: Final = 1000
TOKEN_HOLDS_S: Final = 3600.0
"""A request with the token of an earlier one is the same request for an hour."""


def find(tx: ReadTx, call: Call, arn: str) -> Certificate:
    """The caller's certificate with this ARN; raises when there is none."""
    try:
        parsed = arns.parse(arn)
    except arns.BadArn as error:
        raise InvalidArnException(f"Invalid ARN: {arn}") from error
    found = queries.find(tx, arn)
    if found is None or (parsed.account, parsed.region) != (call.account, call.region):
        raise ResourceNotFoundException(
            f"Could not find certificate {arn} in account {call.account}."
        )
    return found


def _new_arn(call: Call) -> str:
    return f"arn:aws:acm:{call.region}:{call.account}:certificate/{call.ids.uuid()}"


@operation("ImportCertificate")
def import_certificate(
    tx: Tx, call: Call, request: shapes.ImportCertificateRequest
) -> shapes.ImportCertificateResponse:
    """Keep a certificate with its key, as a new one or in the place of another."""
    body, key, chain = (
        request.get(name, b"").decode(errors="replace").strip()  # type: ignore[attr-defined]
        for name in ("Certificate", "PrivateKey", "CertificateChain")
    )
    facts = _checked(body, key, chain)
    before = find(tx, call, request["CertificateArn"]) if "CertificateArn" in request else None
    if before is not None and "Tags" in request:
        raise ValidationException("Tagging is not permitted on re-import.")
    if before is not None and before.kind != "IMPORTED":
        raise ValidationException("Only imported certificates can be imported again.")
    names = facts.names or (facts.subject,)
    made = Certificate(
        arn=_new_arn(call) if before is None else before.arn,
        account=call.account,
        region=call.region,
        kind="IMPORTED",
        domain_name=facts.common_name or names[0],
        names=names,
        body=body,
        chain=chain,
        key=key,
        created_at=call.now if before is None else before.created_at,
        issued_at=call.now,
        not_before=facts.not_before,
        not_after=facts.not_after,
        tags=_tags(request.get("Tags", [])) if before is None else before.tags,
    )
    (queries.insert_certificate if before is None else queries.save_certificate)(tx, made)
    tx.changed(CHANGED, made.arn)
    return {"CertificateArn": made.arn}


def _checked(body: str, key: str, chain: str) -> x509.Facts:
    try:
        certificates = x509.certificates_in(body)
        if len(certificates) > 1:
            raise ValidationException(
                "The certificate field contains more than one certificate. You can specify only "
                "one certificate in this field."
            )
        above = x509.certificates_in(chain) if chain else ()
        facts, fits = x509.facts_of(body), x509.key_fits(body, key)
        leads_on = x509.leads_on(body, above)
    except x509.Unreadable as error:
        what = "private key" if str(error) == "no private key" else "certificate"
        raise ValidationException(f"The {what} is not valid PEM: {error}.") from error
    if not fits:
        raise ValidationException("The private key does not match the public key.")
    if not leads_on:
        raise ValidationException(
            "Provided certificate is not the issuer of, or is not in order with, those of the "
            "certificate chain."
        )
    return facts


@operation("RequestCertificate", partial="issued at once by a root of Homeport's own")
def request_certificate(
    tx: Tx, call: Call, request: shapes.RequestCertificateRequest
) -> shapes.RequestCertificateResponse:
    """A certificate from Homeport's own root; `homeport ca` prints that root."""
    names = plan.names_of(request["DomainName"], request.get("SubjectAlternativeNames", []))
    options = request.get("DomainValidationOptions", [])
    plan.check_validation_domains(
        names, {each["DomainName"]: each["ValidationDomain"] for each in options}
    )
    algorithm = request.get("KeyAlgorithm", "RSA_2048")
    plan.check_key_algorithm(algorithm)
    if "CertificateAuthorityArn" in request:
        raise ValidationException("Homeport has no private certificate authorities to choose from.")
    token = request.get("IdempotencyToken")
    same = _requested_before(tx, call, names, token)
    if same is not None:
        return {"CertificateArn": same.arn}
    authority = authority_of(tx, call.account, call.now)
    body, key = issue(authority, names, algorithm, call.now)
    facts = x509.facts_of(body)
    asked = request.get("Options", {})
    made = Certificate(
        arn=_new_arn(call),
        account=call.account,
        region=call.region,
        kind="AMAZON_ISSUED",
        domain_name=names[0],
        names=names,
        body=body,
        chain=authority.certificate,
        key=key,
        validation_method=request.get("ValidationMethod", "EMAIL"),
        idempotency_token=token,
        transparency=asked.get("CertificateTransparencyLoggingPreference", "ENABLED"),
        created_at=call.now,
        issued_at=call.now,
        not_before=facts.not_before,
        not_after=facts.not_after,
        tags=_tags(request.get("Tags", [])),
    )
    queries.insert_certificate(tx, made)
    tx.changed(CHANGED, made.arn)
    return {"CertificateArn": made.arn}


def _requested_before(
    tx: ReadTx, call: Call, names: tuple[str, ...], token: str | None
) -> Certificate | None:
    if token is None:
        return None
    for each in queries.certificates_of(tx, call.account, call.region):
        is_same = each.idempotency_token == token and each.names == names
        if is_same and call.now - each.created_at < TOKEN_HOLDS_S:
            return each
    return None


@operation("RenewCertificate")
def renew_certificate(tx: Tx, call: Call, request: shapes.RenewCertificateRequest) -> None:
    """Issue a certificate anew, with a key of its own."""
    before = find(tx, call, request["CertificateArn"])
    if before.kind != "AMAZON_ISSUED":
        raise ValidationException("Only certificates that Homeport has issued can be renewed.")
    algorithm = x509.facts_of(before.body).key_algorithm
    authority = authority_of(tx, call.account, call.now)
    body, key = issue(authority, before.names, algorithm, call.now)
    facts = x509.facts_of(body)
    renewed = replace(
        before,
        body=body,
        key=key,
        chain=authority.certificate,
        issued_at=call.now,
        not_before=facts.not_before,
        not_after=facts.not_after,
    )
    queries.save_certificate(tx, renewed)
    tx.changed(CHANGED, renewed.arn)


@operation("DescribeCertificate")
def describe_certificate(
    tx: ReadTx, call: Call, request: shapes.DescribeCertificateRequest
) -> shapes.DescribeCertificateResponse:
    """What there is to know of a certificate."""
    found = find(tx, call, request["CertificateArn"])
    users = _users(tx, call, (found.arn,)).get(found.arn, ())
    return {"Certificate": render.detail(found, users, call.now)}


def _users(tx: ReadTx, call: Call, arns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return call.peers.certificate_uses.users_of(tx, arns)


@operation("GetCertificate")
def get_certificate(
    tx: ReadTx, call: Call, request: shapes.GetCertificateRequest
) -> shapes.GetCertificateResponse:
    """A certificate and its chain, without its key."""
    found = find(tx, call, request["CertificateArn"])
    response: shapes.GetCertificateResponse = {"Certificate": found.body}
    if found.chain:
        response["CertificateChain"] = found.chain
    return response


@operation("ListCertificates", partial="filters by key usage, export and manager match everything")
def list_certificates(
    tx: ReadTx, call: Call, request: shapes.ListCertificatesRequest
) -> shapes.ListCertificatesResponse:
    """The certificates of the region; those of RSA_2048 only, unless others are asked for."""
    statuses = request.get("CertificateStatuses", [])
    key_types = request.get("Includes", {}).get("keyTypes", ["RSA_1024", "RSA_2048"])
    kept = queries.certificates_of(tx, call.account, call.region)
    users = _users(tx, call, [each.arn for each in kept])
    shown = [
        each
        for found in kept
        for each in (render.summary(found, call.now, in_use=found.arn in users),)
        if each["KeyAlgorithm"] in key_types and (not statuses or each["Status"] in statuses)
    ]
    if ("SortBy" in request) != ("SortOrder" in request):
        raise ValidationException("SortBy and SortOrder must be specified together.")
    if request.get("SortBy") == "CREATED_AT":
        newest_first = request["SortOrder"] == "DESCENDING"
        shown.sort(key=lambda each: each["CreatedAt"], reverse=newest_first)
    if "NextToken" in request:
        arns_shown = [each["CertificateArn"] for each in shown]
        try:
            last = paging.key_of(request["NextToken"])
        except paging.BadToken as error:
            raise ValidationException("The NextToken is not valid.") from error
        shown = shown[arns_shown.index(last) + 1 :] if last in arns_shown else []
    page, token = paging.page(
        shown, lambda each: each["CertificateArn"], request.get("MaxItems", PAGE)
    )
    response: shapes.ListCertificatesResponse = {"CertificateSummaryList": list(page)}
    if token is not None:
        response["NextToken"] = token
    return response


@operation("DeleteCertificate")
def delete_certificate(tx: Tx, call: Call, request: shapes.DeleteCertificateRequest) -> None:
    """Delete a certificate that no listener has."""
    found = find(tx, call, request["CertificateArn"])
    if _users(tx, call, (found.arn,)):
        raise ResourceInUseException(
            f"Certificate {found.arn} in account {call.account} is in use."
        )
    queries.delete_certificate(tx, found.arn)
    tx.changed(CHANGED, found.arn)


@operation("AddTagsToCertificate")
def add_tags_to_certificate(
    tx: Tx, call: Call, request: shapes.AddTagsToCertificateRequest
) -> None:
    """Add tags."""
    found = find(tx, call, request["CertificateArn"])
    after = plan.merged(found.tags, _tags(request["Tags"]))
    queries.save_certificate(tx, replace(found, tags=after))


@operation("RemoveTagsFromCertificate")
def remove_tags_from_certificate(
    tx: Tx, call: Call, request: shapes.RemoveTagsFromCertificateRequest
) -> None:
    """Take tags away; one with a value only if it has that value."""
    found = find(tx, call, request["CertificateArn"])
    left = dict(found.tags)
    for each in request["Tags"]:
        if "Value" not in each or left.get(each["Key"]) == each["Value"]:
            left.pop(each["Key"], None)
    queries.save_certificate(tx, replace(found, tags=left))


@operation("ListTagsForCertificate")
def list_tags_for_certificate(
    tx: ReadTx, call: Call, request: shapes.ListTagsForCertificateRequest
) -> shapes.ListTagsForCertificateResponse:
    """The tags of a certificate."""
    return {"Tags": render.tags(find(tx, call, request["CertificateArn"]).tags)}


def _tags(tags: list[shapes.Tag]) -> dict[str, str]:
    return plan.merged({}, {each["Key"]: each.get("Value", "") for each in tags})
