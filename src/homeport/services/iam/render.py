"""Records of IAM as its API shows them; documents are percent-encoded there."""

from collections.abc import Mapping
from urllib.parse import quote

from homeport.services.iam.records import (
    InstanceProfile,
    Policy,
    PolicyVersion,
    Role,
    ServerCertificate,
)
from homeport.shapes import iam as shapes


def tags(found: Mapping[str, str]) -> list[shapes.Tag]:
    """Tags, by key."""
    return [{"Key": key, "Value": value} for key, value in sorted(found.items())]


def document(text: str) -> str:
    """A policy document as responses bear it."""
    return quote(text, safe="")


def role(role_: Role, *, listed: bool = False) -> shapes.Role:
    """A role; lists leave out its tags and its boundary."""
    shown: shapes.Role = {
        "Path": role_.path,
        "RoleName": role_.name,
        "RoleId": role_.role_id,
        "Arn": role_.arn,
        "CreateDate": role_.created_at,
        "AssumeRolePolicyDocument": document(role_.trust_document),
        "MaxSessionDuration": role_.max_session_s,
    }
    if role_.description is not None:
        shown["Description"] = role_.description
    if listed:
        return shown
    if role_.tags:
        shown["Tags"] = tags(role_.tags)
    if role_.boundary is not None:
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": role_.boundary,
        }
    shown["RoleLastUsed"] = {}
    return shown


def policy(policy_: Policy, attached: int, bounds: int, *, listed: bool = False) -> shapes.Policy:
    """A managed policy, attached to so many roles and the boundary of so many."""
    shown: shapes.Policy = {
        "PolicyName": policy_.name,
        "PolicyId": policy_.policy_id,
        "Arn": policy_.arn,
        "Path": policy_.path,
        "DefaultVersionId": policy_.default_version,
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": bounds,
        "IsAttachable": True,
        "CreateDate": policy_.created_at,
        "UpdateDate": policy_.updated_at,
    }
    if listed:
        return shown
    if policy_.description is not None:
        shown["Description"] = policy_.description
    if policy_.tags:
        shown["Tags"] = tags(policy_.tags)
    return shown


def policy_version(policy_: Policy, version: PolicyVersion, *, whole: bool) -> shapes.PolicyVersion:
    """A version of a policy; lists leave out its document."""
    shown: shapes.PolicyVersion = {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.version_id == policy_.default_version,
        "CreateDate": version.created_at,
    }
    if whole:
        shown["Document"] = document(version.document)
    return shown


def instance_profile(profile: InstanceProfile, of: Role | None) -> shapes.InstanceProfile:
    """An instance profile with its role."""
    shown: shapes.InstanceProfile = {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.profile_id,
        "Arn": profile.arn,
        "CreateDate": profile.created_at,
        "Roles": [] if of is None else [role(of, listed=True)],
    }
    if profile.tags:
        shown["Tags"] = tags(profile.tags)
    return shown


def certificate_facts(certificate: ServerCertificate) -> shapes.ServerCertificateMetadata:
    """A server certificate without its text."""
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.name,
        "ServerCertificateId": certificate.certificate_id,
        "Arn": certificate.arn,
        "UploadDate": certificate.uploaded_at,
        "Expiration": certificate.expires_at,
    }


def certificate(certificate_: ServerCertificate) -> shapes.ServerCertificate:
    """A server certificate; its key is never shown again."""
    shown: shapes.ServerCertificate = {
        "ServerCertificateMetadata": certificate_facts(certificate_),
        "CertificateBody": certificate_.body,
    }
    if certificate_.chain is not None:
        shown["CertificateChain"] = certificate_.chain
    if certificate_.tags:
        shown["Tags"] = tags(certificate_.tags)
    return shown
