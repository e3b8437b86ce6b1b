"""What rules do: forward, redirect, answer.  Pure; when they do it is in `translate_conditions`."""

from typing import Any, Final

from homeport.contracts.routing_table import (
    Action,
    FixedResponse,
    Forward,
    Redirect,
    TargetGroup,
    WeightedGroup,
)
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_endpoints import IN_USE, ZONE
from homeport.dataplane.envoy.translate_names import cluster_name, group_token
from homeport.dataplane.envoy.translate_pages import own_answer
from homeport.dataplane.envoy.translate_redirects import redirects
from homeport.dataplane.envoy.translate_terms import (
    EXTENSIONS,
    HOST_ALONE,
    METADATA,
    SESSIONS,
    Standpoint,
    duration,
    extension,
    header,
)

GROUP_COOKIE: Final = "AWSALBTG"
TARGET_COOKIE: Final = "AWSALB"
APPLICATION_COOKIE: Final = "AWSALBAPP-0"
RETRIES: Final = 2
"""Other targets that are tried while not one byte of the request has been sent to one."""
_RETRY: Final = {
    "retry_on": "connect-failure,refused-stream,reset-before-request",
    "num_retries": RETRIES,
    "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.01s"},
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {
                "@type": f"{EXTENSIONS}.retry.host.previous_hosts.v3.PreviousHostsPredicate"
            },
        }
    ],
    "host_selection_retry_max_attempts": 3,
}


def routes_for(match: Resource, action: Action, seen: Standpoint) -> list[Resource]:
    """The routes of one rule, in order."""
    match action:
        case Forward():
            return _forward(match, action, seen)
        case Redirect():
            return [
                {"match": _with_query(match, has), **answer}
                for has, answer in redirects(action, seen)
            ]
        case FixedResponse():
            return [{"match": match, **_fixed(action)}]


def metadata_match(group: TargetGroup, zone: str) -> dict[str, Any]:
    """That only targets of a zone will do, if the group has it so."""
    if not zone or group.cross_zone:
        return {}
    return {"metadata_match": {"filter_metadata": {"envoy.lb": {IN_USE: True, ZONE: zone}}}}


def _with_query(match: Resource, has: bool | None) -> Resource:
    if has is None:
        return match
    query: Resource = {"name": ":path", "string_match": {"safe_regex": {"regex": r"(?s)[^?]*\?.+"}}}
    if not has:
        query["invert_match"] = True
    return match | {"headers": [*match.get("headers", ()), query]}


def _fixed(action: FixedResponse) -> Resource:
    answer = own_answer(action.status_code, action="fixed-response")
    if action.body:
        answer["direct_response"]["body"] = {"inline_string": action.body}
        if action.content_type:
            answer["response_headers_to_add"].append(header("content-type", action.content_type))
    return answer


def _forward(match: Resource, action: Forward, seen: Standpoint) -> list[Resource]:
    known = [each for each in action.groups if each.arn in seen.groups]
    taking = [each for each in known if each.weight > 0]
    found = []
    if action.sticky_s is not None and len(known) > 1:
        for each in known:
            kept = {"name": GROUP_COOKIE, "string_match": {"exact": group_token(each.arn)}}
            route = {"match": match | {"cookies": [kept]}, **_to_one(each, seen)}
            found.append(route)
    found.append({"match": match, **_to_any(taking, action.sticky_s, seen)})
    return found


def _to_any(taking: list[WeightedGroup], sticky_s: int | None, seen: Standpoint) -> Resource:
    if not taking:
        return own_answer(503, action="forward")  # No group takes requests.
    if len(taking) == 1:
        return _to_one(taking[0], seen) | _group_cookie(taking[0], sticky_s)
    clusters = []
    for each in taking:
        group = seen.groups[each.arn]
        clusters.append(
            {
                "name": cluster_name(seen.balancer.arn, each.arn),
                "weight": each.weight,
                **metadata_match(group, seen.zone),
                **_group_cookie(each, sticky_s),
                **_sessions(group, seen),
            }
        )
    route = {"weighted_clusters": {"clusters": clusters}, **_manner(seen)}
    return {"route": route, "metadata": _FORWARD_NOTE}


def _to_one(each: WeightedGroup, seen: Standpoint) -> Resource:
    group = seen.groups[each.arn]
    to = {"cluster": cluster_name(seen.balancer.arn, each.arn), **metadata_match(group, seen.zone)}
    return {"route": to | _manner(seen), "metadata": _FORWARD_NOTE, **_sessions(group, seen)}


_FORWARD_NOTE: Final = {"filter_metadata": {METADATA: {"action": "forward"}}}


def _manner(seen: Standpoint) -> Resource:
    """How every request is forwarded, wherever to."""
    manner: Resource = {
        "timeout": "0s",
        "idle_timeout": duration(seen.balancer.idle_timeout_s),
        "retry_policy": _RETRY,
    }
    if not seen.balancer.preserve_host:
        host = HOST_ALONE if seen.keeps_port else "%REQ(:AUTHORITY)%"
        if not seen.has_usual_port:
            manner["host_rewrite"] = f"{host}:{seen.port}"
        elif seen.keeps_port:
            manner["host_rewrite"] = host
    return manner


def _group_cookie(each: WeightedGroup, sticky_s: int | None) -> Resource:
    """The cookie by which a client comes back to the group."""
    if sticky_s is None:
        return {}
    said = f"{GROUP_COOKIE}={group_token(each.arn)}; Max-Age={sticky_s}; Path=/"
    return {"response_headers_to_add": [header("set-cookie", said, how="APPEND_IF_EXISTS_OR_ADD")]}


def _sessions(group: TargetGroup, seen: Standpoint) -> Resource:
    """The cookie by which a client comes back to its target."""
    sticky = group.stickiness
    if sticky is None or sticky.kind == "source_ip" or metadata_match(group, seen.zone):
        return {}
    name = TARGET_COOKIE if sticky.kind == "lb_cookie" else APPLICATION_COOKIE
    cookie = {"name": name, "path": "/", "ttl": duration(sticky.duration_s)}
    state = extension(
        "envoy.http.stateful_session.cookie",
        "http.stateful_session.cookie.v3.CookieBasedSessionState",
        cookie=cookie,
    )
    return {
        "typed_per_filter_config": {
            SESSIONS: {
                "@type": f"{EXTENSIONS}.filters.http.stateful_session.v3.StatefulSessionPerRoute",
                "stateful_session": {"session_state": state},
            }
        }
    }
