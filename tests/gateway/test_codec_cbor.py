"""CBOR in and out: whatever bytes come, a request or a refusal, never anything else."""

import math
from typing import Any

import cbor2
import pytest
from botocore.model import ServiceModel as BotocoreModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import example, given
from hypothesis import strategies as st

from homeport.gateway.codec import Compiled, Failure, cbor_in, protocol_of
from homeport.gateway.http import Request
from homeport.gateway.model import model_of
from homeport.gateway.refusals import Kind, Refused

CBOR = "smithy-rpc-v2-cbor"
MEMBERS = {
    "text": {"shape": "Text"},
    "whole": {"shape": "Whole"},
    "many": {"shape": "Many"},
    "ratio": {"shape": "Ratio"},
    "yes": {"shape": "Yes"},
    "bytes": {"shape": "Bytes"},
    "when": {"shape": "When"},
    "texts": {"shape": "Texts"},
    "counts": {"shape": "Counts"},
    "again": {"shape": "Everything"},
}
DOCUMENT: dict[str, Any] = {
    "metadata": {
        "apiVersion": "2010-08-01",
        "endpointPrefix": "shop",
        "protocol": CBOR,
        "protocols": [CBOR],
        "targetPrefix": "Shop_2010",
        "serviceId": "Shop",
        "awsQueryCompatible": {},
    },
    "operations": {
        "Op": {
            "name": "Op",
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "Everything"},
            "output": {"shape": "Everything"},
        }
    },
    "shapes": {
        "Everything": {"type": "structure", "members": MEMBERS},
        "Text": {"type": "string"},
        "Whole": {"type": "integer"},
        "Many": {"type": "long"},
        "Ratio": {"type": "double"},
        "Yes": {"type": "boolean"},
        "Bytes": {"type": "blob"},
        "When": {"type": "timestamp"},
        "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Counts": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Whole"}},
    },
}
MODEL = model_of("shop", DOCUMENT)
PROTOCOL = protocol_of(MODEL, CBOR)
OP: Compiled = PROTOCOL.compile(MODEL.operations["Op"])
BOTOCORE = BotocoreModel(DOCUMENT, "shop")
EVERYTHING = {
    "text": "Grüße",
    "whole": -7,
    "many": 2**40,
    "ratio": 2.5,
    "yes": True,
    "bytes": b"\x00\xff",
    "when": 1_700_000_000.0,
    "texts": ["a", ""],
    "counts": {"a": 1},
    "again": {"text": "inner"},
}


def read(body: bytes) -> Any:
    request = Request(method="POST", path="/", query="", headers={}, body=body)
    return OP.read(request, {})


def test_what_botocore_writes_is_read() -> None:
    serializer = create_serializer(CBOR)
    sent = serializer.serialize_to_request(EVERYTHING, BOTOCORE.operation_model("Op"))
    assert sent["url_path"] == "/service/Shop_2010/operation/Op"
    assert read(sent["body"]) == EVERYTHING


def test_what_is_written_botocore_reads() -> None:
    reply = OP.write(EVERYTHING | {"when": 1_700_000_000.123}, "id")
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    assert reply.content_type == "application/cbor"
    shape = BOTOCORE.operation_model("Op").output_shape
    answer = {"status_code": 200, "headers": headers, "body": reply.body}
    parsed = create_parser(CBOR).parse(answer, shape)
    parsed.pop("ResponseMetadata")
    assert parsed.pop("when").timestamp() == pytest.approx(1_700_000_000.123)
    assert parsed == {key: value for key, value in EVERYTHING.items() if key != "when"}


def test_errors_carry_both_codes() -> None:
    failure = Failure(
        code="ResourceNotFound",
        message="gone",
        status=404,
        fields={"ResourceId": "x"},
        request_id="id",
        query_code="NoSuchThing",
    )
    reply = PROTOCOL.failure(failure)
    assert cbor2.loads(reply.body) == {
        "__type": "ResourceNotFound",
        "message": "gone",
        "ResourceId": "x",
    }
    assert dict(reply.headers)[b"x-amzn-query-error"] == b"NoSuchThing;Sender"


def test_an_empty_body_is_an_empty_request() -> None:
    assert read(b"") == {}
    assert read(b"\xa0") == {}


