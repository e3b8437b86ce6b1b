"""AWS's wire protocols: each compiles operations and words failures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from typing import Protocol as Interface

from homeport.gateway.codec import cbor_in, cbor_out
from homeport.gateway.codec.constraints import Checks, Fault
from homeport.gateway.codec.json_in import JsonParsers, decode
from homeport.gateway.codec.json_out import JsonRewriters, encode
from homeport.gateway.codec.query_in import QueryParsers, tree_of
from homeport.gateway.codec.rest import RestReader, RestWriter
from homeport.gateway.codec.wording import BLANK_IS_MISSING, wording_of
from homeport.gateway.codec.xml_out import XmlWriters, escape
from homeport.gateway.http import Reply, Request
from homeport.gateway.model import Operation, ServiceModel
from homeport.gateway.refusals import Kind, Refused

XML: Final = "text/xml;charset=UTF-8"
CBOR: Final = "application/cbor"
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

Read = Callable[[Request, Mapping[str, str]], dict[str, Any]]
"""``(request, path labels) -> members``; raises `Refused`."""
Headers = tuple[tuple[bytes, bytes], ...]
Write = Callable[[Any, str], Reply]
"""``(response, request id) -> reply``"""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One operation, ready to be used on every request."""

    read: Read
    write: Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error on its way to the wire."""

    code: str
    message: str
    status: int
    fields: Mapping[str, object]
    request_id: str
    query_code: str | None = None
    """Its code in the query protocol, for clients of services that once spoke that alone."""

    @property
    def side(self) -> str:
        """Whose fault it is."""
        return "Sender" if self.status < 500 else "Receiver"


class Protocol(Interface):
    """A wire protocol, for one service."""

    def compile(self, operation: Operation) -> Compiled:
        """How to read requests for the operation and write its responses."""

    def failure(self, failure: Failure) -> Reply:
        """The error as clients of this protocol understand it."""


def protocol_of(model: ServiceModel, name: str | None = None) -> Protocol:
    """A protocol that the model's service speaks: the one that it is known by, or `name`."""
    return PROTOCOLS[name or model.protocol](model)


