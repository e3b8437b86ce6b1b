"""What a rule's target gets as its input.  Never what is done with it.

A template is text with ``<name>`` in it.  Between quotes a value is put in as it is, unescaped,
which is how EventBridge does it; elsewhere as JSON.  A template that begins with a quote is text
and need not give JSON, every other one must.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeport.services.events.plan import input_paths
from homeport.services.events.plan.input_paths import MISSING
from homeport.services.events.plan.patterns_text import BadPattern, Tokens

EVENT_JSON: Final = "aws.events.event.json"
RESERVED: Final = frozenset(
    (
        *("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time"),
        *("aws.events.event", EVENT_JSON),
    )
)
_PIECE: Final = re.compile(r'\\.|"|<([A-Za-z0-9_.-]+)>', re.DOTALL)
_BLANK_OR_TEXT: Final = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_NAME: Final = re.compile(r"[A-Za-z0-9_\-]{1,256}")
_NAMES: Final = (
    "1 validation error detected: Value at 'targets.1.member.inputTransformer.inputPathsMap'"
    " failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length"
    " less than or equal to 256, Member must have length greater than or equal to 1, Member must"
    r" satisfy regular expression pattern: [A-Za-z0-9\_\-]+]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """A target's InputTransformer."""

    paths: Mapping[str, str]
    """InputPathsMap: JSON paths by name."""
    template: str
    """InputTemplate."""


def check_input(
    *,
    input: str | None,  # noqa: A002
    input_path: str | None,
    transformer: Transformer | None,
    target_id: str = "",
) -> None:
    """Raises ValueError, with AWS's text, for an input that no target can have."""
    if sum(each is not None for each in (input, input_path, transformer)) > 1:
        raise ValueError(
            "Only one of Input, InputPath, or InputTransformer must be provided for target"
            f" {target_id}."
        )
    if input is not None and not _is_json(input):
        raise ValueError(f"JSON syntax error in input for target {target_id}.")
    if input_path is not None:
        _check_path(input_path, target_id)
    if transformer is not None:
        _check_transformer(transformer, target_id)


def target_input(
    event: Mapping[str, Any],
    *,
    input: str | None,  # noqa: A002
    input_path: str | None,
    transformer: Transformer | None,
    rule_arn: str,
    rule_name: str,
    ingested_at: str,
) -> str:
    """The text that the target is given for this event; without any wish the event itself.

    Raises ValueError where the template gives no JSON with what is in this event.
    """
    if input is not None:
        return input
    if transformer is not None:
        values = {
            "aws.events.rule-arn": rule_arn,
            "aws.events.rule-name": rule_name,
            "aws.events.event.ingestion-time": ingested_at,
            "aws.events.event": _envelope(event),
            EVENT_JSON: event,
        }
        for name, path in transformer.paths.items():
            values[name] = input_paths.read(event, input_paths.parse(path))
        return _transformed(transformer.template, values)
    value = event if input_path is None else input_paths.read(event, input_paths.parse(input_path))
    return _json(None if value is MISSING else value)


def _envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without its detail, in the names that EventBridge has here."""
    return {
        "detailType" if name == "detail-type" else name: value
        for name, value in event.items()
        if name != "detail"
    }


def _transformed(template: str, values: Mapping[str, Any]) -> str:
    is_text = template.lstrip().startswith('"')

    def shown(name: str, quoted: bool) -> str:
        value = values.get(name, MISSING)
        if not quoted:
            return _json("" if value is MISSING else value)
        if value is MISSING or isinstance(value, str):
            return "" if value is MISSING else value
        return _json(value).replace('"', "") if is_text else _json(value)

    text = "".join(_filled(template, shown))
    if is_text:
        return text
    if not _is_json(text):
        raise ValueError("The InputTemplate gives no valid JSON with what is in this event.")
    return _BLANK_OR_TEXT.sub(lambda found: found[1] or "", text)


def _filled(template: str, shown: Callable[[str, bool], str]) -> Iterator[str]:
    """The template's pieces, `shown` of name and whether it stands between quotes in its place."""
    quoted = False
    at = 0
    for piece in _PIECE.finditer(template):
        yield template[at : piece.start()]
        at = piece.end()
        if piece[1] is not None:
            yield shown(piece[1], quoted)
        else:
            quoted ^= piece[0] == '"'
            yield piece[0]
    yield template[at:]


def _check_path(path: str, target_id: str) -> None:
    try:
        input_paths.parse(path)
    except input_paths.BadPath:
        raise ValueError(f"InputPath for target {target_id} is invalid.") from None


def _check_transformer(transformer: Transformer, target_id: str) -> None:
    template = transformer.template
    for name, path in transformer.paths.items():
        if not _NAME.fullmatch(name):
            raise ValueError(_NAMES)
        _check_path(path, target_id)
    for piece in _PIECE.finditer(template):
        name = piece[1]
        if name is not None and name not in transformer.paths and name not in RESERVED:
            raise ValueError(
                f"InputTemplate for target {target_id} contains invalid placeholder {name}."
            )
        if name == EVENT_JSON and not template.lstrip().startswith("{"):
            raise ValueError(
                f"InputTemplate for target {target_id} contains placeholder {name} valid only for"
                " JSON template."
            )
    if template.lstrip().startswith("{"):
        _check_json(template, target_id)


def _check_json(template: str, target_id: str) -> None:
    """A template of an object must be JSON with any values; none can be the name of a member."""
    tried = "".join(_filled(template, lambda _, quoted: "" if quoted else "0"))
    tokens = Tokens(tried)
    try:
        while tokens.next() is not None:
            tokens.text()
    except BadPattern as mistake:
        place = str(mistake).partition("\n at ")[2]
        raise ValueError(f"Invalid InputTemplate for target {target_id} : {place}.") from None


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)
    except RecursionError:
        raise ValueError("The event is nested too deeply.") from None


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return False
    return True


def _no_json(name: str) -> None:
    """NaN and Infinity are numbers to Python only."""
    raise ValueError(name)
