"""Conditions of rules: from a request to records, and what each may say.

Each kind of condition has a form of its own (``PathPatternConfig``); paths and hosts also have the
older one, a single value in ``Values``.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from homeport.services.elbv2.errors import UnsupportedOperation, ValidationError
from homeport.services.elbv2.plan.limits import CONDITION_VALUES, CONDITION_WILDCARDS
from homeport.services.elbv2.records.listeners import (
    Condition,
    HostHeader,
    HttpHeader,
    PathPattern,
    QueryPair,
    QueryString,
    RequestMethod,
    SourceIp,
    field_of,
)

VALUE_LENGTH_MAX: Final = 128
NAME_LENGTH_MAX: Final = 40
"""Of a header's and a method's name."""

_CONFIGS: Final = {
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
_TOLD_IN_VALUES: Final = ("host-header", "path-pattern")
_REPEATABLE: Final = (HttpHeader, QueryString)

_PATH: Final = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?]+")
_HOST: Final = re.compile(r"[A-Za-z0-9\-.*?]+")
_HOST_END: Final = re.compile(r".*\.[A-Za-z]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_METHOD: Final = re.compile(r"[A-Z_\-]+")
_ESCAPED: Final = re.compile(r"\\[*?\\]")


def parse(conditions: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """The conditions of a request."""
    if not conditions:
        raise ValidationError("A condition must be specified")
    parsed = tuple(_parsed(each) for each in conditions)
    once = [field_of(each) for each in parsed if not isinstance(each, _REPEATABLE)]
    for field in once:
        if once.count(field) > 1:
            raise ValidationError(f"A rule can only have one '{field}' condition")
    if sum(len(each.values) for each in parsed) > CONDITION_VALUES:
        raise ValidationError(f"A rule can only have '{CONDITION_VALUES}' condition values")
    if sum(_wildcards(each) for each in parsed) > CONDITION_WILDCARDS:
        raise ValidationError(f"A rule can only have '{CONDITION_WILDCARDS}' condition wildcards")
    return parsed


def _wildcards(condition: Condition) -> int:
    match condition:
        case PathPattern() | HostHeader() | HttpHeader():
            texts = list(condition.values)
        case QueryString():
            texts = [_ESCAPED.sub("", f"{pair.key or ''}{pair.value}") for pair in condition.values]
        case _:
            texts = []
    return sum(text.count("*") + text.count("?") for text in texts)


def _parsed(condition: Mapping[str, Any]) -> Condition:
    field = condition.get("Field", "")
    if field not in _CONFIGS:
        raise ValidationError(
            f"Condition field '{field}' must be one of '[{','.join(sorted(_CONFIGS))}]'"
        )
    for other, name in _CONFIGS.items():
        if other != field and name in condition:
            raise ValidationError(f"The '{name}' field is not compatible with '{field}'")
    name = _CONFIGS[field]
    config = condition.get(name)
    if "RegexValues" in condition or (config is not None and "RegexValues" in config):
        raise UnsupportedOperation(
            "Homeport's load balancers do not match regular expressions: use Values."
        )
    if "Values" in condition:
        if field not in _TOLD_IN_VALUES:
            raise ValidationError(f"The 'Values' field is not compatible with '{field}'")
        if config is not None:
            raise ValidationError(
                f"You cannot provide both Values and '{name}' for a condition of type '{field}'"
            )
        if len(condition["Values"]) > 1:
            raise ValidationError(f"The '{field}' field contains too many values; the limit is '1'")
        config = {"Values": condition["Values"]}
    if config is None:
        raise ValidationError(
            "A condition value must be specified"
            if field in _TOLD_IN_VALUES
            else f"A '{name}' must be specified with '{field}'"
        )
    return _READERS[field](config)


def _values(config: Mapping[str, Any], field: str, longest: int) -> tuple[str, ...]:
    values = tuple(config.get("Values", ()))
    if not values or not all(values):
        raise ValidationError(
            "A condition value must be specified"
            if field in _TOLD_IN_VALUES
            else f"A '{field}' value must be specified"
        )
    for value in values:
        if len(value) > longest:
            raise ValidationError(f"The '{field}' value is too long; the limit is '{longest}'")
    return values


def _refuse(field: str, value: str, why: str) -> ValidationError:
    return ValidationError(f"The '{field}' value '{value}' is invalid; {why}")


def _path_pattern(config: Mapping[str, Any]) -> PathPattern:
    values = _values(config, "path-pattern", VALUE_LENGTH_MAX)
    for value in values:
        if not _PATH.fullmatch(value):
            why = "the allowed characters are A-Z, a-z, 0-9, _ - . $ / ~ \" ' @ : + & * and ?"
            raise _refuse("path-pattern", value, why)
    return PathPattern(values=values)


def _host_header(config: Mapping[str, Any]) -> HostHeader:
    values = _values(config, "host-header", VALUE_LENGTH_MAX)
    for value in values:
        if not _HOST.fullmatch(value):
            why = "the allowed characters are A-Z, a-z, 0-9, - . * and ?"
            raise _refuse("host-header", value, why)
        if not _HOST_END.fullmatch(value):
            why = "it must include a '.', and only alphabetical characters after the final one"
            raise _refuse("host-header", value, why)
    return HostHeader(values=values)


def _http_header(config: Mapping[str, Any]) -> HttpHeader:
    name = config.get("HttpHeaderName", "")
    if not name:
        raise ValidationError("An 'HttpHeaderName' must be specified with 'http-header'")
    if len(name) > NAME_LENGTH_MAX:
        raise ValidationError(
            f"The 'HttpHeaderName' value is too long; the limit is '{NAME_LENGTH_MAX}'"
        )
    if not _TOKEN.fullmatch(name):
        why = "the allowed characters are those of header names in RFC 7230"
        raise ValidationError(f"The 'HttpHeaderName' value '{name}' is invalid; {why}")
    if name.lower() == "host":
        raise ValidationError(
            "The 'host' header cannot be specified with 'http-header'; use 'host-header'"
        )
    values = _values(config, "http-header", VALUE_LENGTH_MAX)
    for value in values:
        if not (value.isascii() and value.isprintable()):
            raise _refuse("http-header", value, "the allowed characters are printable ASCII")
    return HttpHeader(name=name, values=values)


def _request_method(config: Mapping[str, Any]) -> RequestMethod:
    values = _values(config, "http-request-method", NAME_LENGTH_MAX)
    if not all(_METHOD.fullmatch(value) for value in values):
        raise ValidationError(
            "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen "
            "and underscore"
        )
    return RequestMethod(values=values)


def _query_string(config: Mapping[str, Any]) -> QueryString:
    pairs = config.get("Values", ())
    if not pairs:
        raise ValidationError("A 'query-string' value must be specified")
    for pair in pairs:
        if not pair.get("Value"):
            raise ValidationError("A 'Value' must be specified in 'QueryStringKeyValuePair'")
        for member in ("Key", "Value"):
            text = pair.get(member, "")
            if len(text) > VALUE_LENGTH_MAX:
                raise ValidationError(
                    f"The '{member}' value is too long; the limit is '{VALUE_LENGTH_MAX}'"
                )
            if not (text.isascii() and (text.isprintable() or not text)):
                raise _refuse("query-string", text, "the allowed characters are printable ASCII")
    return QueryString(
        values=tuple(QueryPair(key=pair.get("Key") or None, value=pair["Value"]) for pair in pairs)
    )


def _source_ip(config: Mapping[str, Any]) -> SourceIp:
    values = _values(config, "source-ip", VALUE_LENGTH_MAX)
    for value in values:
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError as error:
            raise _refuse("source-ip", value, "it must be a CIDR block") from error
        if "/" not in value:
            raise _refuse("source-ip", value, "it must be a CIDR block")
    return SourceIp(values=values)


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Condition]]] = {
    "http-header": _http_header,
    "http-request-method": _request_method,
    "host-header": _host_header,
    "path-pattern": _path_pattern,
    "query-string": _query_string,
    "source-ip": _source_ip,
}
