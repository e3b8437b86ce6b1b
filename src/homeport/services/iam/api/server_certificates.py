"""Server certificates: uploaded by their owner, used by TLS listeners."""

from typing import Final

from msgspec.structs import replace

from homeport.kernel import x509
from homeport.runtime import Call, operation
from homeport.services.iam import render
from homeport.services.iam.api.listing import merged, paged, tags_of, without
from homeport.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    KeyPairMismatchException,
    MalformedCertificateException,
    NoSuchEntityException,
)
from homeport.services.iam.plan.names import entity_id, path_of
from homeport.services.iam.queries import CERTIFICATES
from homeport.services.iam.records import ServerCertificate
from homeport.shapes import iam as shapes
from homeport.store import ReadTx, Tx

CHANGED: Final = "certificate"


def _find(tx: ReadTx, call: Call, name: str) -> ServerCertificate:
    found = CERTIFICATES.find(tx, call.account, name)
    if found is None:
        raise NoSuchEntityException(f"The Server Certificate with name {name} cannot be found.")
    return found


@operation("UploadServerCertificate")
def upload_server_certificate(
    tx: Tx, call: Call, request: shapes.UploadServerCertificateRequest
) -> shapes.UploadServerCertificateResponse:
    """Keep a certificate with its key and its chain."""
    name = request["ServerCertificateName"]
    facts = _checked(request)
    certificate = ServerCertificate(
        account=call.account,
        name=name,
        path=path_of(request.get("Path")),
        certificate_id=entity_id("ASCA", call.ids),
        body=request["CertificateBody"].strip(),
        chain=request["CertificateChain"].strip() if "CertificateChain" in request else None,
        key=request["PrivateKey"],
        names=facts.names,
        uploaded_at=call.now,
        expires_at=facts.not_after,
        tags=tags_of(request.get("Tags", [])),
    )
    if CERTIFICATES.find(tx, call.account, name) is not None:
        raise EntityAlreadyExistsException(
            f"The Server Certificate with name {name} already exists."
        )
    CERTIFICATES.insert(tx, certificate)
    tx.changed(CHANGED, certificate.arn)
    response: shapes.UploadServerCertificateResponse = {
        "ServerCertificateMetadata": render.certificate_facts(certificate)
    }
    if certificate.tags:
        response["Tags"] = render.tags(certificate.tags)
    return response


def _checked(request: shapes.UploadServerCertificateRequest) -> x509.Facts:
    body = request["CertificateBody"]
    try:
        facts = x509.facts_of(body)
        fits = x509.key_fits(body, request["PrivateKey"])
        chain = (
            x509.certificates_in(request["CertificateChain"])
            if ("CertificateChain" in request)
            else ()
        )
        leads_on = x509.leads_on(body, chain)
    except x509.Unreadable as error:
        if str(error) == "no private key":
            raise MalformedCertificateException(
                "Unable to parse key. Please ensure the key is in PEM format and is not encrypted."
            ) from error
        raise MalformedCertificateException from error
    if not fits:
        raise KeyPairMismatchException
    if not leads_on:
        raise MalformedCertificateException(
            "Unable to validate certificate chain. The certificate chain must start with the "
            "immediate signing certificate, followed by any intermediaries in order."
        )
    return facts


@operation("GetServerCertificate")
def get_server_certificate(
    tx: ReadTx, call: Call, request: shapes.GetServerCertificateRequest
) -> shapes.GetServerCertificateResponse:
    """One certificate, without its key."""
    found = _find(tx, call, request["ServerCertificateName"])
    return {"ServerCertificate": render.certificate(found)}


@operation("ListServerCertificates")
def list_server_certificates(
    tx: ReadTx, call: Call, request: shapes.ListServerCertificatesRequest
) -> shapes.ListServerCertificatesResponse:
    """The account's certificates under a path."""
    under = request.get("PathPrefix", "/")
    found = [each for each in CERTIFICATES.all_of(tx, call.account) if each.path.startswith(under)]
    page, more = paged(found, lambda each: each.name.lower(), request)
    response: shapes.ListServerCertificatesResponse = {
        "ServerCertificateMetadataList": [render.certificate_facts(each) for each in page],
        **more,
    }
    return response


@operation("UpdateServerCertificate")
def update_server_certificate(
    tx: Tx, call: Call, request: shapes.UpdateServerCertificateRequest
) -> None:
    """Another name or path."""
    found = _find(tx, call, request["ServerCertificateName"])
    name = request.get("NewServerCertificateName", found.name)
    if name.lower() != found.name.lower() and CERTIFICATES.find(tx, call.account, name):
        raise EntityAlreadyExistsException(
            f"The Server Certificate with name {name} already exists."
        )
    path = path_of(request["NewPath"]) if "NewPath" in request else found.path
    CERTIFICATES.delete(tx, found)
    changed = replace(found, name=name, path=path)
    CERTIFICATES.insert(tx, changed)
    tx.changed(CHANGED, found.arn)
    tx.changed(CHANGED, changed.arn)


@operation("DeleteServerCertificate")
def delete_server_certificate(
    tx: Tx, call: Call, request: shapes.DeleteServerCertificateRequest
) -> None:
    """Delete a certificate that no listener has."""
    found = _find(tx, call, request["ServerCertificateName"])
    users = call.peers.certificate_uses.users_of(tx, (found.arn,)).get(found.arn, ())
    if users:
        raise DeleteConflictException(
            f"Certificate: {found.certificate_id} is currently in use by {', '.join(users)}. "
            "Please remove it first before deleting it from IAM."
        )
    CERTIFICATES.delete(tx, found)
    tx.changed(CHANGED, found.arn)


@operation("TagServerCertificate")
def tag_server_certificate(tx: Tx, call: Call, request: shapes.TagServerCertificateRequest) -> None:
    """Add tags to a certificate."""
    found = _find(tx, call, request["ServerCertificateName"])
    CERTIFICATES.save(tx, replace(found, tags=merged(found.tags, tags_of(request["Tags"]))))


@operation("UntagServerCertificate")
def untag_server_certificate(
    tx: Tx, call: Call, request: shapes.UntagServerCertificateRequest
) -> None:
    """Take tags from a certificate."""
    found = _find(tx, call, request["ServerCertificateName"])
    CERTIFICATES.save(tx, replace(found, tags=without(found.tags, request["TagKeys"])))


@operation("ListServerCertificateTags")
def list_server_certificate_tags(
    tx: ReadTx, call: Call, request: shapes.ListServerCertificateTagsRequest
) -> shapes.ListServerCertificateTagsResponse:
    """The tags of a certificate."""
    tags = render.tags(_find(tx, call, request["ServerCertificateName"]).tags)
    page, more = paged(tags, lambda each: each["Key"], request)
    response: shapes.ListServerCertificateTagsResponse = {"Tags": list(page), **more}
    return response
