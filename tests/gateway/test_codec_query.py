"""Forms in and XML out, for the query protocol and for EC2's dialect."""

import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore import parsers, serialize
from botocore.model import OperationModel
from botocore.model import ServiceModel as BotocoreModel
from hypothesis import given
from hypothesis import strategies as st

from homeport.gateway.codec import Compiled, Failure, protocol_of
from homeport.gateway.codec.xml_out import escape
from homeport.gateway.http import Request
from homeport.gateway.model import load, model_of
from homeport.gateway.refusals import Kind, Refused

S = {"shape": "String"}
SHAPES: dict[str, Any] = {
    "String": {"type": "string"},
    "Integer": {"type": "integer"},
    "Long": {"type": "long"},
    "Double": {"type": "double"},
    "Boolean": {"type": "boolean"},
    "Timestamp": {"type": "timestamp"},
    "Blob": {"type": "blob"},
    "List": {"type": "list", "member": S},
    "Flat": {
        "type": "list",
        "member": {"shape": "String", "locationName": "Item"},
        "flattened": True,
    },
    "Map": {"type": "map", "key": S, "value": {"shape": "Integer"}},
    "FlatMap": {
        "type": "map",
        "key": {"shape": "String", "locationName": "Name"},
        "value": {"shape": "String", "locationName": "Value"},
        "flattened": True,
    },
    "Tree": {
        "type": "structure",
        "members": {"Id": S, "Children": {"shape": "Trees"}},
    },
    "Trees": {"type": "list", "member": {"shape": "Tree", "locationName": "Child"}},
    "Input": {
        "type": "structure",
        "members": {
            "String": S,
            "Integer": {"shape": "Integer"},
            "Long": {"shape": "Long"},
            "Double": {"shape": "Double"},
            "Boolean": {"shape": "Boolean"},
            "Timestamp": {"shape": "Timestamp"},
            "Blob": {"shape": "Blob"},
            "List": {"shape": "List"},
            "Flat": {"shape": "Flat"},
            "Map": {"shape": "Map"},
            "FlatMap": {"shape": "FlatMap"},
            "Tree": {"shape": "Tree"},
            "Renamed": {"shape": "String", "locationName": "Other"},
        },
    },
}
DOCUMENT = {
    "metadata": {
        "protocol": "query",
        "apiVersion": "2026-01-01",
        "endpointPrefix": "shop",
        "xmlNamespace": "https://shop/doc/",
        "serviceId": "Shop",
    },
    "operations": {
        "Op": {
            "name": "Op",
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "Input"},
            "output": {"shape": "Input", "resultWrapper": "OpResult"},
        }
    },
    "shapes": SHAPES,
}
MODEL = model_of("shop", DOCUMENT)
OP = protocol_of(MODEL).compile(MODEL.operations["Op"])
STOCK: OperationModel = BotocoreModel(DOCUMENT, "shop").operation_model("Op")


def read(form: Any, op: Compiled = OP) -> dict[str, Any]:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    request = Request(method="POST", path="/", query="", headers={}, body=body)
    return op.read(request, {})


def refusal(form: Any, op: Compiled = OP) -> Refused:
    with pytest.raises(Refused) as caught:
        read(form, op)
    return caught.value


def test_every_type_arrives() -> None:
    assert read(
        {
            "Action": "Op",
            "Version": "2026-01-01",
            "String": "a+b &=é",
            "Integer": "-1",
            "Long": str(2**40),
            "Double": "1.5",
            "Boolean": "true",
            "Timestamp": "2026-01-02T03:04:05Z",
            "Blob": "AP8=",
            "List.member.1": "a",
            "List.member.10": "c",
            "List.member.2": "b",
            "Item.1": "x",
            "Map.entry.1.key": "one",
            "Map.entry.1.value": "1",
            "FlatMap.1.Name": "n",
            "FlatMap.1.Value": "v",
            "Tree.Children.Child.1.Id": "deep",
            "Other": "renamed",
            "Stranger.1": "dropped",
        }
    ) == {
        "String": "a+b &=é",
        "Integer": -1,
        "Long": 2**40,
        "Double": 1.5,
        "Boolean": True,
        "Timestamp": 1_767_323_045.0,
        "Blob": b"\0\xff",
        "List": ["a", "b", "c"],
        "Flat": ["x"],
        "Map": {"one": 1},
        "FlatMap": {"n": "v"},
        "Tree": {"Children": [{"Id": "deep"}]},
        "Renamed": "renamed",
    }


def test_an_empty_list_is_written_as_an_empty_value() -> None:
    assert read({"List": ""}) == {"List": []}


@pytest.mark.parametrize(
    "form",
    [
        {"Integer": "one"},
        {"Integer": "1.5"},
        {"Integer": ""},
        {"Integer": "٣"},
        {"Integer": str(2**31)},
        {"Integer": "9" * 5000},
        {"Double": "nan"},
        {"Double": "x"},
        {"Boolean": "yes"},
        {"Timestamp": "yesterday"},
        {"Timestamp": "{where}"},
        {"Timestamp": "9" * 14},
        {"Blob": "?"},
    ],
)
def test_a_value_of_the_wrong_type_is_invalid(form: dict[str, str]) -> None:
    refused = refusal(form)
    assert refused.kind is Kind.INVALID
    assert f"for parameter {next(iter(form))} is invalid" in refused.message


