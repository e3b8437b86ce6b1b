"""Service models: the trimmed ones that are generated, or whole ones of botocore in tests.

Nothing here loads botocore: its parsed models take more memory than all the rest of Homeport.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import msgspec

from homeport.shapes.regions import REGIONS

__all__ = ["REGIONS", "Operation", "ServiceModel", "Shape", "load", "model_of"]

Shape = Mapping[str, Any]

SPOKEN: Final = ("json", "rest-json", "query", "ec2", "smithy-rpc-v2-cbor")
"""The wire protocols that the gateway speaks.  Of several that a model names, the first of these
words the answer to a request whose protocol cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a model."""

    name: str
    input: str | None
    """Name of the shape of its request."""
    output: str | None
    errors: tuple[str, ...]
    result_wrapper: str | None
    method: str
    path: str
    status: int
    unsigned_body: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModel:
    """A service's model, in the words that the gateway needs."""

    name: str
    protocols: tuple[str, ...]
    """Of `SPOKEN`, those that the service speaks; the first is the one it is known by."""
    query_compatible: bool
    """It once spoke query alone: its errors also carry the codes that they had there."""
    api_version: str
    endpoint_prefix: str
    signing_name: str
    target_prefix: str
    json_version: str
    namespace: str
    names: frozenset[str]
    """Every operation of AWS's model, whether or not its shapes were generated."""
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]

    @property
    def protocol(self) -> str:
        """The protocol that the service is known by."""
        return self.protocols[0]


def load(service: str) -> ServiceModel:
    """The generated model of `service`."""
    file = resources.files("homeport.shapes") / "models" / f"{service}.json"
    return model_of(service, msgspec.json.decode(file.read_bytes()))


def model_of(service: str, document: Mapping[str, Any]) -> ServiceModel:
    """The model in a service-2 document, trimmed or whole."""
    metadata: Mapping[str, Any] = document["metadata"]
    named = metadata.get("protocols", (metadata["protocol"],))
    return ServiceModel(
        name=service,
        protocols=tuple(each for each in SPOKEN if each in named) or (metadata["protocol"],),
        query_compatible="awsQueryCompatible" in metadata,
        api_version=metadata["apiVersion"],
        endpoint_prefix=metadata["endpointPrefix"],
        signing_name=metadata.get("signingName", metadata["endpointPrefix"]),
        target_prefix=metadata.get("targetPrefix", ""),
        json_version=metadata.get("jsonVersion", "1.1"),
        namespace=metadata.get("xmlNamespace", ""),
        names=frozenset(document.get("names", document["operations"])),
        operations={name: _operation(each) for name, each in document["operations"].items()},
        shapes=document["shapes"],
    )


def _operation(document: Mapping[str, Any]) -> Operation:
    http: Mapping[str, Any] = document.get("http", {})
    return Operation(
        name=document["name"],
        input=document.get("input", {}).get("shape"),
        output=document.get("output", {}).get("shape"),
        errors=tuple(each["shape"] for each in document.get("errors", ())),
        result_wrapper=document.get("output", {}).get("resultWrapper"),
        method=http.get("method", "POST"),
        path=http.get("requestUri", "/"),
        status=http.get("responseCode", 200),
        unsigned_body=document.get("authtype") == "v4-unsigned-body",
    )
