"""The operations of STS."""

from homeport.runtime import Call, operation
from homeport.services.sts import plan, queries, render
from homeport.services.sts.errors import AccessDenied, UnknownAccessKey
from homeport.shapes import sts as shapes
from homeport.store import ReadTx, Tx


@operation("GetCallerIdentity")
def get_caller_identity(
    tx: ReadTx, call: Call, request: shapes.GetCallerIdentityRequest
) -> shapes.GetCallerIdentityResponse:
    """Who signed this request."""
    return {
        "UserId": plan.user_id(call.account, call.principal),
        "Account": call.account,
        "Arn": call.principal,
    }


@operation("AssumeRole", partial="policies and tags of sessions have no effect")
def assume_role(tx: Tx, call: Call, request: shapes.AssumeRoleRequest) -> shapes.AssumeRoleResponse:
    """A temporary key of a role of the own account; there is no IAM to ask for permission."""
    role = plan.parse_role(request["RoleArn"])
    plan.check_session_name(request["RoleSessionName"])
    if role.account != call.account:
        raise AccessDenied(
            f"User: {call.principal} is not authorized to perform: sts:AssumeRole on resource: "
            f"{request['RoleArn']}"
        )
    lifetime_s = request.get("DurationSeconds", plan.DEFAULT_ROLE_LIFETIME_S)
    plan.check_lifetime(lifetime_s, chained=":assumed-role/" in call.principal)
    key = queries.new_temporary_key(
        tx,
        account=role.account,
        principal=role.session_arn(request["RoleSessionName"]),
        role_arn=request["RoleArn"],
        expires_at=call.now + lifetime_s,
        ids=call.ids,
    )
    response: shapes.AssumeRoleResponse = {
        "Credentials": render.credentials(key),
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role.role_id}:{request['RoleSessionName']}",
            "Arn": key.principal,
        },
    }
    if "SourceIdentity" in request:
        response["SourceIdentity"] = request["SourceIdentity"]
    return response


@operation("GetSessionToken", partial="no multi-factor authentication")
def get_session_token(
    tx: Tx, call: Call, request: shapes.GetSessionTokenRequest
) -> shapes.GetSessionTokenResponse:
    """A temporary key of the caller, who must hold a lasting one."""
    if call.access_key.startswith("ASIA"):
        raise AccessDenied("Cannot call GetSessionToken with session credentials")
    if "SerialNumber" in request or "TokenCode" in request:
        raise AccessDenied("MultiFactorAuthentication failed: Homeport has no MFA devices.")
    lifetime_s = request.get("DurationSeconds", plan.DEFAULT_SESSION_LIFETIME_S)
    if call.principal.endswith(":root"):
        lifetime_s = min(lifetime_s, plan.ROOT_SESSION_LIFETIME_S_MAX)
    key = queries.new_temporary_key(
        tx,
        account=call.account,
        principal=call.principal,
        role_arn=None,
        expires_at=call.now + lifetime_s,
        ids=call.ids,
    )
    return {"Credentials": render.credentials(key)}


@operation("GetAccessKeyInfo")
def get_access_key_info(
    tx: ReadTx, call: Call, request: shapes.GetAccessKeyInfoRequest
) -> shapes.GetAccessKeyInfoResponse:
    """The account that a key belongs to."""
    key = queries.find_key(tx, request["AccessKeyId"])
    if key is None:
        raise UnknownAccessKey
    return {"Account": key.account}
