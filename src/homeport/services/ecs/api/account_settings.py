"""Account setting operations: of the account, and of the users and roles that differ from it."""

from typing import Final

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan import settings as plan
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.queries import settings as queries
from homeport.services.ecs.records.settings import AccountSetting
from homeport.services.ecs.render import settings as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

PAGE_MAX: Final = 10


@operation("ListAccountSettings")
def list_account_settings(
    tx: ReadTx, call: Call, request: shapes.ListAccountSettingsRequest
) -> shapes.ListAccountSettingsResponse:
    """The settings made for a principal, or with `effectiveSettings` all that hold for it."""
    name, value = request.get("name"), request.get("value")
    if name is not None:
        plan.checked_name(name)
    elif value is not None:
        raise InvalidParameterException("You must specify a setting name to filter by value.")
    size = page_size(request.get("maxResults"), PAGE_MAX)
    after = page_start(request.get("nextToken"))
    principal = _principal(call, request.get("principalArn"))
    stored = queries.settings_of(tx, call.account, call.region, (principal, ""))
    if request.get("effectiveSettings", False):
        found = plan.effective(principal, stored)
    else:
        own = [each for each in stored if each.principal == principal]
        found = tuple(sorted(own, key=lambda each: each.name))
    wanted = [
        each
        for each in found
        if each.name > after and name in (None, each.name) and value in (None, each.value)
    ]
    shown, token = page(wanted, lambda each: each.name, size)
    answer: shapes.ListAccountSettingsResponse = {
        "settings": [render.setting(each, account=call.account) for each in shown]
    }
    if token:
        answer["nextToken"] = token
    return answer


@operation("PutAccountSetting")
def put_account_setting(
    tx: Tx, call: Call, request: shapes.PutAccountSettingRequest
) -> shapes.PutAccountSettingResponse:
    """Make a setting for a principal; the root user's hold for the whole account."""
    principal = _principal(call, request.get("principalArn"))
    setting = plan.checked_setting(request["name"], request["value"], principal)
    queries.put_setting(tx, call.account, call.region, setting)
    return {"setting": render.setting(setting, account=call.account)}


@operation("PutAccountSettingDefault")
def put_account_setting_default(
    tx: Tx, call: Call, request: shapes.PutAccountSettingDefaultRequest
) -> shapes.PutAccountSettingDefaultResponse:
    """Make a setting for everyone who has none of their own."""
    setting = plan.checked_setting(request["name"], request["value"], "")
    queries.put_setting(tx, call.account, call.region, setting)
    return {"setting": render.setting(setting, account=call.account)}


@operation("DeleteAccountSetting")
def delete_account_setting(
    tx: Tx, call: Call, request: shapes.DeleteAccountSettingRequest
) -> shapes.DeleteAccountSettingResponse:
    """Forget a principal's setting; answers what holds for it from now on."""
    name = request["name"]
    plan.checked_name(name)
    principal = _principal(call, request.get("principalArn"))
    queries.remove_setting(tx, call.account, call.region, principal, name)
    value = queries.effective_setting(tx, call.account, call.region, principal, name)
    setting = AccountSetting(name=name, value=value, principal=principal)
    return {"setting": render.setting(setting, account=call.account)}


def _principal(call: Call, wanted: str | None) -> str:
    """Under what the settings in question are kept: the caller's unless `wanted` says whose."""
    caller = queries.settings_key(call.principal)
    if wanted is None:
        return caller
    key = queries.settings_key(wanted)
    if not key and wanted != f"arn:aws:iam::{call.account}:root":
        raise InvalidParameterException(f"Invalid principal ARN: {wanted}")
    plan.check_principal(key, caller, call.account)
    return key
