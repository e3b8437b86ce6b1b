"""Managed policies of the account, and their versions."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.iam import render
from homeport.services.iam.api.listing import merged, paged, tags_of, without
from homeport.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    LimitExceededException,
    NoSuchEntityException,
    ValidationError,
)
from homeport.services.iam.plan.documents import check_permissions
from homeport.services.iam.plan.names import (
    VERSIONS_MAX,
    entity_id,
    is_aws_policy,
    own_policy_name,
    path_of,
)
from homeport.services.iam.queries import POLICIES, ROLES, roles_bounded_by, roles_with
from homeport.services.iam.records import Policy, PolicyVersion
from homeport.shapes import iam as shapes
from homeport.store import ReadTx, Tx


def find(tx: ReadTx, call: Call, arn: str) -> Policy:
    """The account's policy with this ARN; raises when there is none."""
    if is_aws_policy(arn):
        raise NoSuchEntityException(
            f"Homeport does not keep the text of AWS's own policies: {arn} can only be attached."
        )
    name = own_policy_name(arn, call.account)
    policy = None if name is None else POLICIES.find(tx, call.account, name)
    if policy is None or policy.arn != arn:
        raise NoSuchEntityException(f"Policy {arn} was not found.")
    return policy


def _version(policy: Policy, version_id: str) -> PolicyVersion:
    for each in policy.versions:
        if each.version_id == version_id:
            return each
    raise NoSuchEntityException(
        f"Policy {policy.arn} version {version_id} does not exist or is not attachable."
    )


def _shown(tx: ReadTx, policy: Policy) -> shapes.Policy:
    attached = len(roles_with(tx, policy.account, policy.arn))
    bounds = len(roles_bounded_by(tx, policy.account, policy.arn))
    return render.policy(policy, attached, bounds)


