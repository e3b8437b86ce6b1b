"""Conditions of rules as matches of routes.  Pure.

Conditions are all to hold, of the values of each one suffices.  ``*`` stands for any characters,
``?`` for exactly one.  What can be compared plainly is; the rest becomes a regular expression.
"""

import re
from typing import Final

from homeport.contracts.routing_table import (
    Condition,
    HeaderIs,
    HostIs,
    MethodIs,
    PathIs,
    QueryHas,
    SourceIs,
)
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_terms import SOURCE

ANY_PATH: Final[Resource] = {"prefix": "/"}
_PORT: Final = "(?::[0-9]*)?"
_WILD: Final = re.compile(r"[*?]")


def match_of(conditions: tuple[Condition, ...], *, keeps_port: bool = False) -> Resource:
    """The match that holds if all conditions do; `keeps_port`: the host may end with a port."""
    path: Resource | None = None
    headers: list[Resource] = []
    sources: list[Resource] = []
    for condition in conditions:
        match condition:
            case PathIs(values=values) if path is None:
                path = _path(values)
            case PathIs(values=values):
                headers.append(_header(":path", _path_and_query(values)))
            case HostIs(values=values):
                headers.append(_header(":authority", _host(values, keeps_port=keeps_port)))
            case HeaderIs(name=name, values=values):
                headers.append(_header(name.lower(), _text(values)))
            case MethodIs(values=values):
                headers.append(_header(":method", _method(values)))
            case QueryHas(values=values):
                headers.append(_header(":path", _query(values)))
            case SourceIs(values=values):
                sources.append(_source(values))
    found: Resource = dict(path or ANY_PATH)
    if headers:
        found["headers"] = headers
    if sources:
        found["filter_state"] = sources
    return found


def _path(values: tuple[str, ...]) -> Resource:
    """A path, as Envoy compares it: without the query, letter case included."""
    if len(values) == 1:
        [value] = values
        if not _WILD.search(value):
            return {"path": value}
        if not _WILD.search(value[:-1]) and value.endswith("*") and value != "*":
            return {"prefix": value[:-1]}
    return {"safe_regex": _regex(values)["safe_regex"]}


def _host(values: tuple[str, ...], *, keeps_port: bool) -> Resource:
    return _regex(values, flags="i", tail=_PORT) if keeps_port else _text(values)


def _text(values: tuple[str, ...]) -> Resource:
    """Text in any letter case."""
    if len(values) == 1:
        [value] = values
        if not _WILD.search(value):
            return {"exact": value, "ignore_case": True}
        if not _WILD.search(value[1:]) and value.startswith("*") and value != "*":
            return {"suffix": value[1:], "ignore_case": True}
        if not _WILD.search(value[:-1]) and value.endswith("*") and value != "*":
            return {"prefix": value[:-1], "ignore_case": True}
    return _regex(values, flags="i")


def _method(values: tuple[str, ...]) -> Resource:
    if len(values) == 1:
        return {"exact": values[0]}
    return {"safe_regex": {"regex": "|".join(re.escape(value) for value in values)}}


def _query(values: tuple[tuple[str | None, str], ...]) -> Resource:
    """One of the parameters, in a path with its query."""
    one = "|".join(_parameter(key, value) for key, value in values)
    return {"safe_regex": {"regex": rf"(?is)[^?]*\?(?:.*&)?(?:{one})(?:&.*)?"}}


def _parameter(key: str | None, value: str) -> str:
    """A parameter as it stands in a query; one without ``=`` has an empty value."""
    left = "[^&=]*" if key is None else _parameter_text(key, "[^&=]")
    right = _parameter_text(value, "[^&]")
    return f"{left}(?:={right})?" if not value.strip("*") else f"{left}={right}"


def _parameter_text(pattern: str, anything: str) -> str:
    """A backslash before a wildcard makes it stand for itself."""
    parts = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL)
    wild = {"*": f"{anything}*", "?": anything}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)


def _source(values: tuple[str, ...]) -> Resource:
    ranges = []
    for value in values:
        address, _, length = value.partition("/")
        whole = 128 if ":" in address else 32
        ranges.append({"address_prefix": address, "prefix_len": int(length) if length else whole})
    return {"key": SOURCE, "address_match": {"ranges": ranges}}


def _header(name: str, match: Resource) -> Resource:
    return {"name": name, "string_match": match}


def _path_and_query(values: tuple[str, ...]) -> Resource:
    """A path that is compared together with its query, which may be anything."""
    one = "|".join(_wild(value, "[^?]") for value in values)
    return {"safe_regex": {"regex": rf"(?s)(?:{one})(?:\?.*)?"}}


def _regex(values: tuple[str, ...], *, flags: str = "", tail: str = "") -> Resource:
    one = "|".join(_wild(value, ".") for value in values)
    return {"safe_regex": {"regex": f"(?s{flags})(?:{one}){tail}"}}


def _wild(pattern: str, anything: str) -> str:
    wild = {"*": f"{anything}*", "?": anything}
    return "".join(wild.get(each) or re.escape(each) for each in pattern)
