"""YAML or JSON read as far as an AppSpec file needs it, with the line of everything.  Pure.

Nothing of a document is ever constructed: it is walked.  JSON is read as the YAML that it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import yaml

SIZE_MAX: Final = 32 * 1024
"""Of a document, in characters: one is read while nothing else is written."""
_TAB: Final = str.maketrans("\t", " ")
_NULL: Final = "tag:yaml.org,2002:null"


class Mistake(ValueError):
    """What is wrong with a document, and in which line."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"Line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document, and its line."""

    raw: yaml.Node
    key_line: int | None = None

    @property
    def line(self) -> int:
        """Where it is written; of a value of a mapping, where its key is."""
        return self.key_line or int(self.raw.start_mark.line) + 1

    @property
    def is_null(self) -> bool:
        """Whether nothing is written there."""
        return isinstance(self.raw, yaml.ScalarNode) and self.raw.tag == _NULL


Entries: TypeAlias = dict[str, tuple[str, Node]]
"""Of a mapping, by key in lower case: the key as it is written, and the value."""


def root(content: str) -> Node:
    """The document's one value; raises `Mistake` for anything that is not YAML or JSON."""
    if len(content) > SIZE_MAX:
        raise Mistake(1, f"It is longer than {SIZE_MAX} characters.")
    # YAML is not indented by tabs.  JSON may be, and has them nowhere else.
    text = content.translate(_TAB) if content.lstrip().startswith("{") else content
    try:
        found = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = content.count("\n", 0, error.position) + 1
        raise Mistake(line, f"It has a character that YAML does not allow: {error.reason}.") from (
            error
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = [each for each in (error.context, error.problem) if each]
        raise Mistake(1 if mark is None else mark.line + 1, f"{', '.join(told)}.") from error
    except RecursionError as error:
        raise Mistake(1, "It is nested too deeply.") from error
    except (ValueError, IndexError, yaml.YAMLError) as error:
        raise Mistake(1, "It cannot be read.") from error
    if found is None:
        raise Mistake(1, "It is empty.")
    return Node(found)


def entries(node: Node, name: str) -> Entries:
    """The entries of a mapping; those without a value are left out."""
    if not isinstance(node.raw, yaml.MappingNode):
        raise Mistake(node.line, f"{name} must be a mapping.")
    found: Entries = {}
    for key, value in node.raw.value:
        line = int(key.start_mark.line) + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Mistake(line, f"{name} has a key that is not a word.")
        lowered = _clean(key.value).lower()
        if lowered in found:
            raise Mistake(line, f"{_clean(key.value)} is given twice.")
        found[lowered] = (_clean(key.value), Node(value, line))
    return {key: each for key, each in found.items() if not each[1].is_null}


def items(node: Node, name: str) -> Sequence[Node]:
    """The items of a list."""
    if not isinstance(node.raw, yaml.SequenceNode):
        raise Mistake(node.line, f"{name} must be a list.")
    return [Node(item) for item in node.raw.value]


def text(node: Node, name: str) -> str:
    """A word or a number, as it is written."""
    if not isinstance(node.raw, yaml.ScalarNode) or node.is_null:
        raise Mistake(node.line, f"{name} must be a string.")
    return _clean(node.raw.value)


def number(node: Node, name: str, low: int, high: int) -> int:
    """A whole number within bounds, plain or in quotes."""
    written = text(node, name)
    digits = written.isascii() and written.isdigit() and len(written) <= len(str(high))
    if not digits or not low <= int(written) <= high:
        raise Mistake(node.line, f"{name} must be a number from {low} to {high}.")
    return int(written)


def is_list(node: Node) -> bool:
    """Whether it is a list."""
    return isinstance(node.raw, yaml.SequenceNode)


def _clean(written: str) -> str:
    """Two escapes of JSON that make one character are one; a half of such a pair is none."""
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
