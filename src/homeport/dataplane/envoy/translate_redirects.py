"""Redirects: where to, in any mixture of what the request had.  Pure."""

from typing import Final

from homeport.contracts.routing_table import Redirect
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_pages import own_answer
from homeport.dataplane.envoy.translate_terms import HOST_ALONE, Standpoint, header, literal

_PATH_INSIDE: Final = r"%CEL(re.extract(request.url_path, '^/?([^?]*)', '\\1'))%"


def redirects(redirect: Redirect, seen: Standpoint) -> list[tuple[bool | None, Resource]]:
    """Answers for requests with a query (True), without (False), or for both (None)."""
    if "#{query}" not in redirect.query:
        return [(None, _answer(redirect, seen, query=redirect.query))]
    bare = redirect.query.replace("#{query}", "")
    return [
        (True, _answer(redirect, seen, query=redirect.query)),
        (False, _answer(redirect, seen, query=bare)),
    ]


def _answer(redirect: Redirect, seen: Standpoint, *, query: str) -> Resource:
    scheme = seen.protocol.lower()
    protocol = redirect.protocol.replace("#{protocol}", scheme).lower()
    port = redirect.port.replace("#{port}", str(seen.port))
    if "#{host}" in redirect.host and port.isdecimal() and "#{port}" not in redirect.port:
        port = str(seen.ports.get(int(port), int(port)))  # The same door, from outside.
    said = f"{protocol}://{_filled(redirect.host, seen)}:{port}{_filled(redirect.path, seen)}" + (
        f"?{_filled(query, seen)}" if query else ""
    )
    answer = own_answer(redirect.status_code, action="redirect")
    answer["response_headers_to_add"].append(header("location", said))
    return answer


def _filled(template: str, seen: Standpoint) -> str:
    """A template with what the request had, as Envoy fills it in."""
    host = HOST_ALONE if seen.keeps_port else "%REQ(:AUTHORITY)%"
    filled = literal(template)
    for word, command in (
        ("/#{path}", "%PATH(NQ:PATH)%"),
        ("#{path}", _PATH_INSIDE),
        ("#{host}", host),
        ("#{port}", str(seen.port)),
        ("#{protocol}", seen.protocol.lower()),
        ("#{query}", "%QUERY_PARAMS(ORIG)%"),
    ):
        filled = filled.replace(word, command)
    return filled