@operation("CreatePolicy", partial="policies are kept and permit or forbid nothing yet")
def create_policy(
    tx: Tx, call: Call, request: shapes.CreatePolicyRequest
) -> shapes.CreatePolicyResponse:
    """A new managed policy with its first version."""
    name = request["PolicyName"]
    check_permissions(request["PolicyDocument"])
    version = PolicyVersion(
        version_id="v1", document=request["PolicyDocument"], created_at=call.now
    )
    policy = Policy(
        account=call.account,
        name=name,
        path=path_of(request.get("Path")),
        policy_id=entity_id("ANPA", call.ids),
        description=request.get("Description"),
        versions=(version,),
        default_version="v1",
        next_number=2,
        tags=tags_of(request.get("Tags", [])),
        created_at=call.now,
        updated_at=call.now,
    )
    if POLICIES.find(tx, call.account, name) is not None:
        raise EntityAlreadyExistsException(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    POLICIES.insert(tx, policy)
    return {"Policy": _shown(tx, policy)}


@operation("GetPolicy", partial="AWS's own policies can be attached, not read")
def get_policy(
    tx: ReadTx, call: Call, request: shapes.GetPolicyRequest
) -> shapes.GetPolicyResponse:
    """One managed policy."""
    return {"Policy": _shown(tx, find(tx, call, request["PolicyArn"]))}


@operation("ListPolicies", partial="AWS's own policies are not listed")
def list_policies(
    tx: ReadTx, call: Call, request: shapes.ListPoliciesRequest
) -> shapes.ListPoliciesResponse:
    """The account's managed policies under a path."""
    under, scope = request.get("PathPrefix", "/"), request.get("Scope", "All")
    roles = ROLES.all_of(tx, call.account)
    shown: list[shapes.Policy] = []
    for each in POLICIES.all_of(tx, call.account) if scope != "AWS" else ():
        attached = sum(each.arn in role.attached for role in roles)
        bounds = sum(each.arn == role.boundary for role in roles)
        if each.path.startswith(under) and (attached or not request.get("OnlyAttached", False)):
            shown.append(render.policy(each, attached, bounds, listed=True))
    page, more = paged(shown, lambda each: each["PolicyName"].lower(), request)
    response: shapes.ListPoliciesResponse = {"Policies": list(page), **more}
    return response


@operation("DeletePolicy")
def delete_policy(tx: Tx, call: Call, request: shapes.DeletePolicyRequest) -> None:
    """Delete a policy that has one version and is attached to nothing."""
    policy = find(tx, call, request["PolicyArn"])
    if roles_with(tx, call.account, policy.arn) or roles_bounded_by(tx, call.account, policy.arn):
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflictException(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
    POLICIES.delete(tx, policy)


@operation("CreatePolicyVersion")
def create_policy_version(
    tx: Tx, call: Call, request: shapes.CreatePolicyVersionRequest
) -> shapes.CreatePolicyVersionResponse:
    """Another version of a policy, in force at once if asked."""
    policy = find(tx, call, request["PolicyArn"])
    check_permissions(request["PolicyDocument"])
    if len(policy.versions) >= VERSIONS_MAX:
        raise LimitExceededException(
            "A managed policy can have up to 5 versions. Before you create a new version, you "
            "must delete an existing version."
        )
    version = PolicyVersion(
        version_id=f"v{policy.next_number}",
        document=request["PolicyDocument"],
        created_at=call.now,
    )
    in_force = request.get("SetAsDefault", False)
    changed = replace(
        policy,
        versions=(*policy.versions, version),
        default_version=version.version_id if in_force else policy.default_version,
        next_number=policy.next_number + 1,
        updated_at=call.now,
    )
    POLICIES.save(tx, changed)
    return {"PolicyVersion": render.policy_version(changed, version, whole=False)}


@operation("GetPolicyVersion", partial="AWS's own policies can be attached, not read")
def get_policy_version(
    tx: ReadTx, call: Call, request: shapes.GetPolicyVersionRequest
) -> shapes.GetPolicyVersionResponse:
    """A version with its text."""
    policy = find(tx, call, request["PolicyArn"])
    version = _version(policy, request["VersionId"])
    return {"PolicyVersion": render.policy_version(policy, version, whole=True)}


@operation("ListPolicyVersions")
def list_policy_versions(
    tx: ReadTx, call: Call, request: shapes.ListPolicyVersionsRequest
) -> shapes.ListPolicyVersionsResponse:
    """The versions of a policy, newest first."""
    policy = find(tx, call, request["PolicyArn"])
    newest_first = reversed(policy.versions)
    shown = [render.policy_version(policy, each, whole=False) for each in newest_first]
    return {"Versions": shown, "IsTruncated": False}


@operation("SetDefaultPolicyVersion")
def set_default_policy_version(
    tx: Tx, call: Call, request: shapes.SetDefaultPolicyVersionRequest
) -> None:
    """Put a version in force."""
    policy = find(tx, call, request["PolicyArn"])
    version = _version(policy, request["VersionId"])
    changed = replace(policy, default_version=version.version_id, updated_at=call.now)
    POLICIES.save(tx, changed)


@operation("DeletePolicyVersion")
def delete_policy_version(tx: Tx, call: Call, request: shapes.DeletePolicyVersionRequest) -> None:
    """Delete a version that is not in force."""
    policy = find(tx, call, request["PolicyArn"])
    version = _version(policy, request["VersionId"])
    if version.version_id == policy.default_version:
        raise DeleteConflictException("Cannot delete the default version of a policy.")
    left = tuple(each for each in policy.versions if each is not version)
    POLICIES.save(tx, replace(policy, versions=left, updated_at=call.now))


@operation("ListEntitiesForPolicy")
def list_entities_for_policy(
    tx: ReadTx, call: Call, request: shapes.ListEntitiesForPolicyRequest
) -> shapes.ListEntitiesForPolicyResponse:
    """The roles that a managed policy is attached to."""
    arn = request["PolicyArn"]
    if not is_aws_policy(arn):
        find(tx, call, arn)
    if request.get("EntityFilter") in ("User", "Group", "LocalManagedPolicy"):
        return {"PolicyRoles": [], "PolicyUsers": [], "PolicyGroups": [], "IsTruncated": False}
    if request.get("EntityFilter", "Role") not in ("Role", "AWSManagedPolicy"):
        raise ValidationError(f"Invalid EntityFilter: {request['EntityFilter']}")
    bounds = request.get("PolicyUsageFilter") == "PermissionsBoundary"
    roles = (roles_bounded_by if bounds else roles_with)(tx, call.account, arn)
    page, more = paged(roles, lambda each: each.name.lower(), request)
    response: shapes.ListEntitiesForPolicyResponse = {
        "PolicyRoles": [{"RoleName": each.name, "RoleId": each.role_id} for each in page],
        "PolicyUsers": [],
        "PolicyGroups": [],
        **more,
    }
    return response


@operation("TagPolicy")
def tag_policy(tx: Tx, call: Call, request: shapes.TagPolicyRequest) -> None:
    """Add tags to a policy."""
    policy = find(tx, call, request["PolicyArn"])
    POLICIES.save(tx, replace(policy, tags=merged(policy.tags, tags_of(request["Tags"]))))


@operation("UntagPolicy")
def untag_policy(tx: Tx, call: Call, request: shapes.UntagPolicyRequest) -> None:
    """Take tags from a policy."""
    policy = find(tx, call, request["PolicyArn"])
    POLICIES.save(tx, replace(policy, tags=without(policy.tags, request["TagKeys"])))


@operation("ListPolicyTags")
def list_policy_tags(
    tx: ReadTx, call: Call, request: shapes.ListPolicyTagsRequest
) -> shapes.ListPolicyTagsResponse:
    """The tags of a policy."""
    tags = render.tags(find(tx, call, request["PolicyArn"]).tags)
    page, more = paged(tags, lambda each: each["Key"], request)
    response: shapes.ListPolicyTagsResponse = {"Tags": list(page), **more}
    return response