@pytest.mark.parametrize(
    "form",
    [
        {"List.member.x": "a"},
        {"List.member.1.a": "a"},
        {"List": "a"},
        {"Tree": "a"},
        {"String.a": "b"},
        {"String": "a\0"},
        {"Map.entry.x.key": "a"},
        {"List.member." + "9" * 100: "a"},
    ],
)
def test_a_value_in_the_wrong_place_is_unreadable(form: dict[str, str]) -> None:
    assert refusal(form).kind is Kind.UNREADABLE


@pytest.mark.parametrize(
    "form",
    [
        b"String=%ff",
        b"String=\xff",
        b"&".join([b"a=b"] * 30_000),
        {".".join(["a"] * 100): "x"},
        {"Map.entry.1.value": "1"},
    ],
)
def test_a_form_that_cannot_be_taken_apart_is_malformed(form: Any) -> None:
    assert refusal(form).kind is Kind.MALFORMED_QUERY


def test_a_value_beside_parts_of_the_same_name_gives_way() -> None:
    assert read([("Tree", "x"), ("Tree.Id", "1"), ("Tree", "y")]) == {"Tree": {"Id": "1"}}


def test_ec2_wants_its_words() -> None:
    model = load("ec2")
    vpcs = protocol_of(model).compile(model.operations["DescribeVpcs"])
    assert read({"Filter.1.Name": "a", "Filter.1.Value.1": "b"}, vpcs) == {
        "Filters": [{"Name": "a", "Values": ["b"]}]
    }
    refused = refusal({"Strange": "1"}, vpcs)
    assert (refused.kind, refused.message) == (
        Kind.UNKNOWN_PARAMETER,
        "The parameter Strange is not recognized",
    )
    refused = refusal({"MaxResults": "4"}, vpcs)
    assert refused.message.startswith("Value (4) for parameter MaxResults is invalid.")
    attribute = protocol_of(model).compile(model.operations["DescribeVpcAttribute"])
    refused = refusal({"Attribute": "enableDnsSupport"}, attribute)
    assert (refused.kind, refused.message) == (
        Kind.MISSING_PARAMETER,
        "The request must contain the parameter VpcId",
    )


def test_sts_words_a_missing_member_as_its_framework_does() -> None:
    model = load("sts")
    assume = protocol_of(model).compile(model.operations["AssumeRole"])
    refused = refusal({"RoleSessionName": "session"}, assume)
    assert refused.message == (
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint:"
        " Member must not be null"
    )


def test_what_xml_cannot_hold_is_replaced() -> None:
    escaped = escape("a<b>&\"'\r\n\t\0\x1b\ufffe")
    assert escaped == "a&lt;b&gt;&amp;&quot;&apos;&#13;\n\t\ufffd\ufffd\ufffd"
    assert ET.fromstring(f"<a>{escaped}</a>").text == "a<b>&\"'\r\n\t\ufffd\ufffd\ufffd"


@pytest.mark.parametrize("protocol", ["query", "ec2"])
def test_failures_are_xml_that_stock_parsers_read(protocol: str) -> None:
    metadata = {**DOCUMENT["metadata"], "protocol": protocol}
    of = protocol_of(model_of("shop", DOCUMENT | {"metadata": metadata}))
    failure = Failure(code="Bad<", message="a & b", status=400, fields={}, request_id="rid")
    reply = of.failure(failure)
    response = {"status_code": 400, "headers": {}, "body": reply.body}
    parsed = parsers.create_parser(protocol).parse(response, STOCK.output_shape)
    assert parsed["Error"]["Code"] == "Bad<"
    assert parsed["Error"]["Message"] == "a & b"
    assert parsed["ResponseMetadata"]["RequestId"] == "rid"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
TREES: Any = st.recursive(
    st.fixed_dictionaries({"Id": TEXT}),
    lambda inner: st.fixed_dictionaries({"Id": TEXT, "Children": st.lists(inner, min_size=1)}),
    max_leaves=4,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "String": TEXT,
        "Integer": st.integers(-(2**31), 2**31 - 1),
        "Long": st.integers(-(2**63), 2**63 - 1),
        "Double": st.floats(allow_nan=False, allow_infinity=False),
        "Boolean": st.booleans(),
        "Blob": st.binary(max_size=10),
        "List": st.lists(TEXT),
        "Flat": st.lists(TEXT, min_size=1),
        "Map": st.dictionaries(TEXT, st.integers(0, 9)),
        "FlatMap": st.dictionaries(TEXT, TEXT, min_size=1),
        "Tree": TREES,
        "Renamed": TEXT,
    },
)


@given(MEMBERS)
def test_what_botocore_sends_arrives_and_what_we_send_returns(members: dict[str, Any]) -> None:
    sent = serialize.create_serializer("query").serialize_to_request(members, STOCK)
    arrived = read(sent["body"])
    expected = {name: value for name, value in members.items() if name != "Map" or value}
    assert {name: value for name, value in arrived.items() if name != "Map" or value} == expected
    reply = OP.write(members, "rid")
    response = {"status_code": 200, "headers": {}, "body": reply.body}
    returned = parsers.create_parser("query").parse(response, STOCK.output_shape)
    del returned["ResponseMetadata"]
    assert returned == members
