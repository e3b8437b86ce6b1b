"""Generate `homeport.shapes` from botocore's service models: ``make gen``.

For each service it writes the TypedDicts that handlers are typed with and the trimmed model that
the gateway compiles: whole shapes for the operations that are served, names for the rest.  At run
time nothing loads botocore's own models (EC2's alone takes more than 100 MB).
"""

import json
import keyword
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from query_protocol import QUERY_NAMES, with_query
from served_operations import ALL, SERVED

ROOT: Final = Path(__file__).parent.parent
SHAPES: Final = ROOT / "src" / "homeport" / "shapes"

OWN_MODELS: Final = {"homeport": ROOT / "tools" / "homeport-model.json"}
"""Services of ours that AWS does not have, in botocore's format."""

METADATA: Final = (
    "apiVersion",
    "awsQueryCompatible",
    "endpointPrefix",
    "globalEndpoint",
    "jsonVersion",
    "protocol",
    "protocols",
    "serviceId",
    "signingName",
    "targetPrefix",
    "xmlNamespace",
)
OPERATION: Final = ("name", "http", "input", "output", "errors", "authtype")
DROPPED: Final = {"deprecated", "deprecatedMessage", "deprecatedSince", "documentation"}
SCALARS: Final = {
    "blob": "bytes",
    "boolean": "bool",
    "double": "float",
    "float": "float",
    "integer": "int",
    "long": "int",
    "string": "str",
    "timestamp": "float",
}
RESERVED: Final = {"Any", "Required", "TypedDict", "dict", "list", *SCALARS.values()}

Model = dict[str, Any]


def main(target: Path = SHAPES) -> None:
    """Write every generated file; the same botocore always gives the same bytes."""
    loader = Loader()
    (target / "models").mkdir(parents=True, exist_ok=True)
    for service, names in SERVED.items():
        full = load(loader, service)
        model = trim(full, names, paginators(loader, service))
        if service in QUERY_NAMES:
            model = with_query(model, QUERY_NAMES[service])
        text = json.dumps(model, indent=1, ensure_ascii=True) + "\n"
        (target / "models" / f"{service}.json").write_text(text)
        (target / f"{service}.py").write_text("\n".join(module(service, model)) + "\n")
    (target / "regions.py").write_text("\n".join(regions(loader)) + "\n")


def load(loader: Loader, service: str) -> Model:
    """The service's whole model."""
    if service in OWN_MODELS:
        own: Model = json.loads(OWN_MODELS[service].read_text())
        return own
    model: Model = loader.load_service_model(service, "service-2")
    return model


def paginators(loader: Loader, service: str) -> Model:
    """How the service's lists are paged, by operation."""
    try:
        found: Model = loader.load_service_model(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        return {}
    return found


def trim(model: Model, names: tuple[str, ...], pagination: Model) -> Model:
    """The model with whole operations and shapes only for `names`."""
    wanted = sorted(model["operations"]) if names == ALL else sorted(names)
    operations = {
        name: {
            key: model["operations"][name][key]
            for key in OPERATION
            if key in model["operations"][name]
        }
        for name in wanted
    }
    operations = {name: _undocumented(each) for name, each in operations.items()}
    shapes = model["shapes"]
    return {
        "metadata": {key: model["metadata"][key] for key in METADATA if key in model["metadata"]},
        "names": sorted(model["operations"]),
        "operations": operations,
        "shapes": {
            name: _undocumented(shapes[name]) for name in sorted(_reached(shapes, operations))
        },
        "pagination": {
            name: _undocumented(pagination[name]) for name in wanted if name in pagination
        },
    }


def _undocumented(value: Any) -> Any:
    """`value` without documentation; a member that is *named* ``documentation`` stays."""
    if isinstance(value, list):
        return [_undocumented(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, each in value.items():
        if key == "members":
            kept[key] = {name: _undocumented(member) for name, member in each.items()}
        elif key not in DROPPED:
            kept[key] = _undocumented(each)
    return kept


def _reached(shapes: Model, operations: Model) -> set[str]:
    """Names of the shapes that the operations need, errors included."""
    found: set[str] = set()
    waiting = [name for each in operations.values() for name in _roots(each)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_references(shapes[name]))
    return found


def _roots(operation: Model) -> Iterator[str]:
    for end in ("input", "output"):
        if end in operation:
            yield operation[end]["shape"]
    for error in operation.get("errors", ()):
        yield error["shape"]


def _references(shape: Model) -> Iterator[str]:
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for part in ("member", "key", "value"):
        if part in shape:
            yield shape[part]["shape"]


def module(service: str, model: Model) -> Iterator[str]:
    """The lines of `homeport.shapes.<service>`."""
    yield f'"""Wire shapes of {service}, generated by tools/generate_shapes.py.  Never edited."""'
    yield ""
    yield "from __future__ import annotations"
    yield ""
    yield "from typing import Any, Required, TypedDict"
    shapes = model["shapes"]
    structures = {name for name, each in shapes.items() if _is_class(each)}
    for name in sorted(structures):
        yield from _typed_dict(name, shapes, structures)
    yield from _aliases(model, structures)


def _is_class(shape: Model) -> bool:
    return shape["type"] == "structure" and not shape.get("exception") and not shape.get("document")


def _typed_dict(name: str, shapes: Model, structures: set[str]) -> Iterator[str]:
    shape = shapes[name]
    required = set(shape.get("required", ()))
    fields = {
        member: _required(_annotation(each["shape"], shapes), member in required)
        for member, each in shape["members"].items()
    }
    yield ""
    yield ""
    # A member named like a type would hide that type from the members after it.
    if any(keyword.iskeyword(field) or field in RESERVED | structures for field in fields):
        yield f'{name} = TypedDict("{name}", {{'
        for field, annotation in fields.items():
            yield f'    "{field}": "{annotation}",'
        yield "}, total=False)"
        return
    yield f"class {name}(TypedDict, total=False):"
    for field, annotation in fields.items():
        yield f"    {field}: {annotation}"
    if not fields:
        yield "    pass"


def _required(annotation: str, required: bool) -> str:
    return f"Required[{annotation}]" if required else annotation


def _annotation(name: str, shapes: Model) -> str:
    shape = shapes[name]
    match shape["type"]:
        case "structure":
            return name if _is_class(shape) else "dict[str, Any]"
        case "list":
            return f"list[{_annotation(shape['member']['shape'], shapes)}]"
        case "map":
            return f"dict[str, {_annotation(shape['value']['shape'], shapes)}]"
        case scalar:
            return SCALARS[scalar]


def _aliases(model: Model, structures: set[str]) -> Iterator[str]:
    """``XRequest`` and ``XResponse`` for every operation, whatever its model calls them."""
    for name, operation in model["operations"].items():
        for end, suffix in (("input", "Request"), ("output", "Response")):
            wanted = name + suffix
            if wanted in structures:
                continue
            yield ""
            yield ""
            if end in operation:
                yield f"{wanted} = {operation[end]['shape']}"
            else:
                yield f"class {wanted}(TypedDict):"
                yield "    pass"


def regions(loader: Loader) -> Iterable[str]:
    """The lines of `homeport.shapes.regions`."""
    partitions = loader.load_data("partitions")["partitions"]
    (aws,) = [each for each in partitions if each["id"] == "aws"]
    yield '"""The regions of AWS, generated by tools/generate_shapes.py.  Never edited."""'
    yield ""
    yield "from typing import Final"
    yield ""
    yield "REGIONS: Final = ("
    for name in sorted(aws["regions"]):
        if not name.endswith("-global"):
            yield f'    "{name}",'
    yield ")"


if __name__ == "__main__":
    main()
