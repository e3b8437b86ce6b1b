"""Actions of rules and listeners: from a request to records, and what each may say.

Whether the target groups exist and fit the listener is `plan/forwarding`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.services.elbv2.errors import (
    InvalidLoadBalancerAction,
    TooManyActions,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.records.listeners import (
    Action,
    FixedResponse,
    Forward,
    Redirect,
    WeightedGroup,
)

WEIGHT_MAX: Final = 999
STICKY_S_MAX: Final = 604_800

_TYPES: Final = (
    "forward",
    "authenticate-oidc",
    "authenticate-cognito",
    "redirect",
    "fixed-response",
    "jwt-validation",
)
_CONFIGS: Final = {
    "forward": "ForwardConfig",
    "redirect": "RedirectConfig",
    "fixed-response": "FixedResponseConfig",
}
_CONTENT_TYPES: Final = (
    "text/html",
    "application/json",
    "application/javascript",
    "text/css",
    "text/plain",
)
_UNCHANGED: Final = ("#{protocol}", "#{host}", "#{port}", "/#{path}")
_KEYWORDS: Final = ("#{host}", "#{path}", "#{port}", "#{protocol}", "#{query}")


def parse(actions: Sequence[Mapping[str, Any]], member: str = "actions") -> tuple[Action, ...]:
    """The actions of a request; `member` is their place in it."""
    if not actions:
        raise ValidationError("An action must be specified")
    for place, action in enumerate(actions, 1):
        kind = one_of(action["Type"], f"{member}.{place}.member.type", _TYPES)
        if kind not in _CONFIGS:
            raise UnsupportedOperation(
                f"Homeport's load balancers do not perform actions of type '{kind}': "
                "use forward, redirect or fixed-response."
            )
    if len(actions) > 1:
        raise TooManyActions(
            "An action of type 'forward', 'redirect' or 'fixed-response' must be the only one"
        )
    return (_parsed(actions[0]),)


def groups_of(actions: Sequence[Action]) -> tuple[str, ...]:
    """The ARNs of the target groups that actions forward to."""
    forwards = (action for action in actions if isinstance(action, Forward))
    return tuple(dict.fromkeys(group.arn for each in forwards for group in each.groups))


def _parsed(action: Mapping[str, Any]) -> Action:
    kind, order = action["Type"], action.get("Order")
    for other, member in _CONFIGS.items():
        if other != kind and member in action:
            raise InvalidLoadBalancerAction(
                f"'{member}' cannot be specified for an action of type '{kind}'"
            )
    if kind == "forward":
        return _forward(action, order)
    if "TargetGroupArn" in action:
        raise InvalidLoadBalancerAction(
            f"'TargetGroupArn' cannot be specified for an action of type '{kind}'"
        )
    config = action.get(_CONFIGS[kind])
    if config is None:
        raise InvalidLoadBalancerAction(
            f"'{_CONFIGS[kind]}' must be specified for an action of type '{kind}'"
        )
    return _redirect(config, order) if kind == "redirect" else _fixed_response(config, order)


def _forward(action: Mapping[str, Any], order: int | None) -> Forward:
    arn, config = action.get("TargetGroupArn"), action.get("ForwardConfig", {})
    groups = tuple(
        WeightedGroup(arn=each.get("TargetGroupArn", ""), weight=each.get("Weight", 1))
        for each in config.get("TargetGroups", ())
    )
    if not groups:
        groups = (WeightedGroup(arn=arn),) if arn else ()
    elif arn and (len(groups) > 1 or groups[0].arn != arn):
        raise InvalidLoadBalancerAction(
            "If both a target group ARN and 'ForwardConfig' are specified, 'ForwardConfig' must "
            "have only this target group"
        )
    if not groups or not all(group.arn for group in groups):
        raise ValidationError("A target group ARN must be specified")
    if len({group.arn for group in groups}) < len(groups):
        raise InvalidLoadBalancerAction("A target group cannot be specified more than once")
    for group in groups:
        if not 0 <= group.weight <= WEIGHT_MAX:
            raise ValidationError(
                f"Target group weight '{group.weight}' must be between '0-{WEIGHT_MAX}' inclusive"
            )
    sticky = config.get("TargetGroupStickinessConfig", {})
    is_sticky, seconds = sticky.get("Enabled", False), sticky.get("DurationSeconds")
    if is_sticky and seconds is None:
        raise ValidationError("Target group stickiness requires 'DurationSeconds'")
    if seconds is not None and not 1 <= seconds <= STICKY_S_MAX:
        raise ValidationError(
            f"Target group stickiness duration '{seconds}' must be between '1-{STICKY_S_MAX}' "
            "inclusive"
        )
    return Forward(groups=groups, is_sticky=is_sticky, sticky_s=seconds, order=order)


def _redirect(config: Mapping[str, Any], order: int | None) -> Redirect:
    redirect = Redirect(
        protocol=config.get("Protocol", "#{protocol}"),
        host=config.get("Host", "#{host}"),
        port=config.get("Port", "#{port}"),
        path=config.get("Path", "/#{path}"),
        query=config.get("Query", "#{query}"),
        status_code=one_of(
            config["StatusCode"], "redirectConfig.statusCode", ("HTTP_301", "HTTP_302")
        ),
        order=order,
    )
    port = redirect.port
    if port != "#{port}" and not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65_535):
        raise ValidationError(f"Redirect port '{port}' must be between '1-65535' or be '#{{port}}'")
    if not redirect.path.startswith("/"):
        raise ValidationError(f"Redirect path '{redirect.path}' must begin with '/'")
    for text in (redirect.host, redirect.path, redirect.query):
        for keyword in re.findall(r"#\{[^}]*\}?", text):
            if keyword not in _KEYWORDS:
                raise ValidationError(
                    f"Redirect contains the unknown keyword '{keyword}'; the keywords are "
                    f"{', '.join(_KEYWORDS)}"
                )
    if (redirect.protocol, redirect.host, redirect.port, redirect.path) == _UNCHANGED:
        raise InvalidLoadBalancerAction(
            "You must modify at least one of the following components to avoid a redirect loop: "
            "protocol, port, hostname, or path"
        )
    return redirect


def _fixed_response(config: Mapping[str, Any], order: int | None) -> FixedResponse:
    content_type = config.get("ContentType")
    if content_type is not None and content_type not in _CONTENT_TYPES:
        allowed = ", ".join(f"'{each}'" for each in _CONTENT_TYPES)
        raise InvalidLoadBalancerAction(f"The ContentType must be one of:{allowed}")
    return FixedResponse(
        status_code=config["StatusCode"],
        content_type=content_type,
        body=config.get("MessageBody"),
        order=order,
    )
