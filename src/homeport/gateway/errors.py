"""Which code and status each protocol gives to a refusal.  The reasons are in `refusals`.

A service's own errors (`AwsError`) pass through untouched but for the codes that query models
give to their error shapes.
"""

from collections.abc import Mapping
from typing import Final

from homeport.gateway.codec.protocols import Failure
from homeport.gateway.model import ServiceModel
from homeport.gateway.refusals import Kind, Refused
from homeport.kernel.errors import AwsError

Row = tuple[str, int, str | None]
"""``(code, status, text)``; None keeps the refusal's own text."""

_INVALID_TOKEN: Final = "The security token included in the request is invalid."
_EXPIRED_TOKEN: Final = "The security token included in the request is expired"
_NOT_VALIDATED: Final = "AWS was not able to validate the provided access credentials"

JSON: Final[Mapping[Kind, Row]] = {
    Kind.MISSING_AUTHENTICATION: ("MissingAuthenticationTokenException", 400, None),
    Kind.INCOMPLETE_SIGNATURE: ("IncompleteSignatureException", 400, None),
    Kind.UNKNOWN_KEY: ("UnrecognizedClientException", 400, _INVALID_TOKEN),
    Kind.EXPIRED_TOKEN: ("ExpiredTokenException", 400, _EXPIRED_TOKEN),
    Kind.SIGNATURE_MISMATCH: ("InvalidSignatureException", 400, None),
    Kind.CLOCK_SKEW: ("InvalidSignatureException", 400, None),
    Kind.UNKNOWN_OPERATION: ("UnknownOperationException", 400, None),
    Kind.NOT_BUILT: ("UnknownOperationException", 400, None),
    Kind.MALFORMED_QUERY: ("SerializationException", 400, None),
    Kind.UNREADABLE: ("SerializationException", 400, None),
    Kind.UNKNOWN_PARAMETER: ("SerializationException", 400, None),
    Kind.MISSING_PARAMETER: ("ValidationException", 400, None),
    Kind.INVALID: ("ValidationException", 400, None),
    Kind.UNSUPPORTED_BODY: ("InvalidRequestException", 400, None),
    Kind.TOO_LARGE: ("RequestEntityTooLargeException", 413, None),
    Kind.INTERNAL: ("InternalFailure", 500, None),
}
REST_JSON: Final[Mapping[Kind, Row]] = {
    **JSON,
    Kind.MISSING_AUTHENTICATION: ("MissingAuthenticationTokenException", 403, None),
    Kind.INCOMPLETE_SIGNATURE: ("IncompleteSignatureException", 403, None),
    Kind.UNKNOWN_KEY: ("UnrecognizedClientException", 403, _INVALID_TOKEN),
    Kind.EXPIRED_TOKEN: ("ExpiredTokenException", 403, _EXPIRED_TOKEN),
    Kind.SIGNATURE_MISMATCH: ("InvalidSignatureException", 403, None),
    Kind.CLOCK_SKEW: ("InvalidSignatureException", 403, None),
    Kind.UNKNOWN_OPERATION: ("UnknownOperationException", 404, None),
}
QUERY: Final[Mapping[Kind, Row]] = {
    Kind.MISSING_AUTHENTICATION: ("MissingAuthenticationToken", 403, None),
    Kind.INCOMPLETE_SIGNATURE: ("IncompleteSignature", 400, None),
    Kind.UNKNOWN_KEY: ("InvalidClientTokenId", 403, _INVALID_TOKEN),
    Kind.EXPIRED_TOKEN: ("ExpiredToken", 403, _EXPIRED_TOKEN),
    Kind.SIGNATURE_MISMATCH: ("SignatureDoesNotMatch", 403, None),
    Kind.CLOCK_SKEW: ("SignatureDoesNotMatch", 403, None),
    Kind.UNKNOWN_OPERATION: ("InvalidAction", 400, None),
    Kind.NOT_BUILT: ("InvalidAction", 400, None),
    Kind.MALFORMED_QUERY: ("MalformedQueryString", 400, None),
    Kind.UNREADABLE: ("MalformedInput", 400, None),
    Kind.UNKNOWN_PARAMETER: ("UnknownParameter", 400, None),
    Kind.MISSING_PARAMETER: ("MissingParameter", 400, None),
    Kind.INVALID: ("ValidationError", 400, None),
    Kind.UNSUPPORTED_BODY: ("InvalidRequest", 400, None),
    Kind.TOO_LARGE: ("RequestEntityTooLarge", 413, None),
    Kind.INTERNAL: ("InternalFailure", 500, None),
}
EC2: Final[Mapping[Kind, Row]] = {
    **QUERY,
    Kind.MISSING_AUTHENTICATION: (
        "MissingParameter",
        400,
        "The request must contain the parameter AWSAccessKeyId",
    ),
    Kind.UNKNOWN_KEY: ("AuthFailure", 401, _NOT_VALIDATED),
    Kind.SIGNATURE_MISMATCH: ("AuthFailure", 401, _NOT_VALIDATED),
    Kind.CLOCK_SKEW: ("RequestExpired", 400, "Request has expired."),
    Kind.EXPIRED_TOKEN: ("RequestExpired", 400, "Request has expired."),
    Kind.NOT_BUILT: ("UnsupportedOperation", 400, None),
    Kind.UNREADABLE: ("InvalidParameterValue", 400, None),
    Kind.INVALID: ("InvalidParameterValue", 400, None),
    Kind.INTERNAL: ("InternalError", 500, None),
}
BY_PROTOCOL: Final[Mapping[str, Mapping[Kind, Row]]] = {
    "ec2": EC2,
    "json": JSON,
    "query": QUERY,
    "rest-json": REST_JSON,
    "smithy-rpc-v2-cbor": JSON,
}

