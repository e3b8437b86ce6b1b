"""What the load balancer answers by itself when something is wrong.  Pure."""

from typing import Final

from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_terms import METADATA, extension, header

SERVER: Final = "awselb/2.0"
"""How the load balancer calls itself, in answers of its own."""
_WORDS: Final = {
    301: "Moved Permanently",
    302: "Found",
    400: "Bad Request",
    408: "Request Time-out",
    413: "Request Entity Too Large",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


def page(status: int) -> str:
    """The page that says so."""
    said = f"{status} {_WORDS[status]}"
    lines = (
        "<html>",
        f"<head><title>{said}</title></head>",
        "<body>",
        f"<center><h1>{said}</h1></center>",
        "</body>",
        "</html>",
        "",
    )
    return "\r\n".join(lines)


def own_answer(status: int, *, action: str) -> Resource:
    """An answer of the load balancer itself, with its page if it has one for the status."""
    answer: Resource = {
        "direct_response": {"status": status},
        "response_headers_to_add": [header("server", SERVER)],
        "metadata": {"filter_metadata": {METADATA: {"action": action}}},
    }
    if status in _WORDS and action != "fixed-response":
        answer["direct_response"]["body"] = {"inline_string": page(status)}
        answer["response_headers_to_add"].append(header("content-type", "text/html"))
    return answer


def replies() -> Resource:
    """Envoy's own replies as ELB gives them.

    504: no connection to the target in time, or no answer; 502: it refused or broke off;
    503: there is none.  What a rule answers has no flag and stays as it is.
    """
    late = {
        "and_filter": {
            "filters": [
                {"response_flag_filter": {"flags": ["UF"]}},
                {
                    "extension_filter": extension(
                        "envoy.access_loggers.extension_filters.cel",
                        "access_loggers.filters.cel.v3.ExpressionFilter",
                        expression="response.code_details.contains('timeout')",
                    )
                },
            ]
        }
    }
    broken = {"response_flag_filter": {"flags": ["UF", "UC", "UR", "UPE", "LR", "URX"]}}
    mappers = [_mapper(late, 504), _mapper(broken, 502)]
    for status in (status for status in _WORDS if status >= 400):
        same = {"comparison": {"op": "EQ", "value": {"default_value": status, "runtime_key": "-"}}}
        flagged: Resource = {"response_flag_filter": {}}
        both = {"and_filter": {"filters": [{"status_code_filter": same}, flagged]}}
        mappers.append(_mapper(both, status))
    return {"mappers": mappers}


def _mapper(which: Resource, status: int) -> Resource:
    return {
        "filter": which,
        "status_code": status,
        "headers_to_add": [header("server", SERVER)],
        "body_format_override": {
            "text_format_source": {"inline_string": page(status)},
            "content_type": "text/html",
        },
    }
