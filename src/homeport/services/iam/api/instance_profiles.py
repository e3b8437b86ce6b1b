"""Instance profiles, each with its one role."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.iam import render
from homeport.services.iam.api import roles
from homeport.services.iam.api.listing import paged, tags_of
from homeport.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    LimitExceededException,
    NoSuchEntityException,
)
from homeport.services.iam.plan.names import entity_id, path_of
from homeport.services.iam.queries import PROFILES, ROLES
from homeport.services.iam.records import InstanceProfile
from homeport.shapes import iam as shapes
from homeport.store import ReadTx, Tx


def _find(tx: ReadTx, call: Call, name: str) -> InstanceProfile:
    profile = PROFILES.find(tx, call.account, name)
    if profile is None:
        raise NoSuchEntityException(f"Instance Profile {name} cannot be found.")
    return profile


def _shown(tx: ReadTx, profile: InstanceProfile) -> shapes.InstanceProfile:
    name = profile.role_name
    return render.instance_profile(
        profile, None if name is None else ROLES.find(tx, profile.account, name)
    )


@operation("CreateInstanceProfile")
def create_instance_profile(
    tx: Tx, call: Call, request: shapes.CreateInstanceProfileRequest
) -> shapes.CreateInstanceProfileResponse:
    """A new profile without a role."""
    name = request["InstanceProfileName"]
    profile = InstanceProfile(
        account=call.account,
        name=name,
        path=path_of(request.get("Path")),
        profile_id=entity_id("AIPA", call.ids),
        tags=tags_of(request.get("Tags", [])),
        created_at=call.now,
    )
    if PROFILES.find(tx, call.account, name) is not None:
        raise EntityAlreadyExistsException(f"Instance Profile {name} already exists.")
    PROFILES.insert(tx, profile)
    return {"InstanceProfile": _shown(tx, profile)}


@operation("GetInstanceProfile")
def get_instance_profile(
    tx: ReadTx, call: Call, request: shapes.GetInstanceProfileRequest
) -> shapes.GetInstanceProfileResponse:
    """One profile."""
    return {"InstanceProfile": _shown(tx, _find(tx, call, request["InstanceProfileName"]))}


@operation("ListInstanceProfiles")
def list_instance_profiles(
    tx: ReadTx, call: Call, request: shapes.ListInstanceProfilesRequest
) -> shapes.ListInstanceProfilesResponse:
    """The account's profiles under a path."""
    under = request.get("PathPrefix", "/")
    found = [each for each in PROFILES.all_of(tx, call.account) if each.path.startswith(under)]
    page, more = paged(found, lambda each: each.name.lower(), request)
    response: shapes.ListInstanceProfilesResponse = {
        "InstanceProfiles": [_shown(tx, each) for each in page],
        **more,
    }
    return response


@operation("ListInstanceProfilesForRole")
def list_instance_profiles_for_role(
    tx: ReadTx, call: Call, request: shapes.ListInstanceProfilesForRoleRequest
) -> shapes.ListInstanceProfilesForRoleResponse:
    """The profiles that a role is in."""
    role = roles.find(tx, call, request["RoleName"])
    found = [each for each in PROFILES.all_of(tx, call.account) if each.role_name == role.name]
    page, more = paged(found, lambda each: each.name.lower(), request)
    response: shapes.ListInstanceProfilesForRoleResponse = {
        "InstanceProfiles": [_shown(tx, each) for each in page],
        **more,
    }
    return response


@operation("AddRoleToInstanceProfile")
def add_role_to_instance_profile(
    tx: Tx, call: Call, request: shapes.AddRoleToInstanceProfileRequest
) -> None:
    """Put a role into a profile, which has room for one."""
    profile = _find(tx, call, request["InstanceProfileName"])
    role = roles.find_changeable(tx, call, request["RoleName"])
    if profile.role_name is not None:
        raise LimitExceededException(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
        )
    PROFILES.save(tx, replace(profile, role_name=role.name))


@operation("RemoveRoleFromInstanceProfile")
def remove_role_from_instance_profile(
    tx: Tx, call: Call, request: shapes.RemoveRoleFromInstanceProfileRequest
) -> None:
    """Take a role out of a profile."""
    profile = _find(tx, call, request["InstanceProfileName"])
    role = roles.find(tx, call, request["RoleName"])
    if profile.role_name != role.name:
        raise NoSuchEntityException(
            f"Role {role.name} in instance profile {profile.name} cannot be found."
        )
    PROFILES.save(tx, replace(profile, role_name=None))


@operation("DeleteInstanceProfile")
def delete_instance_profile(
    tx: Tx, call: Call, request: shapes.DeleteInstanceProfileRequest
) -> None:
    """Delete a profile without a role."""
    profile = _find(tx, call, request["InstanceProfileName"])
    if profile.role_name is not None:
        raise DeleteConflictException(
            "Cannot delete entity, must remove roles from instance profile first."
        )
    PROFILES.delete(tx, profile)
