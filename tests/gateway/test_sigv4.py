"""Signatures: what botocore signs verifies, and nothing else does."""

import datetime as dt
import re
from typing import Any
from urllib.parse import quote, urlsplit

import botocore.auth
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.gateway.http import Request
from homeport.gateway.refusals import Kind, Refused
from homeport.gateway.sigv4 import (
    SKEW_S,
    SigningKeys,
    read_claim,
    scope_service,
    verify,
)

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = SigningKeys()
HOST = "localhost:4566"


@pytest.fixture(autouse=True)
def _stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore signs with the time that the tests verify at."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: NOW)


def sign(
    method: str = "POST",
    target: str = "/",
    headers: dict[str, str] | None = None,
    body: bytes = b"{}",
    *,
    token: str | None = None,
    expires_s: int | None = None,
) -> Request:
    """The request as botocore signs and sends it."""
    credentials = Credentials("AKIDEXAMPLE", SECRET, token)
    request = AWSRequest(method, f"http://{HOST}{target}", dict(headers or {}), body)
    if expires_s is None:
        SigV4Auth(credentials, "ecs", "us-east-1").add_auth(request)
    else:
        SigV4QueryAuth(credentials, "ecs", "us-east-1", expires=expires_s).add_auth(request)
    parts = urlsplit(request.url)
    sent = {name.lower(): value for name, value in request.headers.items()}
    return Request(
        method=method,
        path=parts.path or "/",
        query=parts.query,
        headers={"host": HOST, **sent},
        body=body,
    )


def check(request: Request, *, now: float = NOW.timestamp(), secret: str = SECRET) -> None:
    verify(read_claim(request), request, secret, now=now, keys=KEYS)


def changed(request: Request, **changes: Any) -> Request:
    members = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
        "body": request.body,
    }
    return Request(**(members | changes))


def refusal(request: Request, **arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        check(request, **arguments)
    return caught.value


def test_a_signed_header_says_who_where_and_for_what() -> None:
    request = sign(token="token")
    claim = read_claim(request)
    check(request)
    assert (claim.access_key_id, claim.region, claim.service) == ("AKIDEXAMPLE", "us-east-1", "ecs")
    assert claim.token == "token"
    assert claim.signed_at == NOW.timestamp()
    assert scope_service(request) == "ecs"


def test_a_presigned_query_verifies_until_it_expires() -> None:
    request = sign("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", body=b"", expires_s=60)
    assert scope_service(request) == "ecs"
    check(request, now=NOW.timestamp() + 60)
    refused = refusal(request, now=NOW.timestamp() + 61)
    assert refused.kind is Kind.CLOCK_SKEW
    assert refused.message == (
        "Signature expired: 20260304T050607Z is now earlier than 20260304T050608Z"
        " (20260304T050708Z - 1 min.)"
    )


def test_a_presigned_query_carries_its_session_token() -> None:
    request = sign("GET", "/?a=b", body=b"", token="a/b+c==", expires_s=60)
    assert read_claim(request).token == "a/b+c=="
    check(request)


@pytest.mark.parametrize("late", [SKEW_S + 1, -SKEW_S - 1])
def test_a_clock_that_is_wrong_by_more_than_fifteen_minutes_is_refused(late: float) -> None:
    refused = refusal(sign(), now=NOW.timestamp() + late)
    assert refused.kind is Kind.CLOCK_SKEW
    words = (
        "Signature expired: 20260304T050607Z is now earlier than 20260304T050608Z"
        " (20260304T052108Z - 15 min.)"
        if late > 0
        else "Signature not yet current: 20260304T050607Z is still later than 20260304T050606Z"
        " (20260304T045106Z + 15 min.)"
    )
    assert refused.message == words


@pytest.mark.parametrize("late", [SKEW_S, -SKEW_S])
def test_a_clock_that_is_wrong_by_fifteen_minutes_will_do(late: float) -> None:
    check(sign(), now=NOW.timestamp() + late)


def test_nothing_signed_is_missing_authentication() -> None:
    refused = refusal(Request(method="POST", path="/", query="", headers={"host": HOST}, body=b""))
    assert (refused.kind, refused.message) == (
        Kind.MISSING_AUTHENTICATION,
        "Missing Authentication Token",
    )


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        ("Basic abc", "Unsupported AWS 'algorithm': 'Basic'"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "Unsupported AWS 'algorithm'"),
        ("AWS4-HMAC-SHA256 Signature=a", "requires 'Credential' parameter"),
        ("AWS4-HMAC-SHA256 Credential=a/b", "requires 'Signature' parameter"),
        ("AWS4-HMAC-SHA256", "requires 'SignedHeaders' parameter"),
        (f"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature={'0' * 64}", "5 slash"),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=zz", "malformed"),
    ],
)
def test_an_incomplete_header_says_what_it_lacks(authorization: str, words: str) -> None:
    headers = sign().headers | {"authorization": authorization}  # type: ignore[operator]
    refused = refusal(changed(sign(), headers=headers))
    assert refused.kind is Kind.INCOMPLETE_SIGNATURE
    assert words in refused.message


