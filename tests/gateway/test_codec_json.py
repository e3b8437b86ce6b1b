"""JSON in and out: types, AWS's texts, and constraints."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.gateway.codec import Compiled, protocol_of
from homeport.gateway.codec.constraints import pattern_of
from homeport.gateway.codec.json_in import JsonParsers, decode
from homeport.gateway.http import Request
from homeport.gateway.model import ServiceModel, load, model_of
from homeport.gateway.refusals import Kind, Refused

S = {"shape": "String"}
SHAPES: dict[str, Any] = {
    "String": {"type": "string"},
    "Name": {"type": "string", "min": 2, "max": 4, "pattern": "[a-z]+"},
    "Secret": {"type": "string", "max": 3, "sensitive": True},
    "Integer": {"type": "integer"},
    "Weight": {"type": "integer", "min": 0, "max": 1000},
    "Long": {"type": "long"},
    "Double": {"type": "double"},
    "Boolean": {"type": "boolean"},
    "Timestamp": {"type": "timestamp"},
    "Blob": {"type": "blob"},
    "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2},
    "Tree": {
        "type": "structure",
        "required": ["id"],
        "members": {"id": S, "children": {"shape": "Trees"}, "name": {"shape": "Name"}},
    },
    "Trees": {"type": "list", "member": {"shape": "Tree"}},
    "Labels": {"type": "map", "key": {"shape": "Name"}, "value": S},
    "Forest": {"type": "map", "key": S, "value": {"shape": "Tree"}},
    "Document": {"type": "structure", "document": True, "members": {}},
    "Input": {
        "type": "structure",
        "members": {
            "string": S,
            "name": {"shape": "Name"},
            "secret": {"shape": "Secret"},
            "integer": {"shape": "Integer"},
            "weight": {"shape": "Weight"},
            "long": {"shape": "Long"},
            "double": {"shape": "Double"},
            "boolean": {"shape": "Boolean"},
            "timestamp": {"shape": "Timestamp"},
            "blob": {"shape": "Blob"},
            "names": {"shape": "Names"},
            "tree": {"shape": "Tree"},
            "labels": {"shape": "Labels"},
            "forest": {"shape": "Forest"},
            "document": {"shape": "Document"},
            "renamed": {"shape": "Timestamp", "locationName": "on-the-wire"},
        },
    },
}


def model(protocol: str = "json", name: str = "shop") -> ServiceModel:
    operation = {"name": "Op", "input": {"shape": "Input"}, "output": {"shape": "Input"}}
    metadata = {"protocol": protocol, "apiVersion": "1", "endpointPrefix": name}
    return model_of(name, {"metadata": metadata, "operations": {"Op": operation}, "shapes": SHAPES})


def compiled(of: ServiceModel | None = None, operation: str = "Op") -> Compiled:
    of = of or model()
    return protocol_of(of).compile(of.operations[operation])


OP = compiled()


def read(body: bytes | Mapping[str, Any], op: Compiled = OP) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method="POST", path="/", query="", headers={}, body=raw)
    return op.read(request, {})


def refusal(body: bytes | Mapping[str, Any], op: Compiled = OP) -> Refused:
    with pytest.raises(Refused) as caught:
        read(body, op)
    return caught.value


def test_members_are_parsed_and_strangers_and_nulls_dropped() -> None:
    assert read(
        {
            "string": "é",
            "integer": 1,
            "long": 2**40,
            "double": 1,
            "boolean": True,
            "timestamp": 1,
            "blob": base64.b64encode(b"\0\xff").decode(),
            "names": ["ab"],
            "tree": {"id": "1", "children": [{"id": "2", "children": []}], "stranger": 1},
            "labels": {"ab": "x", "cd": None},
            "document": {"any": [1, None]},
            "on-the-wire": 1.5,
            "stranger": {"a": 1},
            "name": None,
        }
    ) == {
        "string": "é",
        "integer": 1,
        "long": 2**40,
        "double": 1.0,
        "boolean": True,
        "timestamp": 1.0,
        "blob": b"\0\xff",
        "names": ["ab"],
        "tree": {"id": "1", "children": [{"id": "2", "children": []}]},
        "labels": {"ab": "x"},
        "document": {"any": [1, None]},
        "renamed": 1.5,
    }


def test_an_empty_body_is_an_empty_request() -> None:
    assert read(b"") == {}


def test_a_fraction_is_cut_off_an_integer() -> None:
    assert read({"integer": 2.9, "long": -2.9}) == {"integer": 2, "long": -2}


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("string", 1, "NUMBER_VALUE can not be converted to a String"),
        ("string", 1.5, "NUMBER_VALUE can not be converted to a String"),
        ("string", True, "TRUE_VALUE can not be converted to a String"),
        ("string", [], "Start of list found where not expected"),
        ("string", {}, "Start of structure or map found where not expected."),
        ("string", "a\0b", "A string must not contain the character U+0000"),
        ("integer", "1", "STRING_VALUE can not be converted to an Integer"),
        ("integer", False, "FALSE_VALUE can not be converted to an Integer"),
        ("integer", 2**31, "Numeric value (2147483648) out of range of int"),
        ("integer", 1e300, "Numeric value (too many digits) out of range of int"),
        ("long", 2**63, "Numeric value (9223372036854775808) out of range of long"),
        ("long", 10**400, "Numeric value (too many digits) out of range of long"),
        ("double", "1", "STRING_VALUE can not be converted to a Double"),
        ("double", 10**400, "Numeric value out of range of double"),
        ("boolean", 1, "NUMBER_VALUE can not be converted to a Boolean"),
        ("boolean", "true", "STRING_VALUE can not be converted to a Boolean"),
        ("timestamp", "2026", "STRING_VALUE can not be converted to milliseconds since epoch"),
        ("timestamp", 1e15, "Timestamp out of range"),
        ("blob", "?", "Invalid base64 in a blob"),
        ("blob", 1, "NUMBER_VALUE can not be converted to a Blob"),
        ("names", "ab", "Expected list or null"),
        ("names", {}, "Start of structure or map found where not expected."),
        ("names", [None], "Unexpected null in a list"),
        ("tree", "x", "Expected null"),
        ("tree", [], "Start of list found where not expected"),
        ("labels", "x", "Expected map or null"),
        ("labels", [], "Start of list found where not expected"),
        ("labels", {"a\0": ""}, "A string must not contain the character U+0000"),
    ],
)
def test_a_wrong_type_is_a_serialization_error_in_awss_words(
    member: str, value: object, words: str
) -> None:
    refused = refusal({member: value})
    assert refused.kind is Kind.UNREADABLE
    assert refused.message.startswith(words)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[",
        b'{"a":1,}',
        b"nonsense",
        b'{"string":"\xff"}',
        b'{"string":"\\ud800"}',
        b'{"integer":1e999}',
        b'{"integer":NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"{}{}",
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"\0",
    ],
)
def test_what_is_not_a_json_object_is_a_serialization_error(body: bytes) -> None:
    assert refusal(body).kind is Kind.UNREADABLE


MIN_2 = "Member must have length greater than or equal to 2"
MAX_4 = "Member must have length less than or equal to 4"
LETTERS = "Member must satisfy regular expression pattern: [a-z]+"
NOT_NULL = "Member must not be null"


@pytest.mark.parametrize(
    ("request_", "faults"),
    [
        ({"name": "A"}, [(" 'A' at 'name'", LETTERS), (" 'A' at 'name'", MIN_2)]),
        ({"name": "abcde"}, [(" 'abcde' at 'name'", MAX_4)]),
        ({"secret": "abcd"}, [(" at 'secret'", MAX_4.replace("4", "3"))]),
        (
            {"weight": -1},
            [(" '-1' at 'weight'", "Member must have value greater than or equal to 0")],
        ),
        (
            {"weight": 1001},
            [(" '1001' at 'weight'", "Member must have value less than or equal to 1000")],
        ),
        (
            {"names": ["ab", "cd", "ef"]},
            [(" '[ab, cd, ef]' at 'names'", MAX_4.replace("4", "2"))],
        ),
        (
            {"names": ["ab", ""]},
            [
                (
                    " '[ab, ]' at 'names'",
                    f"Member must satisfy constraint: [{MIN_2}, {MAX_4}, {LETTERS}]",
                )
            ],
        ),
        (
            {"labels": {"": "x"}},
            [
                (
                    " '{=x}' at 'labels'",
                    f"Map keys must satisfy constraint: [{MIN_2}, {MAX_4}, {LETTERS}]",
                )
            ],
        ),
        (
            {"tree": {"children": [{"id": "1"}, {"name": "ab"}]}},
            [
                (" null at 'tree.id'", NOT_NULL),
                (" null at 'tree.children.2.member.id'", NOT_NULL),
            ],
        ),
        ({"forest": {"oak": {}}}, [(" null at 'forest.oak.member.id'", NOT_NULL)]),
    ],
)
def test_constraints_are_worded_as_aws_words_them(
    request_: Mapping[str, Any], faults: list[tuple[str, str]]
) -> None:
    refused = refusal(request_)
    assert refused.kind is Kind.INVALID
    noun = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
    sentences = [f"Value{where} failed to satisfy constraint: {words}" for where, words in faults]
    assert refused.message == f"{noun} detected: " + "; ".join(sentences)


def test_the_faults_of_a_long_list_are_not_all_listed() -> None:
    refused = refusal({"tree": {"id": "", "children": [{}] * 10_000}})
    assert len(refused.message) < 4_000


@pytest.mark.parametrize(
    ("operation", "body", "code", "message"),
    [
        ("RunTask", {}, "InvalidParameterException", "TaskDefinition can not be blank."),
        (
            "StopTask",
            {"task": ""},
            "InvalidParameterException",
            "Task can not be blank.",
        ),
        ("DescribeTasks", {}, "InvalidParameterException", "Tasks cannot be empty."),
        ("RegisterTaskDefinition", {"family": "a"}, "ClientException", None),
        ("CreateService", {"tags": [{"key": "a" * 129}]}, "InvalidParameterException", None),
    ],
)
def test_ecs_has_words_of_its_own(
    operation: str, body: Mapping[str, Any], code: str, message: str | None
) -> None:
    refused = refusal(body, compiled(load("ecs"), operation))
    assert refused.code == code
    assert message is None or refused.message == message


def test_every_pattern_of_a_served_model_can_be_used() -> None:
    for service in ("ec2", "ecs", "homeport", "logs", "sts"):
        for shape in load(service).shapes.values():
            if "pattern" in shape:
                pattern_of(shape["pattern"])


def test_letters_of_any_script_are_letters() -> None:
    tag = pattern_of(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)")
    assert tag.fullmatch("Größe 日本語 \u00a0٣_.:/=+-@")
    assert not tag.fullmatch("a!")
    assert not tag.fullmatch("tab\t")
    assert not pattern_of(r"[\w]*").fullmatch("ü")


def test_responses_keep_milliseconds_and_encode_blobs() -> None:
    response = {
        "timestamp": 1_700_000_000.123_456,
        "blob": b"\0\xff",
        "renamed": 1.0,
        "string": "é\u2028",
        "tree": {"id": "x"},
    }
    reply = OP.write(response, "id")
    assert json.loads(reply.body) == {
        "timestamp": 1_700_000_000.123,
        "blob": "AP8=",
        "on-the-wire": 1.0,
        "string": "é\u2028",
        "tree": {"id": "x"},
    }
    assert reply.content_type == "application/x-amz-json-1.1"
    assert response["timestamp"] == 1_700_000_000.123_456, "the handler's own value is left alone"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(SHAPES["Input"]["members"])), JSON_VALUES))
def test_any_json_is_read_or_refused_and_never_breaks(body: dict[str, Any]) -> None:
    try:
        members = read(json.dumps(body).encode())
    except Refused:
        return
    assert set(members) <= set(SHAPES["Input"]["members"])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        JsonParsers(SHAPES).of("Input")(decode(body))
    except Refused:
        return
