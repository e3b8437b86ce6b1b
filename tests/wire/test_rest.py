"""REST with JSON, beyond what a service of ours uses yet: headers, status, payloads, epochs."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from homeport.gateway.chain import Endpoint
from homeport.gateway.model import model_of
from homeport.store.sqlite import SqliteStore
from wire.serving import Handlers, client, gateway_of, listening

FUNCTIONS = Handlers(
    "lambda",
    {
        "Invoke": lambda request: {
            "StatusCode": 202,
            "FunctionError": "Unhandled",
            "Payload": b"\0answer\xff",
        },
        "ListTags": lambda request: {"Tags": {"a": "ü"}},
        "UntagResource": lambda request: {},
        "ListFunctions": lambda request: {"Functions": [], "NextMarker": "m"},
    },
)


@pytest.fixture(scope="module")
def functions() -> Iterator[Any]:
    store = SqliteStore()
    document = botocore.session.get_session().get_service_model("lambda")._service_description
    endpoint = Endpoint(FUNCTIONS.built(), model_of("lambda", document))
    with listening(gateway_of(store, endpoints=(endpoint,))) as url:
        yield client("lambda", url)
    store.close()


def test_a_payload_travels_as_bytes_and_headers_as_members(functions: Any) -> None:
    answer = functions.invoke(
        FunctionName="f:1", InvocationType="Event", Payload=b"\0\xff", Qualifier="q"
    )
    assert FUNCTIONS.requests == [
        {
            "FunctionName": "f:1",
            "InvocationType": "Event",
            "Payload": b"\0\xff",
            "Qualifier": "q",
        }
    ]
    assert answer["StatusCode"] == 202
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"].read() == b"\0answer\xff"


def test_an_arn_in_the_path_and_lists_in_the_query_arrive(functions: Any) -> None:
    arn = "arn:aws:lambda:eu-west-1:000000000000:function:f"
    assert functions.list_tags(Resource=arn)["Tags"] == {"a": "ü"}
    functions.untag_resource(Resource=arn, TagKeys=["a", "b&c"])
    assert FUNCTIONS.requests[-1] == {"Resource": arn, "TagKeys": ["a", "b&c"]}


def test_numbers_in_the_query_arrive_as_numbers(functions: Any) -> None:
    assert functions.list_functions(MaxItems=7)["NextMarker"] == "m"
    assert FUNCTIONS.requests[-1] == {"MaxItems": 7}
