"""What a request may do with the attributes of load balancers and listeners.

A value that the data plane cannot honour is refused: an attribute that is shown is one that holds.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from homeport.services.elbv2.errors import (
    InvalidConfigurationRequest,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.records.attributes import Attribute


def changed(
    known: Sequence[Attribute],
    kind: str,
    chosen: Mapping[str, str],
    asked: Sequence[Mapping[str, Any]],
    *,
    noun: str,
) -> dict[str, str]:
    """The chosen attributes after a request; `noun` is ``Load balancer`` or ``Listener``."""
    after = dict(chosen)
    seen: set[str] = set()
    for each in asked:
        key, value = each.get("Key", ""), each.get("Value", "")
        if key in seen:
            raise ValidationError(f"{noun} attribute key '{key}' was specified more than once")
        seen.add(key)
        _check(_attribute(known, kind, key, noun=noun), value)
        after[key] = value
    return after


def check_logs(chosen: Mapping[str, str]) -> None:
    """Raise if access logs are on and nothing says where they go."""
    is_on = chosen.get("access_logs.s3.enabled") == "true"
    if is_on and not chosen.get("access_logs.s3.bucket"):
        raise InvalidConfigurationRequest("The value of 'access_logs.s3.bucket' cannot be empty")


def _attribute(known: Sequence[Attribute], kind: str, key: str, *, noun: str) -> Attribute:
    candidates = [each for each in known if each.key == key]
    if not candidates:
        raise ValidationError(f"{noun} attribute key '{key}' is not recognized")
    for each in candidates:
        if kind in each.of:
            return each
    whose = "load balancers with type" if noun == "Load balancer" else "listeners with the protocol"
    raise InvalidConfigurationRequest(
        f"{noun} attribute key '{key}' is not supported on {whose} '{kind}'"
    )


def _check(attribute: Attribute, value: str) -> None:
    key = attribute.key
    if attribute.choices and value not in attribute.choices:
        raise ValidationError(
            f"'{key}' value '{value}' must be one of [{', '.join(attribute.choices)}]"
        )
    if attribute.bounds is not None:
        low, high = attribute.bounds
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise ValidationError(
                f"'{key}' value '{value}' must be between '{low}-{high}' inclusive"
            )
    if attribute.longest is not None and len(value) > attribute.longest:
        raise ValidationError(f"'{key}' value is too long; the limit is '{attribute.longest}'")
    if attribute.honoured is not None and value not in attribute.honoured:
        if key == "load_balancing.cross_zone.enabled":
            raise InvalidConfigurationRequest(
                f"'{key}' must be 'true' on load balancers with type 'application'"
            )
        allowed = " or ".join(f"'{each}'" for each in attribute.honoured)
        raise UnsupportedOperation(f"Homeport's load balancers have '{key}' only as {allowed}.")
