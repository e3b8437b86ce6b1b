"""Which rule of a listener a request meets, as ELB's documentation has it: plain and slow.

Nothing of this is taken from the translation to Envoy: the two are compared.
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import assert_never

from homeport.contracts.routing_table import (
    Condition,
    HeaderIs,
    HostIs,
    MethodIs,
    PathIs,
    QueryHas,
    Rule,
    SourceIs,
)


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    """As it is sent, maybe with a port."""
    target: str
    """Path and query."""
    headers: tuple[tuple[str, str], ...]
    source: str


def first_match(rules: tuple[Rule, ...], request: Request) -> int | None:
    """The place of the first rule of which every condition holds."""
    for place, rule in enumerate(rules):
        if all(holds(condition, request) for condition in rule.conditions):
            return place
    return None


def holds(condition: Condition, request: Request) -> bool:
    path, question, query = request.target.partition("?")
    match condition:
        case PathIs(values=values):
            return any(like(path, value) for value in values)
        case HostIs(values=values):
            host = request.host.split(":")[0].lower()
            return any(like(host, value.lower()) for value in values)
        case HeaderIs(name=name, values=values):
            return any(
                like(said.lower(), value.lower())
                for key, said in request.headers
                if key.lower() == name.lower()
                for value in values
            )
        case MethodIs(values=values):
            return request.method in values
        case QueryHas(values=values):
            return bool(question) and any(
                parameter_holds(parameter, key, value)
                for parameter in query.split("&")
                for key, value in values
            )
        case SourceIs(values=values):
            return any(ip_address(request.source) in ip_network(value) for value in values)
        case _:
            assert_never(condition)


def parameter_holds(parameter: str, key: str | None, value: str) -> bool:
    name, _, said = parameter.partition("=")
    if key is not None and not like(name.lower(), key.lower(), escapes=True):
        return False
    return like(said.lower(), value.lower(), escapes=True)


def like(text: str, pattern: str, *, escapes: bool = False) -> bool:
    """``*``: any characters or none; ``?``: exactly one; with `escapes`, a backslash before one
    of them makes it stand for itself."""
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if escapes and first == "\\" and rest[:1] in ("*", "?", "\\"):
        return text[:1] == rest[0] and like(text[1:], rest[1:], escapes=True)
    if first == "*":
        return any(like(text[start:], rest, escapes=escapes) for start in range(len(text) + 1))
    if not text or (first not in ("?", text[0])):
        return False
    return like(text[1:], rest, escapes=escapes)
