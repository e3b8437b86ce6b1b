"""The policies of a role: its own, and managed ones that are attached to it."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.iam import render
from homeport.services.iam.api.listing import paged
from homeport.services.iam.api.roles import check_policy_exists, find, find_changeable
from homeport.services.iam.errors import LimitExceededException, NoSuchEntityException
from homeport.services.iam.plan.documents import check_permissions
from homeport.services.iam.plan.names import ATTACHED_MAX
from homeport.services.iam.queries import ROLES
from homeport.shapes import iam as shapes
from homeport.store import ReadTx, Tx


@operation("PutRolePolicy")
def put_role_policy(tx: Tx, call: Call, request: shapes.PutRolePolicyRequest) -> None:
    """Give a role a policy of its own, or another text of it."""
    role = find_changeable(tx, call, request["RoleName"])
    check_permissions(request["PolicyDocument"])
    own = {**dict(role.inline), request["PolicyName"]: request["PolicyDocument"]}
    ROLES.save(tx, replace(role, inline=tuple(sorted(own.items()))))


@operation("GetRolePolicy")
def get_role_policy(
    tx: ReadTx, call: Call, request: shapes.GetRolePolicyRequest
) -> shapes.GetRolePolicyResponse:
    """A role's own policy."""
    role, name = find(tx, call, request["RoleName"]), request["PolicyName"]
    document = dict(role.inline).get(name)
    if document is None:
        raise NoSuchEntityException(f"The role policy with name {name} cannot be found.")
    return {
        "RoleName": role.name,
        "PolicyName": name,
        "PolicyDocument": render.document(document),
    }


@operation("DeleteRolePolicy")
def delete_role_policy(tx: Tx, call: Call, request: shapes.DeleteRolePolicyRequest) -> None:
    """Take a role's own policy away."""
    role, name = find_changeable(tx, call, request["RoleName"]), request["PolicyName"]
    left = tuple(each for each in role.inline if each[0] != name)
    if left == role.inline:
        raise NoSuchEntityException(f"The role policy with name {name} cannot be found.")
    ROLES.save(tx, replace(role, inline=left))


@operation("ListRolePolicies")
def list_role_policies(
    tx: ReadTx, call: Call, request: shapes.ListRolePoliciesRequest
) -> shapes.ListRolePoliciesResponse:
    """The names of a role's own policies."""
    names = [name for name, _ in find(tx, call, request["RoleName"]).inline]
    page, more = paged(names, lambda each: each, request)
    response: shapes.ListRolePoliciesResponse = {"PolicyNames": list(page), **more}
    return response


@operation("AttachRolePolicy")
def attach_role_policy(tx: Tx, call: Call, request: shapes.AttachRolePolicyRequest) -> None:
    """Attach a managed policy; one that is attached stays so."""
    role, arn = find_changeable(tx, call, request["RoleName"]), request["PolicyArn"]
    check_policy_exists(tx, call, arn)
    if arn in role.attached:
        return
    if len(role.attached) >= ATTACHED_MAX:
        raise LimitExceededException(f"Cannot exceed quota for PoliciesPerRole: {ATTACHED_MAX}")
    ROLES.save(tx, replace(role, attached=(*role.attached, arn)))


@operation("DetachRolePolicy")
def detach_role_policy(tx: Tx, call: Call, request: shapes.DetachRolePolicyRequest) -> None:
    """Detach a managed policy."""
    role, arn = find_changeable(tx, call, request["RoleName"]), request["PolicyArn"]
    if arn not in role.attached:
        raise NoSuchEntityException(f"Policy {arn} was not found.")
    left = tuple(each for each in role.attached if each != arn)
    ROLES.save(tx, replace(role, attached=left))


@operation("ListAttachedRolePolicies")
def list_attached_role_policies(
    tx: ReadTx, call: Call, request: shapes.ListAttachedRolePoliciesRequest
) -> shapes.ListAttachedRolePoliciesResponse:
    """The managed policies of a role, under a path."""
    under = request.get("PathPrefix", "/")
    arns = sorted(
        arn
        for arn in find(tx, call, request["RoleName"]).attached
        if arn.partition(":policy")[2].startswith(under)
    )
    page, more = paged(arns, lambda each: each, request)
    response: shapes.ListAttachedRolePoliciesResponse = {
        "AttachedPolicies": [
            {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in page
        ],
        **more,
    }
    return response
