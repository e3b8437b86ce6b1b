"""Conditions of rules: which are allowed, with ELB's words for those that are not."""

import ipaddress
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan import conditions
from homeport.services.elbv2.records.listeners import (
    HostHeader,
    HttpHeader,
    PathPattern,
    QueryPair,
    QueryString,
    RequestMethod,
    SourceIp,
    field_of,
)

PATH_CHARACTERS = string.ascii_letters + string.digits + "_-.$/~\"'@:+&"


def path(*values: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


def host(*values: str) -> dict[str, Any]:
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}


def header(name: str, *values: str) -> dict[str, Any]:
    config = {"HttpHeaderName": name, "Values": list(values)}
    return {"Field": "http-header", "HttpHeaderConfig": config}


def method(*values: str) -> dict[str, Any]:
    return {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": list(values)}}


def query(*pairs: dict[str, str]) -> dict[str, Any]:
    return {"Field": "query-string", "QueryStringConfig": {"Values": list(pairs)}}


def source(*values: str) -> dict[str, Any]:
    return {"Field": "source-ip", "SourceIpConfig": {"Values": list(values)}}


def refused(*asked: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        conditions.parse(asked)
    return error.value.code, error.value.message


def test_every_kind_of_condition_is_read() -> None:
    assert conditions.parse([path("/img/*"), host("*.example.com")]) == (
        PathPattern(values=("/img/*",)),
        HostHeader(values=("*.example.com",)),
    )
    assert conditions.parse([header("User-Agent", "*Chrome*", "*Safari*")]) == (
        HttpHeader(name="User-Agent", values=("*Chrome*", "*Safari*")),
    )
    assert conditions.parse([method("GET", "M-SEARCH"), source("10.0.0.0/8", "::/0")]) == (
        RequestMethod(values=("GET", "M-SEARCH")),
        SourceIp(values=("10.0.0.0/8", "::/0")),
    )
    assert conditions.parse([query({"Key": "v", "Value": "1"}, {"Value": "*x*"})]) == (
        QueryString(values=(QueryPair(key="v", value="1"), QueryPair(value="*x*"))),
    )


@pytest.mark.parametrize("field", ["path-pattern", "host-header"])
def test_paths_and_hosts_may_be_told_in_values(field: str) -> None:
    (read,) = conditions.parse([{"Field": field, "Values": ["a.example.com"]}])
    assert field_of(read) == field
    assert read.values == ("a.example.com",)


def test_the_longest_values_are_allowed() -> None:
    conditions.parse([path("/" * 128), host("a" * 126 + ".b"), method("A" * 40)])
    conditions.parse([header("a" * 40, "x" * 128), query({"Key": "k" * 128, "Value": "v" * 128})])


def test_an_empty_key_of_a_query_is_no_key() -> None:
    (read,) = conditions.parse([query({"Key": "", "Value": "x"})])
    assert read.values == (QueryPair(value="x"),)


FIELDS = "[host-header,http-header,http-request-method,path-pattern,query-string,source-ip]"
REFUSALS = {
    "nothing": ([], "A condition must be specified"),
    "an unknown field": (
        [{"Field": "cookie", "Values": ["x"]}],
        f"Condition field 'cookie' must be one of '{FIELDS}'",
    ),
    "no field": (
        [{"PathPatternConfig": {"Values": ["/"]}}],
        f"Condition field '' must be one of '{FIELDS}'",
    ),
    "values where there are none": (
        [{"Field": "http-header", "Values": ["x"]}],
        "The 'Values' field is not compatible with 'http-header'",
    ),
    "another's form": (
        [path("/") | {"HostHeaderConfig": {"Values": ["a.b"]}}],
        "The 'HostHeaderConfig' field is not compatible with 'path-pattern'",
    ),
    "both forms": (
        [path("/") | {"Values": ["/"]}],
        (
            "You cannot provide both Values and 'PathPatternConfig' for a condition of type "
            "'path-pattern'"
        ),
    ),
    "two in values": (
        [{"Field": "host-header", "Values": ["a.b", "c.d"]}],
        "The 'host-header' field contains too many values; the limit is '1'",
    ),
    "no values": ([{"Field": "path-pattern"}], "A condition value must be specified"),
    "empty values": ([path()], "A condition value must be specified"),
    "an empty path": ([path("")], "A condition value must be specified"),
    "no form": (
        [{"Field": "http-header"}],
        "A 'HttpHeaderConfig' must be specified with 'http-header'",
    ),
    "no source": ([source()], "A 'source-ip' value must be specified"),
    "no pair": ([query()], "A 'query-string' value must be specified"),
    "a pair without value": (
        [query({"Key": "a"})],
        "A 'Value' must be specified in 'QueryStringKeyValuePair'",
    ),
    "a long path": (
        [path("/" + "a" * 128)],
        "The 'path-pattern' value is too long; the limit is '128'",
    ),
    "a long method": (
        [method("A" * 41)],
        "The 'http-request-method' value is too long; the limit is '40'",
    ),
    "a long header name": (
        [header("a" * 41, "x")],
        "The 'HttpHeaderName' value is too long; the limit is '40'",
    ),
    "a long key": (
        [query({"Key": "k" * 129, "Value": "x"})],
        "The 'Key' value is too long; the limit is '128'",
    ),
    "a method in small letters": (
        [method("get")],
        (
            "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen "
            "and underscore"
        ),
    ),
    "a wildcard in a method": (
        [method("G*")],
        (
            "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen "
            "and underscore"
        ),
    ),
    "the host as a header": (
        [header("Host", "x")],
        "The 'host' header cannot be specified with 'http-header'; use 'host-header'",
    ),
    "no header name": (
        [{"Field": "http-header", "HttpHeaderConfig": {"Values": ["x"]}}],
        "An 'HttpHeaderName' must be specified with 'http-header'",
    ),
    "a header name with a space": (
        [header("a b", "x")],
        (
            "The 'HttpHeaderName' value 'a b' is invalid; the allowed characters are those of "
            "header names in RFC 7230"
        ),
    ),
    "a host without a dot": (
        [host("localhost")],
        (
            "The 'host-header' value 'localhost' is invalid; it must include a '.', and only "
            "alphabetical characters after the final one"
        ),
    ),
    "a host that ends with a wildcard": (
        [host("example.*")],
        (
            "The 'host-header' value 'example.*' is invalid; it must include a '.', and only "
            "alphabetical characters after the final one"
        ),
    ),
    "a host with a slash": (
        [host("a.b/c.d")],
        (
            "The 'host-header' value 'a.b/c.d' is invalid; the allowed characters are A-Z, a-z, "
            "0-9, - . * and ?"
        ),
    ),
    "a source without its length": (
        [source("10.0.0.1")],
        "The 'source-ip' value '10.0.0.1' is invalid; it must be a CIDR block",
    ),
    "a source that is none": (
        [source("10.0.0.0/33")],
        "The 'source-ip' value '10.0.0.0/33' is invalid; it must be a CIDR block",
    ),
    "two paths": ([path("/a"), path("/b")], "A rule can only have one 'path-pattern' condition"),
    "two methods": (
        [method("GET"), method("PUT")],
        "A rule can only have one 'http-request-method' condition",
    ),
    "six values": (
        [path("/a", "/b", "/c"), host("a.b", "c.d", "e.f")],
        "A rule can only have '5' condition values",
    ),
    "seven wildcards": (
        [path("/*/*/*", "/?"), host("*.*.?.x")],
        "A rule can only have '6' condition wildcards",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_elb_refuses(case: str) -> None:
    asked, text = REFUSALS[case]
    assert refused(*asked) == ("ValidationError", text)


def test_several_headers_and_queries_may_be_in_one_rule() -> None:
    asked = [header("A", "1"), header("B", "2"), query({"Value": "x"}), query({"Value": "y"})]
    assert len(conditions.parse(asked)) == 4


def test_five_values_and_six_wildcards_are_allowed() -> None:
    assert conditions.parse([path("/*", "/?"), host("*.a", "*.b", "?*.c")])


def test_an_escaped_wildcard_of_a_query_is_none() -> None:
    literal = r"\*\*\?\?\*\*\*"
    assert conditions.parse([query({"Value": literal})])
    assert refused(query({"Key": literal, "Value": r"\\*******"}))[1] == (
        "A rule can only have '6' condition wildcards"
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"Field": "path-pattern", "RegexValues": ["^/a"]},
        {"Field": "host-header", "HostHeaderConfig": {"RegexValues": ["^a"]}},
    ],
)
def test_regular_expressions_are_refused_with_a_sentence(asked: dict[str, Any]) -> None:
    assert refused(asked) == (
        "UnsupportedOperation",
        "Homeport's load balancers do not match regular expressions: use Values.",
    )


@given(st.text(alphabet=PATH_CHARACTERS, min_size=1, max_size=128))
def test_any_path_of_the_allowed_characters_is_kept_as_it_is(value: str) -> None:
    assert conditions.parse([path(value)]) == (PathPattern(values=(value,)),)


@given(st.text(min_size=1, max_size=20))
def test_a_path_is_refused_exactly_for_a_character_that_is_not_allowed(value: str) -> None:
    if set(value) <= set(PATH_CHARACTERS + "*?"):
        count = value.count("*") + value.count("?")
        if count <= 6:
            assert conditions.parse([path(value)])
    else:
        code, text = refused(path(value))
        assert code == "ValidationError"
        assert text.startswith(f"The 'path-pattern' value '{value}' is invalid; ")


@given(st.ip_addresses(), st.integers(0, 140))
def test_a_source_is_allowed_exactly_if_it_is_a_block(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int
) -> None:
    asked = f"{address}/{length}"
    if length <= address.max_prefixlen:
        assert conditions.parse([source(asked)]) == (SourceIp(values=(asked,)),)
    else:
        assert refused(source(asked))[0] == "ValidationError"


@given(st.lists(st.sampled_from(["/a", "/b*", "/c?d", "/*/*"]), min_size=1, max_size=8))
def test_the_limits_are_of_the_whole_rule(values: list[str]) -> None:
    asked = [path(*values[:3]), *(header("X", value) for value in values[3:])]
    wildcards = sum(value.count("*") + value.count("?") for value in values)
    if len(values) > 5:
        assert refused(*asked)[1] == "A rule can only have '5' condition values"
    elif wildcards > 6:
        assert refused(*asked)[1] == "A rule can only have '6' condition wildcards"
    else:
        assert sum(len(each.values) for each in conditions.parse(asked)) == len(values)
