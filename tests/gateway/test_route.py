"""Which service and operation a request is for."""

from typing import Any

import pytest

from homeport.gateway.http import Request
from homeport.gateway.refusals import Kind
from homeport.gateway.route import Catalog, Entry, Unrouted, rest_path, route


def entry(service: str, protocol: str = "query", **changes: Any) -> Entry:
    members = {
        "service": service,
        "protocols": (protocol,),
        "target_prefix": "",
        "signing_name": service,
        "endpoint_prefix": service,
        "api_version": "2011-06-15",
        "names": frozenset({"Op"}),
    }
    return Entry(**(members | changes))


CATALOG = Catalog(
    [
        entry("ecs", "json", target_prefix="EcsV1", api_version="2014-11-13"),
        entry("sts"),
        entry("ec2", "ec2", api_version="2016-11-15"),
        entry("elb", signing_name="lb", endpoint_prefix="lb", api_version="2012"),
        entry("elbv2", signing_name="lb", endpoint_prefix="lb", api_version="2015"),
        entry(
            "scheduler",
            "rest-json",
            api_version="2021",
            paths=(
                rest_path("List", "GET", "/schedules"),
                rest_path("Get", "GET", "/schedules/{Name}"),
                rest_path("Put", "PUT", "/schedules/{Name}"),
                rest_path("Tags", "GET", "/tags/{Arn+}"),
                rest_path("Untag", "DELETE", "/tags/{Arn+}?tagKeys"),
            ),
        ),
    ]
)


def ask(
    signed_for: str | None = None,
    *,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    body: bytes = b"",
    **headers: str,
) -> tuple[str, str, dict[str, str]]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(method=method, path=path, query=query, headers=names, body=body)
    found = route(CATALOG, request, signed_for)
    return found.service, found.operation, dict(found.labels)


def test_a_target_header_names_both() -> None:
    assert ask(x_amz_target="EcsV1.RunTask")[:2] == ("ecs", "RunTask")
    assert ask("sts", x_amz_target="EcsV1.RunTask")[:2] == ("ecs", "RunTask")


def test_a_form_names_the_operation_and_the_scope_the_service() -> None:
    assert ask("sts", body=b"Action=Op&Version=2011-06-15")[:2] == ("sts", "Op")
    assert ask("sts", method="GET", query="Action=Op")[:2] == ("sts", "Op")


def test_a_service_of_several_protocols_is_asked_in_each() -> None:
    several = Catalog(
        [
            entry(
                "cloudwatch",
                protocols=("json", "query", "smithy-rpc-v2-cbor"),
                target_prefix="Granite2010",
                signing_name="monitoring",
            )
        ]
    )

    def found(path: str = "/", body: bytes = b"", **headers: str) -> tuple[str, str]:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = Request(method="POST", path=path, query="", headers=names, body=body)
        match = route(several, asked, "monitoring")
        return match.operation, match.protocol

    assert found(x_amz_target="Granite2010.Op") == ("Op", "json")
    assert found(body=b"Action=Op&Version=2011-06-15") == ("Op", "query")
    rpc = "/service/Granite2010/operation/Op"
    assert found(rpc, smithy_protocol="rpc-v2-cbor") == ("Op", "smithy-rpc-v2-cbor")
    for path in ("/service/Other/operation/Op", "/service/Granite2010", rpc + "/more", "/"):
        with pytest.raises(Unrouted) as raised:
            found(path, smithy_protocol="rpc-v2-cbor")
        assert raised.value.protocol == "smithy-rpc-v2-cbor"


def test_the_version_tells_services_apart_that_share_a_signing_name() -> None:
    assert ask("lb", body=b"Action=Op&Version=2015")[0] == "elbv2"
    assert ask("lb", body=b"Action=Op&Version=2012")[0] == "elb"


def test_an_unsigned_form_is_known_by_its_version_or_host() -> None:
    assert ask(body=b"Action=Op&Version=2016-11-15")[0] == "ec2"
    assert ask(body=b"Action=Op", host="sts.us-east-1.amazonaws.com")[0] == "sts"
    assert ask(body=b"Action=Op", host="sts.localhost:4566")[0] == "sts"


@pytest.mark.parametrize(
    ("method", "path", "query", "operation", "labels"),
    [
        ("GET", "/schedules", "", "List", {}),
        ("GET", "/schedules/a%20b", "", "Get", {"Name": "a b"}),
        ("PUT", "/schedules/a", "", "Put", {"Name": "a"}),
        ("GET", "/tags/arn:a/b", "", "Tags", {"Arn": "arn:a/b"}),
        ("DELETE", "/tags/arn%3Aa%2Fb", "tagKeys=x", "Untag", {"Arn": "arn:a/b"}),
    ],
)
def test_a_rest_operation_is_known_by_method_and_path(
    method: str, path: str, query: str, operation: str, labels: dict[str, str]
) -> None:
    found = ask("scheduler", method=method, path=path, query=query)
    assert found == ("scheduler", operation, labels)


def unrouted(*arguments: Any, **more: Any) -> Unrouted:
    with pytest.raises(Unrouted) as caught:
        ask(*arguments, **more)
    return caught.value


def test_a_strange_target_is_an_unknown_operation() -> None:
    found = unrouted(x_amz_target="Strange.Op")
    assert (found.refused.kind, found.protocol) == (Kind.UNKNOWN_OPERATION, "json")


def test_a_service_that_is_not_served_is_named_with_those_that_are() -> None:
    found = unrouted("s3", method="GET", path="/bucket")
    assert found.refused.message == (
        "Homeport does not serve 's3'. It serves: ec2, ecs, elb, elbv2, scheduler, sts."
    )
    assert unrouted("rds", body=b"Action=Op").protocol == "query"


def test_nothing_at_all_is_missing_authentication() -> None:
    assert unrouted().refused.kind is Kind.MISSING_AUTHENTICATION


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("ecs", "the header X-Amz-Target is missing"),
        ("sts", "the parameter Action is missing"),
        ("scheduler", "No operation of scheduler has this method and path"),
    ],
)
def test_a_request_without_an_operation_is_told_what_is_missing(service: str, words: str) -> None:
    found = unrouted(service)
    assert words in found.refused.message
    assert found.service == service


def test_what_is_not_utf_8_is_malformed() -> None:
    assert unrouted("sts", query="Action=%ff").refused.kind is Kind.MALFORMED_QUERY
    found = unrouted("scheduler", method="GET", path="/schedules/%ff")
    assert found.refused.kind is Kind.MALFORMED_QUERY