@pytest.mark.parametrize(
    ("sent", "members"),
    [
        ({"ratio": 3}, {"ratio": 3.0}),
        ({"text": None, "unknown": [1, {"a": 2}]}, {}),
        ({"text": cbor2.undefined}, {}),
        ({"when": cbor2.CBORTag(1, 5)}, {"when": 5.0}),
        ({"when": cbor2.CBORTag(1, 5.25)}, {"when": 5.25}),
        ({"texts": []}, {"texts": []}),
    ],
)
def test_what_the_protocol_allows(sent: Any, members: Any) -> None:
    assert read(cbor2.dumps(sent)) == members


def test_lengths_may_be_left_open() -> None:
    assert read(b"\xbf\x64text\x7f\x61a\x61b\xff\x65texts\x9f\x61x\xff\xff") == {
        "text": "ab",
        "texts": ["x"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"\xa1",
        b"\x80",
        b"\x01",
        b"\xf6",
        b"\xa0\xa0",
        b"\xa0\x00",
        b"\xa1\x01\x02",
        b"\xa1\x64text\x41a",
        b"\xa1\x64text\x61\xff",
        b"\x81" * 5_000 + b"\xa0",
        b"\xa1\x65again" * 100 + b"\xa0",
        b"\xa1\x65texts\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xa1\x64text\x7b\x00\xff\xff\xff\xff\xff\xff\xff",
        cbor2.dumps({"text": "a\0b"}),
        cbor2.dumps({"text": 1}),
        cbor2.dumps({"whole": 2.5}),
        cbor2.dumps({"whole": 2**31}),
        cbor2.dumps({"many": 2**63}),
        cbor2.dumps({"yes": 1}),
        cbor2.dumps({"ratio": "1"}),
        cbor2.dumps({"ratio": True}),
        cbor2.dumps({"bytes": "text"}),
        cbor2.dumps({"when": 5}),
        cbor2.dumps({"when": cbor2.CBORTag(1, "5")}),
        cbor2.dumps({"when": cbor2.CBORTag(1, math.nan)}),
        cbor2.dumps({"when": cbor2.CBORTag(1, 1e300)}),
        cbor2.dumps({"when": cbor2.CBORTag(0, "2026-01-01T00:00:00Z")}),
        cbor2.dumps({"texts": ["a", None]}),
        cbor2.dumps({"counts": {"a": "b"}}),
        cbor2.dumps({"text": cbor2.CBORTag(35, "(a+)+$")}),
        cbor2.dumps({"unknown": cbor2.CBORTag(36, "a")}),
        cbor2.dumps({"unknown": cbor2.CBORTag(77_777, "a")}),
        cbor2.dumps({"ratio": 2**70}),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(body)
    assert refused.value.kind is Kind.UNREADABLE


def test_no_tag_that_the_library_knows_gets_through() -> None:
    for tag in range(70_000):
        if tag == cbor_in.EPOCH_TAG:
            continue
        with pytest.raises(Refused):
            cbor_in.decode(cbor2.dumps(cbor2.CBORTag(tag, "a")))


def outcome(body: bytes) -> Any:
    try:
        return read(body)
    except Refused as refused:
        return refused


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and _is_plain(each) for key, each in value.items())
    if isinstance(value, list):
        return all(_is_plain(each) for each in value)
    return value is None or type(value) in {str, bytes, int, float, bool}


@given(st.binary(max_size=200))
@example(b"\xd8\x1c\xa0")
@example(b"\xa1\x64when\xc1\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00")
def test_bytes_are_a_request_or_a_refusal(body: bytes) -> None:
    members = outcome(body)
    if isinstance(members, Refused):
        assert members.kind is Kind.UNREADABLE
    else:
        assert _is_plain(members)
        assert set(members) <= set(MEMBERS)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from([cbor2.undefined, cbor2.CBORTag(1, 3), cbor2.CBORTag(2, b"1")]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(MEMBERS)) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values, st.data())
def test_bent_requests_are_a_request_or_a_refusal(value: Any, data: st.DataObject) -> None:
    body = bytearray(cbor2.dumps({"again": value, "text": "a"}))
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    test_bytes_are_a_request_or_a_refusal.hypothesis.inner_test(bytes(body))  # type: ignore[attr-defined]
