"""AWS Signature Version 4: what a request claims and whether its signature proves it.

Pure: keys, the time and the cache are arguments.  Both forms are known, the Authorization header
and the presigned query.  Chunked signatures (``STREAMING-…``) belong to S3 and are refused.
"""

import hashlib
import hmac
import re
from calendar import timegm
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_plus

from msgspec import Struct

from homeport.gateway.http import Request
from homeport.gateway.refusals import Kind, Refused

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SKEW_S: Final = 15 * 60
EXPIRES_S_MAX: Final = 7 * 24 * 3600
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()
UNSIGNED: Final = "UNSIGNED-PAYLOAD"

_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,"
    r"\s*Signature=([0-9a-f]{64})\s*"
)
_SCOPE: Final = re.compile(r"Credential=([^,\s]+)")
_BASIC_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your"
    " AWS Secret Access Key and signing method. Consult the service documentation for details."
)


class Claim(Struct, frozen=True, kw_only=True):
    """Who a request says has signed it, and over what."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    """When it was signed, as ``20260101T000000Z``."""
    signed_at: float
    token: str | None
    expires_s: float | None
    """Lifetime of a presigned request; None for a signed header."""


class SigningKeys:
    """Derived signing keys; a bounded cache, because deriving one takes four HMACs."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._known: OrderedDict[tuple[str, str, str, str], bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def key(self, secret: str, claim: Claim) -> bytes:
        """The key that signs for the claim's day, region and service."""
        name = (secret, claim.date, claim.region, claim.service)
        found = self._known.get(name)
        if found is not None:
            self._known.move_to_end(name)
            return found
        key = ("AWS4" + secret).encode()
        for part in (claim.date, claim.region, claim.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._known[name] = key
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return key


def scope_service(request: Request) -> str | None:
    """The service that the request is signed for; None when it is not signed.  Checks nothing."""
    authorization = request.headers.get("authorization", "")
    found = _SCOPE.search(authorization)
    credential = found.group(1) if found else request.arguments.get("X-Amz-Credential", "")
    parts = credential.rsplit("/", 4)
    return parts[3] if len(parts) == 5 else None


def read_claim(request: Request) -> Claim:
    """What the request claims; raises `Refused` when it is unsigned or signed in another way."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        claim = _header_claim(request, authorization)
    elif "X-Amz-Signature" in request.arguments or "X-Amz-Credential" in request.arguments:
        claim = _query_claim(request)
    else:
        raise Refused(Kind.MISSING_AUTHENTICATION, "Missing Authentication Token")
    if claim.stamp[:8] != claim.date:
        raise Refused(
            Kind.SIGNATURE_MISMATCH,
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from"
            f" HTTP: '{claim.date[:16]}' != '{claim.stamp[:8]}', from '{claim.stamp}'.",
        )
    return claim


def verify(
    claim: Claim,
    request: Request,
    secret: str,
    *,
    now: float,
    keys: SigningKeys,
    unsigned_body: bool = False,
) -> None:
    """Raise `Refused` unless the holder of `secret` has signed this very request, just now.

    `unsigned_body`: the operation's model allows a signature that leaves the body out.
    """
    _check_time(claim, now)
    payload = _payload_hash(request, unsigned_body=unsigned_body)
    key = keys.key(secret, claim)
    scope = f"{claim.date}/{claim.region}/{claim.service}/aws4_request"
    head = f"{ALGORITHM}\n{claim.stamp}\n{scope}\n"
    for canonical in _canonical_requests(claim, request, payload):
        to_sign = head + hashlib.sha256(canonical.encode()).hexdigest()
        expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
        if hmac.compare_digest(expected.encode(), claim.signature.encode()):
            return
    raise Refused(Kind.SIGNATURE_MISMATCH, _MISMATCH)


def _header_claim(request: Request, authorization: str) -> Claim:
    found = _AUTHORIZATION.fullmatch(authorization)
    if found is None:
        raise Refused(Kind.INCOMPLETE_SIGNATURE, _incomplete(authorization))
    credential, signed_headers, signature = found.groups()
    key_id, date, region, service = _credential(credential)
    stamp, signed_at = _header_time(request)
    names = tuple(signed_headers.lower().split(";"))
    if "host" not in names:
        message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        raise Refused(Kind.SIGNATURE_MISMATCH, message)
    return Claim(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=names,
        signature=signature,
        stamp=stamp,
        signed_at=signed_at,
        token=request.headers.get("x-amz-security-token"),
        expires_s=None,
    )


def _query_claim(request: Request) -> Claim:
    fields = request.arguments
    needed = ("Algorithm", "Credential", "Date", "SignedHeaders", "Signature")
    missing = [f"X-Amz-{name}" for name in needed if not fields.get(f"X-Amz-{name}")]
    if missing:
        message = " ".join(
            f"AWS query-string parameters must include '{each}'." for each in missing
        )
        raise Refused(
            Kind.INCOMPLETE_SIGNATURE, f"{message} Re-examine the query-string parameters."
        )
    if fields["X-Amz-Algorithm"] != ALGORITHM:
        message = f"Unsupported AWS 'algorithm': '{fields['X-Amz-Algorithm'][:40]}'."
        raise Refused(Kind.INCOMPLETE_SIGNATURE, message)
    key_id, date, region, service = _credential(fields["X-Amz-Credential"])
    signed_at = _basic_time(fields["X-Amz-Date"])
    if signed_at is None:
        raise Refused(Kind.INCOMPLETE_SIGNATURE, _bad_date(fields["X-Amz-Date"]))
    return Claim(
        access_key_id=key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(fields["X-Amz-SignedHeaders"].lower().split(";")),
        signature=fields["X-Amz-Signature"],
        stamp=fields["X-Amz-Date"],
        signed_at=signed_at,
        token=fields.get("X-Amz-Security-Token"),
        expires_s=_expires(fields.get("X-Amz-Expires", str(SKEW_S))),
    )


def _credential(text: str) -> tuple[str, str, str, str]:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not all(parts) or parts[4] != "aws4_request":
        message = (
            "Credential must have exactly 5 slash-delimited elements, e.g."
            f" keyid/date/region/service/term, got '{text[:200]}'."
        )
        raise Refused(Kind.INCOMPLETE_SIGNATURE, message)
    return parts[0], parts[1], parts[2], parts[3]


def _incomplete(authorization: str) -> str:
    scheme = authorization.partition(" ")[0]
    if scheme != ALGORITHM:
        return f"Unsupported AWS 'algorithm': '{scheme[:40]}'. Homeport verifies {ALGORITHM}."
    missing = [
        f"Authorization header requires '{part}' parameter."
        for part in ("Credential", "Signature", "SignedHeaders")
        if f"{part}=" not in authorization
    ]
    return " ".join(missing) or "Authorization header is malformed."


def _header_time(request: Request) -> tuple[str, float]:
    """When the request was signed: X-Amz-Date wins over Date."""
    stamp = request.headers.get("x-amz-date")
    if stamp is not None:
        signed_at = _basic_time(stamp)
        if signed_at is None:
            raise Refused(Kind.INCOMPLETE_SIGNATURE, _bad_date(stamp))
        return stamp, signed_at
    date = request.headers.get("date")
    if date is None:
        message = (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
        raise Refused(Kind.INCOMPLETE_SIGNATURE, message)
    signed_at = _basic_time(date)
    if signed_at is not None:
        return date, signed_at
    try:
        moment = parsedate_to_datetime(date).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(Kind.INCOMPLETE_SIGNATURE, _bad_date(date)) from error
    return _stamp(moment.timestamp()), moment.timestamp()


def _bad_date(text: str) -> str:
    return f"Date must be in ISO-8601 'basic format'. Got '{text[:60]}'. See the SigV4 docs."


@lru_cache(maxsize=256)
def _basic_time(text: str) -> float | None:
    found = _BASIC_TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    try:
        return float(timegm((year, month, day, hour, minute, second)))
    except ValueError:
        return None


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


def _expires(text: str) -> float:
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= seconds <= EXPIRES_S_MAX:
        message = f"X-Amz-Expires must be a number of seconds from 1 to {EXPIRES_S_MAX}."
        raise Refused(Kind.INCOMPLETE_SIGNATURE, message)
    return float(seconds)


def _check_time(claim: Claim, now: float) -> None:
    lifetime = SKEW_S if claim.expires_s is None else claim.expires_s
    if claim.signed_at < now - lifetime:
        minutes = f"{lifetime / 60:g} min."
        message = (
            f"Signature expired: {claim.stamp} is now earlier than {_stamp(now - lifetime)}"
            f" ({_stamp(now)} - {minutes})"
        )
        raise Refused(Kind.CLOCK_SKEW, message)
    if claim.signed_at > now + SKEW_S:
        message = (
            f"Signature not yet current: {claim.stamp} is still later than {_stamp(now + SKEW_S)}"
            f" ({_stamp(now)} + {SKEW_S / 60:g} min.)"
        )
        raise Refused(Kind.CLOCK_SKEW, message)


def _payload_hash(request: Request, *, unsigned_body: bool) -> str:
    declared = request.headers.get("x-amz-content-sha256", "")
    encoding = request.headers.get("content-encoding", "")
    if declared.startswith("STREAMING-") or "aws-chunked" in encoding:
        message = "Homeport does not accept bodies signed in chunks (aws-chunked, STREAMING-*)."
        raise Refused(Kind.UNSUPPORTED_BODY, message)
    if declared == UNSIGNED:
        if not unsigned_body:
            message = "UNSIGNED-PAYLOAD is not allowed for this operation: sign the body."
            raise Refused(Kind.SIGNATURE_MISMATCH, message)
        return UNSIGNED
    return hashlib.sha256(request.body).hexdigest() if request.body else EMPTY_SHA256


def _canonical_requests(claim: Claim, request: Request, payload: str) -> Iterator[str]:
    """The canonical request, in each of the forms that signers give to an odd query string.

    botocore signs the query as it is sent; others decode it and encode it again.
    """
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in claim.signed_headers)
    tail = f"\n{headers}\n{';'.join(claim.signed_headers)}\n{payload}"
    front = f"{request.method}\n{_canonical_path(request.path)}\n"
    sent = _sent_query(request.query, signed=claim.expires_s is not None)
    yield front + sent + tail
    encoded = _encoded_query(sent)
    if encoded != sent:
        yield front + encoded + tail


def _header(request: Request, name: str) -> str:
    value = request.headers.get(name)
    if value is None:
        raise Refused(Kind.SIGNATURE_MISMATCH, _MISMATCH)
    return " ".join(value.split())


def _canonical_path(path: str) -> str:
    """Dot segments resolved, then encoded once more: every service but S3 signs this."""
    if path == "/":
        return path
    output: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if output:
                output.pop()
        elif segment and segment != ".":
            output.append(segment)
    slash = "/" if path.endswith("/") and output else ""
    return quote("/" + "/".join(output) + slash, safe="/~")


def _sent_query(query: str, *, signed: bool) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if not (signed and name == "X-Amz-Signature"):
            pairs.append((name, value))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded_query(query: str) -> str:
    pairs = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_plus(text), safe="-_.~")