MODELLED: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.INVALID: ("ValidationException", "InvalidParameterException"),
    Kind.MISSING_PARAMETER: ("ValidationException", "InvalidParameterException"),
    Kind.NOT_BUILT: ("UnsupportedFeatureException", "UnsupportedOperation"),
    Kind.INTERNAL: ("ServerException",),
}
"""Where a JSON service's model has an error for the purpose, the first of these is its code."""


def refusal_rows(model: ServiceModel, protocol: str | None = None) -> Mapping[Kind, Row]:
    """The codes of one service: its protocol's, or its model's own."""
    rows = dict(BY_PROTOCOL[protocol or model.protocol])
    if (protocol or model.protocol) not in {"query", "ec2"}:
        for kind, codes in MODELLED.items():
            known = [code for code in codes if code in model.shapes]
            if known:
                rows[kind] = (known[0], rows[kind][1], rows[kind][2])
    return rows


def failure_of_refusal(
    rows: Mapping[Kind, Row], refused: Refused, request_id: str, *, query_compatible: bool = False
) -> Failure:
    """What the client is told of a refusal."""
    code, status, text = rows[refused.kind]
    query_code = refused.code or QUERY[refused.kind][0]
    return Failure(
        code=refused.code or code,
        message=refused.message if text is None else text,
        status=status,
        fields={},
        request_id=request_id,
        query_code=query_code if query_compatible else None,
    )


def failure_of_error(
    model: ServiceModel, error: AwsError, request_id: str, *, query_compatible: bool = False
) -> Failure:
    """What the client is told of a service's own error.

    `query_compatible`: it goes by the name of its shape, and its query code stands beside that.
    """
    declared: Mapping[str, object] = model.shapes.get(error.code, {}).get("error", {})
    code = declared.get("code", error.code)
    status = declared.get("httpStatusCode", error.status)
    return Failure(
        code=error.code if query_compatible else str(code),
        message=error.message,
        status=status if isinstance(status, int) else error.status,
        fields=error.fields,
        request_id=request_id,
        query_code=str(code) if query_compatible else None,
    )