@pytest.mark.parametrize("date", ["", "yesterday", "2026-03-04T05:06:07Z", "20261304T050607Z"])
def test_a_date_must_be_in_basic_format(date: str) -> None:
    headers = {**sign().headers, "x-amz-date": date}
    assert refusal(changed(sign(), headers=headers)).kind is Kind.INCOMPLETE_SIGNATURE


def test_the_date_of_the_scope_must_be_the_day_of_the_date() -> None:
    headers = {**sign().headers, "x-amz-date": "20260305T050607Z"}
    refused = refusal(changed(sign(), headers=headers))
    assert "Date in Credential scope does not match" in refused.message


def test_a_date_header_will_do() -> None:
    request = sign(headers={"Date": "anything"})
    assert "x-amz-date" not in request.headers
    check(request)


@pytest.mark.parametrize(
    "change",
    [
        {"body": b'{"a":1}'},
        {"path": "/other"},
        {"query": "a=b"},
        {"method": "PUT"},
    ],
)
def test_any_change_on_the_way_breaks_the_signature(change: dict[str, Any]) -> None:
    assert refusal(changed(sign(), **change)).kind is Kind.SIGNATURE_MISMATCH


def test_a_changed_or_missing_signed_header_breaks_the_signature() -> None:
    request = sign(headers={"X-Amz-Target": "a"})
    headers = {**request.headers, "x-amz-target": "b"}
    assert refusal(changed(request, headers=headers)).kind is Kind.SIGNATURE_MISMATCH
    del headers["x-amz-target"]
    assert refusal(changed(request, headers=headers)).kind is Kind.SIGNATURE_MISMATCH


def test_another_secret_does_not_verify() -> None:
    refused = refusal(sign(), secret="guessed")
    assert refused.kind is Kind.SIGNATURE_MISMATCH
    assert refused.message.startswith("The request signature we calculated does not match")


def test_a_signature_that_is_not_ascii_does_not_verify() -> None:
    request = sign("GET", "/?a=b", body=b"", expires_s=60)
    query = re.sub("X-Amz-Signature=[0-9a-f]+", "X-Amz-Signature=%C3%BC", request.query)
    assert refusal(changed(request, query=query)).kind is Kind.SIGNATURE_MISMATCH


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "x", "٣"])
def test_a_lifetime_out_of_bounds_is_refused(expires: str) -> None:
    request = sign("GET", "/?a=b", body=b"", expires_s=60)
    query = request.query.replace("X-Amz-Expires=60", f"X-Amz-Expires={quote(expires)}")
    assert refusal(changed(request, query=query)).kind is Kind.INCOMPLETE_SIGNATURE


@pytest.mark.parametrize(
    "header",
    [
        {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
        {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
        {"content-encoding": "aws-chunked"},
    ],
)
def test_a_body_signed_in_chunks_is_refused_clearly(header: dict[str, str]) -> None:
    refused = refusal(changed(sign(), headers={**sign().headers, **header}))
    assert refused.kind is Kind.UNSUPPORTED_BODY
    assert "chunks" in refused.message


def test_an_unsigned_body_is_only_for_operations_that_allow_it() -> None:
    request = sign(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert refusal(request).kind is Kind.SIGNATURE_MISMATCH
    claim = read_claim(request)
    verify(claim, request, SECRET, now=NOW.timestamp(), keys=SigningKeys(), unsigned_body=True)


def test_signers_that_encode_the_query_again_verify_too() -> None:
    encoded = sign("GET", "/?a=b%20c&d=%2F", body=b"")
    check(changed(encoded, query="d=/&a=b+c"))


def test_signing_keys_are_remembered_but_not_without_bound() -> None:
    keys = SigningKeys(size=2)
    request = sign()
    claim = read_claim(request)
    for secret in ("a", "b", SECRET, SECRET):
        keys.key(secret, claim)
    assert len(keys) == 2
    verify(claim, request, SECRET, now=NOW.timestamp(), keys=keys)


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=20)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
NAMES = st.from_regex(r"x-[a-z]{1,8}", fullmatch=True)
SEGMENTS = st.one_of(st.sampled_from(["", ".", "..", "~", "a b", "%", "a/b"]), TEXT)


@settings(max_examples=150, deadline=None)
@given(
    segments=st.lists(SEGMENTS, max_size=5),
    pairs=st.lists(st.tuples(TEXT, TEXT), max_size=5),
    headers=st.dictionaries(NAMES, HEADER, max_size=4),
    body=st.binary(max_size=50),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    presigned=st.booleans(),
)
def test_whatever_botocore_signs_verifies(
    segments: list[str],
    pairs: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    method: str,
    presigned: bool,
) -> None:
    path = "/" + "/".join(quote(each, safe="/~.") for each in segments)
    path = re.sub("^/+", "/", path)  # Two slashes would begin a host.
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    target = f"{path}?{query}" if query else path
    body = b"" if presigned else body
    request = sign(method, target, headers, body, expires_s=60 if presigned else None)
    check(request)
    with pytest.raises(Refused):
        check(changed(request, body=body + b"x"))
