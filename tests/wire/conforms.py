"""Whether a response is what the model says: no member invented, no type mistaken."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from homeport.gateway.model import Shape

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "timestamp": (float, int),
    "boolean": (bool,),
    "blob": (bytes,),
}


def faults(
    shapes: Mapping[str, Shape], name: str | None, value: Any, at: str = ""
) -> Iterator[str]:
    """What is wrong with a value of the shape `name`."""
    if name is None:
        if value:
            yield f"{at or 'response'}: the operation answers nothing, not {value!r}"
        return
    shape = shapes[name]
    match shape["type"]:
        case "structure" if shape.get("document"):
            return
        case "structure":
            if isinstance(value, msgspec.Raw):  # It goes out as it is.
                value = msgspec.json.decode(value)
            if not isinstance(value, dict):
                yield f"{at}: {value!r} is not a structure"
                return
            for member, each in value.items():
                if member not in shape["members"]:
                    yield f"{at}.{member}: {name} has no such member"
                else:
                    below = shape["members"][member]["shape"]
                    yield from faults(shapes, below, each, f"{at}.{member}")
        case "list":
            if not isinstance(value, list | tuple):
                yield f"{at}: {value!r} is not a list"
                return
            for each in value:
                yield from faults(shapes, shape["member"]["shape"], each, f"{at}[]")
        case "map":
            for each in value.values():
                yield from faults(shapes, shape["value"]["shape"], each, f"{at}{{}}")
        case kind:
            if not isinstance(value, TYPES[kind]) or (
                isinstance(value, bool) and kind != "boolean"
            ):
                yield f"{at}: {value!r} is no {kind}"
