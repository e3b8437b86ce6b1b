"""Roles: create, read, change, delete; who may assume them; their boundary and tags."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.iam import render
from homeport.services.iam.api.listing import merged, paged, tags_of, without
from homeport.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    NoSuchEntityException,
    UnmodifiableEntityException,
)
from homeport.services.iam.plan.documents import check_trust
from homeport.services.iam.plan.names import entity_id, is_aws_policy, own_policy_name, path_of
from homeport.services.iam.queries import POLICIES, PROFILES, ROLES
from homeport.services.iam.records import Role
from homeport.shapes import iam as shapes
from homeport.store import ReadTx, Tx


def find(tx: ReadTx, call: Call, name: str) -> Role:
    """The account's role of this name; raises when there is none."""
    role = ROLES.find(tx, call.account, name)
    if role is None:
        raise NoSuchEntityException(f"The role with name {name} cannot be found.")
    return role


def find_changeable(tx: ReadTx, call: Call, name: str) -> Role:
    """As `find`, of a role that its user may change."""
    role = find(tx, call, name)
    if role.service is not None:
        raise UnmodifiableEntityException(
            f"Cannot perform the operation on the protected role '{role.name}' - this role is only "
            "modifiable by AWS"
        )
    return role


def check_policy_exists(tx: ReadTx, call: Call, arn: str) -> None:
    """Raise unless a managed policy has this ARN: AWS's own count as there."""
    name = own_policy_name(arn, call.account)
    known = None if name is None else POLICIES.find(tx, call.account, name)
    if not is_aws_policy(arn) and (known is None or known.arn != arn):
        raise NoSuchEntityException(f"Policy {arn} does not exist or is not attachable.")


@operation("CreateRole", partial="roles and policies are kept and permit or forbid nothing yet")
def create_role(tx: Tx, call: Call, request: shapes.CreateRoleRequest) -> shapes.CreateRoleResponse:
    """A new role."""
    name = request["RoleName"]
    check_trust(request["AssumeRolePolicyDocument"])
    boundary = request.get("PermissionsBoundary")
    if boundary is not None:
        check_policy_exists(tx, call, boundary)
    role = Role(
        account=call.account,
        name=name,
        path=path_of(request.get("Path")),
        role_id=entity_id("AROA", call.ids),
        trust_document=request["AssumeRolePolicyDocument"],
        description=request.get("Description"),
        max_session_s=request.get("MaxSessionDuration", 3600),
        boundary=boundary,
        tags=tags_of(request.get("Tags", [])),
        created_at=call.now,
    )
    if ROLES.find(tx, call.account, name) is not None:
        raise EntityAlreadyExistsException(f"Role with name {name} already exists.")
    ROLES.insert(tx, role)
    return {"Role": render.role(role)}


@operation("GetRole")
def get_role(tx: ReadTx, call: Call, request: shapes.GetRoleRequest) -> shapes.GetRoleResponse:
    """One role."""
    return {"Role": render.role(find(tx, call, request["RoleName"]))}


@operation("ListRoles")
def list_roles(
    tx: ReadTx, call: Call, request: shapes.ListRolesRequest
) -> shapes.ListRolesResponse:
    """The account's roles under a path."""
    under = request.get("PathPrefix", "/")
    roles = [each for each in ROLES.all_of(tx, call.account) if each.path.startswith(under)]
    page, more = paged(roles, lambda each: each.name.lower(), request)
    response: shapes.ListRolesResponse = {
        "Roles": [render.role(each, listed=True) for each in page],
        **more,
    }
    return response


@operation("UpdateRole")
def update_role(tx: Tx, call: Call, request: shapes.UpdateRoleRequest) -> shapes.UpdateRoleResponse:
    """Another description or longest session."""
    role = find_changeable(tx, call, request["RoleName"])
    changed = replace(
        role,
        description=request.get("Description", role.description),
        max_session_s=request.get("MaxSessionDuration", 3600),
    )
    ROLES.save(tx, changed)
    return {}


@operation("UpdateRoleDescription")
def update_role_description(
    tx: Tx, call: Call, request: shapes.UpdateRoleDescriptionRequest
) -> shapes.UpdateRoleDescriptionResponse:
    """Another description."""
    role = find_changeable(tx, call, request["RoleName"])
    changed = replace(role, description=request["Description"])
    ROLES.save(tx, changed)
    return {"Role": render.role(changed)}


@operation("UpdateAssumeRolePolicy")
def update_assume_role_policy(
    tx: Tx, call: Call, request: shapes.UpdateAssumeRolePolicyRequest
) -> None:
    """Who may assume a role from now on."""
    role = find_changeable(tx, call, request["RoleName"])
    check_trust(request["PolicyDocument"])
    ROLES.save(tx, replace(role, trust_document=request["PolicyDocument"]))


@operation("DeleteRole")
def delete_role(tx: Tx, call: Call, request: shapes.DeleteRoleRequest) -> None:
    """Delete a role that nothing belongs to any more."""
    role = find_changeable(tx, call, request["RoleName"])
    if role.attached:
        raise DeleteConflictException("Cannot delete entity, must detach all policies first.")
    if role.inline:
        raise DeleteConflictException("Cannot delete entity, must delete policies first.")
    if any(each.role_name == role.name for each in PROFILES.all_of(tx, call.account)):
        raise DeleteConflictException(
            "Cannot delete entity, must remove roles from instance profile first."
        )
    ROLES.delete(tx, role)


@operation("PutRolePermissionsBoundary")
def put_role_permissions_boundary(
    tx: Tx, call: Call, request: shapes.PutRolePermissionsBoundaryRequest
) -> None:
    """Bound a role by a managed policy."""
    role = find_changeable(tx, call, request["RoleName"])
    check_policy_exists(tx, call, request["PermissionsBoundary"])
    ROLES.save(tx, replace(role, boundary=request["PermissionsBoundary"]))


@operation("DeleteRolePermissionsBoundary")
def delete_role_permissions_boundary(
    tx: Tx, call: Call, request: shapes.DeleteRolePermissionsBoundaryRequest
) -> None:
    """Bound a role no longer."""
    role = find_changeable(tx, call, request["RoleName"])
    ROLES.save(tx, replace(role, boundary=None))


@operation("TagRole")
def tag_role(tx: Tx, call: Call, request: shapes.TagRoleRequest) -> None:
    """Add tags to a role."""
    role = find_changeable(tx, call, request["RoleName"])
    ROLES.save(tx, replace(role, tags=merged(role.tags, tags_of(request["Tags"]))))


@operation("UntagRole")
def untag_role(tx: Tx, call: Call, request: shapes.UntagRoleRequest) -> None:
    """Take tags from a role."""
    role = find_changeable(tx, call, request["RoleName"])
    ROLES.save(tx, replace(role, tags=without(role.tags, request["TagKeys"])))


@operation("ListRoleTags")
def list_role_tags(
    tx: ReadTx, call: Call, request: shapes.ListRoleTagsRequest
) -> shapes.ListRoleTagsResponse:
    """The tags of a role."""
    tags = render.tags(find(tx, call, request["RoleName"]).tags)
    page, more = paged(tags, lambda each: each["Key"], request)
    response: shapes.ListRoleTagsResponse = {"Tags": list(page), **more}
    return response
