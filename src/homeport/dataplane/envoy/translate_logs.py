"""Access logs, a line for each request in ELB's order of fields.  Pure; Envoy writes them.

Fields that Envoy cannot know are ``-``.  Times are in seconds, such as ``42e-3``.  Requests that no
target answered have a format of their own: ``-1`` for times.
"""

from typing import Final

from homeport.contracts.routing_table import Listener, LoadBalancer
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_names import access_log_path, balancer_name
from homeport.dataplane.envoy.translate_terms import HOST_ALONE, METADATA, extension

_TIME: Final = "(%Y-%m-%dT%H:%M:%S.%6fZ)"
_TIMES: Final = (
    "%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:ms)%e-3",
    "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:ms)%e-3",
    "%COMMON_DURATION(US_RX_BEG:DS_TX_END:ms)%e-3",
)
_ANSWERED: Final = "response.code_details == 'via_upstream'"


def request_log(
    balancer: LoadBalancer, listener: Listener, *, directory: str, is_shared: bool = False
) -> list[Resource]:
    """The log of an application load balancer; `is_shared`: others are served there too."""
    if balancer.access_log is None:
        return []
    path = access_log_path(directory, balancer)
    logs = []
    for is_answered, which in ((True, _ANSWERED), (False, f"!({_ANSWERED})")):
        log = _file(path, _request_line(balancer, listener, is_answered=is_answered))
        whose = f" && xds.virtual_host_name == '{balancer_name(balancer)}'" if is_shared else ""
        log["filter"] = {
            "extension_filter": extension(
                "envoy.access_loggers.extension_filters.cel",
                "access_loggers.filters.cel.v3.ExpressionFilter",
                expression=which + whose,
            )
        }
        logs.append(log)
    return logs


def connection_log(balancer: LoadBalancer, listener: Listener, *, directory: str) -> list[Resource]:
    """The log of a network load balancer, which has one for TLS listeners only."""
    if balancer.access_log is None or listener.protocol != "TLS":
        return []
    return [_file(access_log_path(directory, balancer), _connection_line(balancer, listener))]


def _file(path: str, line: str) -> Resource:
    return extension(
        "envoy.access_loggers.file",
        "access_loggers.file.v3.FileAccessLog",
        path=path,
        log_format={"text_format_source": {"inline_string": line}},
    )


def _request_line(balancer: LoadBalancer, listener: Listener, *, is_answered: bool) -> str:
    scheme = listener.protocol.lower()
    times = _TIMES if is_answered else ("-1", "-1", "-1")
    status = "%RESPONSE_CODE%" if is_answered else "-"
    url = f"{scheme}://{HOST_ALONE}:%DOWNSTREAM_LOCAL_PORT%%REQ(:PATH)%"
    fields = (
        scheme,
        f"%EMIT_TIME{_TIME}%",
        _short(balancer.arn),
        "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
        "%UPSTREAM_HOST%",
        *times,
        "%RESPONSE_CODE%",
        status,
        "%DOWNSTREAM_WIRE_BYTES_RECEIVED%",
        "%DOWNSTREAM_WIRE_BYTES_SENT%",
        f'"%REQ(:METHOD)% {url} %PROTOCOL%"',
        '"%REQ(USER-AGENT)%"',
        "%DOWNSTREAM_TLS_CIPHER%",
        "%DOWNSTREAM_TLS_VERSION%",
        f"%METADATA(CLUSTER:{METADATA}:target_group)%",
        '"%REQ(X-AMZN-TRACE-ID)%"',
        '"%REQUESTED_SERVER_NAME%"',
        f'"{_only_certificate(listener)}"',
        "-",
        f"%START_TIME{_TIME}%",
        f'"%METADATA(ROUTE:{METADATA}:action)%"',
        '"%RESP(LOCATION)%"',
        '"-"',
        '"%UPSTREAM_HOST%"',
        f'"{status}"',
        '"-"',
        '"-"',
        "TID_%CONNECTION_ID%",
    )
    return " ".join(fields) + "\n"


def _connection_line(balancer: LoadBalancer, listener: Listener) -> str:
    fields = (
        "tls",
        "2.0",
        f"%EMIT_TIME{_TIME}%",
        _short(balancer.arn),
        listener.arn.rpartition("/")[2],
        "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
        "%DOWNSTREAM_LOCAL_ADDRESS%",
        "%DURATION%",
        "%DOWNSTREAM_HANDSHAKE_DURATION%",
        "%BYTES_RECEIVED%",
        "%BYTES_SENT%",
        "-",
        _only_certificate(listener),
        "-",
        "%DOWNSTREAM_TLS_CIPHER%",
        "%DOWNSTREAM_TLS_VERSION%",
        "-",
        "%REQUESTED_SERVER_NAME%",
        "-",
        "-",
        "-",
        f"%START_TIME{_TIME}%",
    )
    return " ".join(fields) + "\n"


def _short(arn: str) -> str:
    """``app/NAME/ID``."""
    return arn.partition("loadbalancer/")[2] or arn


def _only_certificate(listener: Listener) -> str:
    """The certificate that was served, where there is no other."""
    return listener.certificates[0].arn if len(listener.certificates) == 1 else "-"
