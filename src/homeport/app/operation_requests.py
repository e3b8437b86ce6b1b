"""Requests that somebody wrote down as JSON, read along a service's model.

The gateway reads what clients send over the wire; here nothing comes over a wire.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeport.gateway.codec.constraints import Checks, Fault
from homeport.gateway.codec.json_in import SCALARS, JsonParsers, Parser
from homeport.gateway.codec.times import seconds_of
from homeport.gateway.codec.wording import BLANK_IS_MISSING, wording_of
from homeport.gateway.errors import refusal_rows
from homeport.gateway.model import Shape, load
from homeport.gateway.refusals import Refused
from homeport.kernel.errors import AwsError

UNKNOWN_CODE: Final = "ValidationException"


class RequestReader:
    """Reads requests for the operations of one service."""

    def __init__(self, service: str) -> None:
        self._model = load(service)
        shapes = {name: _by_member_names(shape) for name, shape in self._model.shapes.items()}
        self._parsers = JsonParsers(shapes, scalars=_WRITTEN)
        self._checks = Checks(
            self._model.shapes, blank_is_missing=self._model.name in BLANK_IS_MISSING
        )
        self._rows = refusal_rows(self._model, "json")
        self._refuse = wording_of(self._model)
        self._names: dict[str, dict[str, str]] = {}

    def request(
        self, operation: str, members: Mapping[str, Any], *, strict: bool
    ) -> dict[str, Any]:
        """The request; raises `AwsError` for one that the model does not allow."""
        modelled = self._model.operations[operation]
        if modelled.input is None:
            return {}
        unknown: list[str] = []
        named = self._named(modelled.input, members, "", unknown)
        if strict and unknown:
            raise _error(
                UNKNOWN_CODE,
                400,
                f"The field '{unknown[0]}' is not supported by api '{operation}' for the service "
                f"'{self._model.name}'.",
            )
        faults: list[Fault] = []
        try:
            request: dict[str, Any] = self._parsers.of(modelled.input)(named)
            check = self._checks.of(modelled.input)
            if check is not None:
                check(request, None, faults)
            if faults:
                raise self._refuse(modelled, faults)
        except Refused as refused:
            code, status, text = self._rows[refused.kind]
            message = refused.message if text is None else text
            raise _error(refused.code or code, status, message) from refused
        return request

    def error_code(self, error: AwsError) -> str:
        """The code by which clients know an error: that of its shape, or its shape's name."""
        declared: Mapping[str, object] = self._model.shapes.get(error.code, {}).get("error", {})
        return str(declared.get("code", error.code))

    def _named(self, shape_name: str, value: Any, path: str, unknown: list[str]) -> Any:
        """The value with the model's names of members; what has another type is left as it is."""
        shape = self._model.shapes[shape_name]
        match shape["type"]:
            case "structure" if isinstance(value, Mapping) and not shape.get("document"):
                return self._structure(shape_name, value, path, unknown)
            case "list" if isinstance(value, list):
                inner = shape["member"]["shape"]
                return [self._named(inner, each, path, unknown) for each in value]
            case "map" if isinstance(value, Mapping):
                inner = shape["value"]["shape"]
                return {
                    key: self._named(inner, each, f"{path}{key}.", unknown)
                    for key, each in value.items()
                }
            case _:
                return value

    def _structure(
        self, name: str, value: Mapping[str, Any], path: str, unknown: list[str]
    ) -> dict[str, Any]:
        members = self._model.shapes[name]["members"]
        known = self._names.get(name)
        if known is None:
            known = self._names[name] = {each.casefold(): each for each in members}
        found: dict[str, Any] = {}
        for key, each in value.items():
            member = known.get(str(key).casefold())
            if member is None:
                unknown.append(f"{path}{key}")
            else:
                inner = members[member]["shape"]
                found[member] = self._named(inner, each, f"{path}{key}.", unknown)
        return found


def _by_member_names(shape: Shape) -> Shape:
    """The shape without the names that its members have on the wire."""
    if shape["type"] != "structure":
        return shape
    bare = {name: {"shape": each["shape"]} for name, each in shape["members"].items()}
    return {**shape, "members": bare}


def _time(value: Any) -> Any:
    seconds = seconds_of(value) if isinstance(value, str) else None
    return SCALARS["timestamp"](value if seconds is None else seconds)


_WRITTEN: Final[Mapping[str, Parser]] = {**SCALARS, "timestamp": _time}


def _error(code: str, status: int, message: str) -> AwsError:
    kind = type("WrittenRequest", (AwsError,), {"code": code, "status": status})
    error: AwsError = kind(message)
    return error