class JsonProtocol:
    """awsJson 1.0 and 1.1: everything in a JSON body."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._content_type = f"application/x-amz-json-{model.json_version}"
        self._parsers = JsonParsers(model.shapes)
        self._rewriters = JsonRewriters(model.shapes)
        self._checks = _checks(model)

    def compile(self, operation: Operation) -> Compiled:
        parse = self._parsers.of(operation.input) if operation.input else _nothing
        rewrite = self._rewriters.of(operation.output) if operation.output else None
        content_type = self._content_type

        def read(request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
            members: dict[str, Any] = parse(decode(request.body) if request.body else {})
            return members

        def write(response: Any, request_id: str) -> Reply:
            content = response if rewrite is None else rewrite(response)
            return Reply(status=200, content_type=content_type, body=encode(content))

        return Compiled(_checked(self._model, self._checks, operation, read), write)

    def failure(self, failure: Failure) -> Reply:
        return _json_failure(self._model, failure, self._content_type)


class CborProtocol:
    """Smithy's RPC v2: everything in a CBOR body; the path names the operation."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._parsers = JsonParsers(model.shapes, scalars=cbor_in.SCALARS)
        self._rewriters = cbor_out.CborRewriters(model.shapes)
        self._checks = _checks(model)

    def compile(self, operation: Operation) -> Compiled:
        parse = self._parsers.of(operation.input) if operation.input else _nothing
        rewrite = self._rewriters.of(operation.output) if operation.output else None

        def read(request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
            members: dict[str, Any] = parse(cbor_in.decode(request.body) if request.body else {})
            return members

        def write(response: Any, request_id: str) -> Reply:
            content = response if rewrite is None else rewrite(response)
            return _cbor_reply(200, content)

        return Compiled(_checked(self._model, self._checks, operation, read), write)

    def failure(self, failure: Failure) -> Reply:
        name = _message_member(self._model, failure)
        content = {"__type": failure.code, name: failure.message, **failure.fields}
        return _cbor_reply(failure.status, content, _error_headers(failure))


class RestJsonProtocol:
    """REST with JSON bodies."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._checks = _checks(model)

    def compile(self, operation: Operation) -> Compiled:
        shapes = self._model.shapes
        read: Read = RestReader(shapes, operation.input) if operation.input else _no_members
        spread = RestWriter(shapes, operation.output, operation.status)

        def write(response: Any, request_id: str) -> Reply:
            return spread(response)

        return Compiled(_checked(self._model, self._checks, operation, read), write)

    def failure(self, failure: Failure) -> Reply:
        return _json_failure(self._model, failure, "application/json")


class QueryProtocol:
    """Form fields in, XML out."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._parsers = QueryParsers(model.shapes)
        self._writers = XmlWriters(model.shapes)
        self._checks = _checks(model)

    def compile(self, operation: Operation) -> Compiled:
        members = self._writers.members(operation.output) if operation.output else None
        namespace = escape(self._model.namespace)
        head = f'<{operation.name}Response xmlns="{namespace}">'
        wrapper = operation.result_wrapper
        open_result, close_result = (f"<{wrapper}>", f"</{wrapper}>") if wrapper else ("", "")

        def write(response: Any, request_id: str) -> Reply:
            parts = [head, open_result]
            if members is not None:
                members(response, parts)
            parts.append(close_result)
            parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId>")
            parts.append(f"</ResponseMetadata></{operation.name}Response>")
            return Reply(status=200, content_type=XML, body="".join(parts).encode())

        read = _form_reader(self._parsers, operation)
        return Compiled(_checked(self._model, self._checks, operation, read), write)

    def failure(self, failure: Failure) -> Reply:
        fields = "".join(_field(name, value) for name, value in failure.fields.items())
        body = (
            f'<ErrorResponse xmlns="{escape(self._model.namespace)}">'
            f"<Error><Type>{failure.side}</Type>"
            f"<Code>{escape(failure.code)}</Code><Message>{escape(failure.message)}</Message>"
            f"{fields}</Error><RequestId>{failure.request_id}</RequestId></ErrorResponse>"
        )
        return Reply(status=failure.status, content_type=XML, body=body.encode())


class Ec2Protocol:
    """EC2's dialect of the query protocol."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._parsers = QueryParsers(model.shapes, ec2=True)
        self._writers = XmlWriters(model.shapes, ec2=True)
        self._checks = _checks(model)

    def compile(self, operation: Operation) -> Compiled:
        members = self._writers.members(operation.output) if operation.output else None
        head = f'{DECLARATION}<{operation.name}Response xmlns="{escape(self._model.namespace)}/">'

        def write(response: Any, request_id: str) -> Reply:
            parts = [head, f"<requestId>{request_id}</requestId>"]
            if members is not None:
                members(response, parts)
            else:
                parts.append("<return>true</return>")
            parts.append(f"</{operation.name}Response>")
            return Reply(status=200, content_type=XML, body="".join(parts).encode())

        read = _form_reader(self._parsers, operation)
        return Compiled(_checked(self._model, self._checks, operation, read), write)

    def failure(self, failure: Failure) -> Reply:
        body = (
            f"{DECLARATION}<Response><Errors><Error><Code>{escape(failure.code)}</Code>"
            f"<Message>{escape(failure.message)}</Message></Error></Errors>"
            f"<RequestID>{failure.request_id}</RequestID></Response>"
        )
        return Reply(status=failure.status, content_type=XML, body=body.encode())


PROTOCOLS: Final[Mapping[str, Callable[[ServiceModel], Protocol]]] = {
    "ec2": Ec2Protocol,
    "json": JsonProtocol,
    "query": QueryProtocol,
    "rest-json": RestJsonProtocol,
    "smithy-rpc-v2-cbor": CborProtocol,
}


def _checks(model: ServiceModel) -> Checks:
    return Checks(model.shapes, blank_is_missing=model.name in BLANK_IS_MISSING)


def _checked(model: ServiceModel, checks: Checks, operation: Operation, read: Read) -> Read:
    check = checks.of(operation.input) if operation.input else None
    if check is None:
        return read
    refuse = wording_of(model)

    def read_and_check(request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        members = read(request, labels)
        faults: list[Fault] = []
        check(members, None, faults)
        if faults:
            raise refuse(operation, faults)
        return members

    return read_and_check


def _form_reader(parsers: QueryParsers, operation: Operation) -> Read:
    parse = parsers.of(operation.input) if operation.input else None
    by_path = parsers.path_member(operation.input) if operation.input else None

    def read(request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        members: dict[str, Any] = parse(tree_of(request.form), "") if parse else {}
        if by_path is not None and request.path != "/":
            members.setdefault(by_path, request.path)
        return members

    return read


def _json_failure(model: ServiceModel, failure: Failure, content_type: str) -> Reply:
    name = _message_member(model, failure)
    content = {"__type": failure.code, name: failure.message, **failure.fields}
    return Reply(
        status=failure.status,
        content_type=content_type,
        body=encode(content),
        headers=_error_headers(failure),
    )


def _cbor_reply(status: int, content: Any, headers: Headers = ()) -> Reply:
    return Reply(
        status=status,
        content_type=CBOR,
        body=cbor_out.encode(content),
        headers=((b"smithy-protocol", b"rpc-v2-cbor"), *headers),
    )


def _message_member(model: ServiceModel, failure: Failure) -> str:
    shape = model.shapes.get(failure.code, {})
    return "Message" if "Message" in shape.get("members", {}) else "message"


def _error_headers(failure: Failure) -> Headers:
    headers: Headers = ((b"x-amzn-errortype", failure.code.encode()),)
    if failure.query_code is None:
        return headers
    value = f"{failure.query_code};{failure.side}".encode()
    return (*headers, (b"x-amzn-query-error", value))


def _field(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"


def _nothing(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise Refused(Kind.UNREADABLE, "Expected null")
    return {}


def _no_members(request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    return {}
