"""The attributes that load balancers and listeners can have, with their defaults.

Those of target groups are `plan/target_group_attributes`; what a request may do is `plan`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

_BOOLEAN: Final = ("true", "false")


class Attribute(Struct, frozen=True, kw_only=True):
    """An attribute of a resource."""

    key: str
    default: str
    of: tuple[str, ...]
    """Kinds of load balancers, or protocols of listeners, that have it."""
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    longest: int | None = None
    honoured: tuple[str, ...] | None = None
    """The only values that hold here; None: all of them."""


_APP: Final = ("application",)
_NET: Final = ("network",)
_BOTH: Final = ("application", "network")


def _switch(key: str, of: tuple[str, ...], default: str = "false") -> Attribute:
    return Attribute(key=key, default=default, of=of, choices=_BOOLEAN)


def _logs(name: str, of: tuple[str, ...], honoured: tuple[str, ...] | None) -> list[Attribute]:
    return [
        Attribute(
            key=f"{name}.s3.enabled",
            default="false",
            of=of,
            choices=_BOOLEAN,
            honoured=honoured,
        ),
        Attribute(key=f"{name}.s3.bucket", default="", of=of),
        Attribute(key=f"{name}.s3.prefix", default="", of=of),
    ]


LOAD_BALANCER: Final = (
    *_logs("access_logs", _BOTH, None),
    Attribute(key="idle_timeout.timeout_seconds", default="60", of=_APP, bounds=(1, 4000)),
    _switch("deletion_protection.enabled", _BOTH),
    _switch("routing.http2.enabled", _APP, "true"),
    _switch("routing.http.drop_invalid_header_fields.enabled", _APP),
    _switch("routing.http.xff_client_port.enabled", _APP),
    _switch("routing.http.preserve_host_header.enabled", _APP),
    Attribute(
        key="routing.http.xff_header_processing.mode",
        default="append",
        of=_APP,
        choices=("append", "preserve", "remove"),
    ),
    _switch("load_balancing.cross_zone.enabled", _NET),
    Attribute(
        key="load_balancing.cross_zone.enabled",
        default="true",
        of=_APP,
        choices=_BOOLEAN,
        honoured=("true",),
    ),
    Attribute(
        key="routing.http.desync_mitigation_mode",
        default="defensive",
        of=_APP,
        choices=("monitor", "defensive", "strictest"),
        honoured=("defensive", "strictest"),
    ),
    Attribute(key="client_keep_alive.seconds", default="3600", of=_APP, bounds=(60, 604_800)),
    _switch("waf.fail_open.enabled", _APP),
    _switch("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", _APP),
    *_logs("connection_logs", _APP, ("false",)),
    *_logs("health_check_logs", _APP, ("false",)),
    _switch("zonal_shift.config.enabled", _BOTH),
    _switch("ipv6.deny_all_igw_traffic", _BOTH),
    Attribute(
        key="dns_record.client_routing_policy",
        default="any_availability_zone",
        of=_NET,
        choices=(
            "availability_zone_affinity",
            "partial_availability_zone_affinity",
            "any_availability_zone",
        ),
        honoured=("any_availability_zone",),
    ),
    Attribute(
        key="secondary_ips.auto_assigned.per_subnet",
        default="0",
        of=_NET,
        bounds=(0, 7),
        honoured=("0",),
    ),
)

_RENAMED: Final = (
    "x_amzn_mtls_clientcert_serial_number",
    "x_amzn_mtls_clientcert_issuer",
    "x_amzn_mtls_clientcert_subject",
    "x_amzn_mtls_clientcert_validity",
    "x_amzn_mtls_clientcert_leaf",
    "x_amzn_mtls_clientcert",
    "x_amzn_tls_version",
    "x_amzn_tls_cipher_suite",
)
_ADDED: Final = (
    "strict_transport_security",
    "access_control_allow_origin",
    "access_control_allow_methods",
    "access_control_allow_headers",
    "access_control_allow_credentials",
    "access_control_expose_headers",
    "access_control_max_age",
    "content_security_policy",
    "x_content_type_options",
    "x_frame_options",
)

LISTENER: Final = (
    Attribute(key="tcp.idle_timeout.seconds", default="350", of=("TCP",), bounds=(60, 6000)),
    *(
        Attribute(
            key=f"routing.http.request.{name}.header_name",
            default="",
            of=("HTTPS",),
            honoured=("",),
        )
        for name in _RENAMED
    ),
    Attribute(
        key="routing.http.response.server.enabled",
        default="true",
        of=("HTTP", "HTTPS"),
        choices=_BOOLEAN,
        honoured=("true",),
    ),
    *(
        Attribute(
            key=f"routing.http.response.{name}.header_value",
            default="",
            of=("HTTP", "HTTPS"),
            longest=1024,
            honoured=("",),
        )
        for name in _ADDED
    ),
)


def effective(known: Sequence[Attribute], kind: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """Every attribute that a resource of this kind has, with its value."""
    return {each.key: chosen.get(each.key, each.default) for each in known if kind in each.of}
