"""The JSON text of a pattern, a token at a time: what it says, and where the first mistake is.

Reasons and places are worded as AWS words them, which reads patterns a token at a time too: of a
string value it has seen the opening quote until somebody asks for the string, and of a member's
name also the beginning of its value.  Knows nothing of what patterns mean.
"""

import json
import re
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["{", "}", "[", "]", "name", "string", "number", "true", "false", "null"]

SNIPPET_MAX: Final = 500
"""So much of the text is repeated beside a mistake."""
DEPTH_MAX: Final = 200

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPE: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_LITERALS: Final[dict[str, Kind]] = {"true": "true", "false": "false", "null": "null"}
_STARTS: Final[dict[str, Kind]] = {"{": "{", "[": "["}
_EXPECTED: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


class BadPattern(ValueError):
    """The text is no event pattern; the message is the reason in AWS's words."""


class Tokens:
    """Reads a text from its beginning; every mistake is a BadPattern that says where."""

    def __init__(self, text: str) -> None:
        self.source: Final = text
        self.kind: Kind | None = None
        self.start = 0
        """Where the current value begins, or that of the member of which this is the name."""
        self.name = ""
        """The name of the member that was last begun."""
        self._at = 0
        self._open_string = False
        self._word = ""
        self._ahead: Kind | None = None
        self._within: list[tuple[Kind, int]] = []
        self._first = True

    def next(self) -> Kind | None:
        """The kind of the next token; None at the end of the text."""
        self.text()
        if self._ahead is not None:
            self.kind, self._ahead = self._ahead, None
        elif not self._within:
            self.kind = self._outside()
        else:
            self.kind = self._inside()
        return self.kind

    def text(self) -> str:
        """The current value as text: a string's characters, anything else as it is written."""
        if self.kind == "string" and self._open_string:
            self._open_string = False
            self._word = self._string()
        return self._word

    def since(self, start: int) -> str:
        """What was read from `start` on."""
        return self.source[start : self._at]

    def mistake(self, reason: str) -> BadPattern:
        """The error that has this reason, here."""
        return BadPattern(f"{reason}\n at {self._place(self._at)}")

    def _outside(self) -> Kind | None:
        """The whole value; after it nothing may follow."""
        self._skip()
        if self._at == len(self.source):
            return None
        begun = self.kind is not None
        kind = self._value()
        if begun:
            raise self.mistake("Unexpected text after the end")
        return kind

    def _inside(self) -> Kind:
        (opened, _) = self._within[-1]
        char = self._peek()
        if char == ("}" if opened == "{" else "]"):
            return self._close()
        if char in "}]":
            raise self._wrong_close(char)
        if not self._first:
            if char != ",":
                what = "Object" if opened == "{" else "Array"
                raise self._unexpected(f"was expecting comma to separate {what} entries")
            self._at += 1
            self._peek()
        self._first = False
        return self._member() if opened == "{" else self._value()

    def _member(self) -> Kind:
        if self._peek() != '"':
            raise self._unexpected("was expecting double-quote to start field name")
        self._at += 1
        self.name = self._string()
        if self._peek() != ":":
            raise self._unexpected("was expecting a colon to separate field name and value")
        self._at += 1
        self._peek()
        self._ahead = self._value()
        return "name"

    def _value(self) -> Kind:
        self.start = self._at
        char = self.source[self._at]
        if char in "{[":
            return self._open(_STARTS[char])
        if char == '"':
            self._at += 1
            self._open_string = True
            return "string"
        if char == "-" or char in "0123456789":
            return self._number()
        return self._literal()

    def _open(self, kind: Kind) -> Kind:
        self._within.append((kind, self._at))
        if len(self._within) > DEPTH_MAX:
            raise self.mistake(
                f"Document nesting depth ({len(self._within)}) exceeds the maximum allowed"
                f" ({DEPTH_MAX})"
            )
        self._word = kind
        self._at += 1
        self._first = True
        return kind

    def _close(self) -> Kind:
        closed: Kind = "}" if self._within.pop()[0] == "{" else "]"
        self._word = closed
        self.start = self._at
        self._at += 1
        self._first = False
        return closed

    def _number(self) -> Kind:
        found = _NUMBER.match(self.source, self._at)
        if found is None:
            self._at += 1
            if self._at == len(self.source):
                raise self.mistake("Unexpected end-of-input: expected a digit after the minus sign")
            raise self._unexpected(
                "Expected digit (0-9) to follow minus sign, for valid numeric value"
            )
        self._word = found[0]
        self._at = found.end()
        if found[0].lstrip("-") == "0" and self.source[self._at : self._at + 1].isdecimal():
            raise self.mistake("Invalid numeric value: Leading zeroes not allowed")
        return "number"

    def _literal(self) -> Kind:
        found = _WORD.match(self.source, self._at)
        if found is None:
            raise self._unexpected(f"expected a valid value {_EXPECTED}")
        self._word = found[0]
        self._at = found.end()
        kind = _LITERALS.get(self._word)
        if kind is None:
            raise self.mistake(f"Unrecognized token '{self._word}': was expecting {_EXPECTED}")
        return kind

    def _string(self) -> str:
        """The rest of a string of which the opening quote was read."""
        start = self._at
        while True:
            self._at = _PLAIN.match(self.source, self._at).end()  # type: ignore[union-attr]
            char = self.source[self._at : self._at + 1]
            if char == '"':
                self._at += 1
                # Halves of a surrogate pair may stand alone in JSON, but not in what is stored.
                whole = json.loads(f'"{self.source[start : self._at]}')
                return str(whole).encode("utf-16", "replace").decode("utf-16", "replace")
            if char == "\\":
                self._escape()
            elif not char:
                raise self.mistake(
                    "Unexpected end-of-input: was expecting closing quote for a string value"
                )
            else:
                raise self.mistake(
                    f"Illegal unquoted character ((CTRL-CHAR, code {ord(char)})): has to be"
                    " escaped using backslash to be included in string value"
                )

    def _escape(self) -> None:
        found = _ESCAPE.match(self.source, self._at)
        if found is not None:
            self._at = found.end()
            return
        self._at += 1
        char = self.source[self._at : self._at + 1]
        if not char:
            raise self.mistake("Unexpected end-of-input in character escape sequence")
        if char == "u":
            raise self.mistake("Unexpected character in a \\u escape: expected a hex-digit")
        raise self.mistake(f"Unrecognized character escape '{char}' (code {ord(char)})")

    def _skip(self) -> None:
        self._at = _BLANK.match(self.source, self._at).end()  # type: ignore[union-attr]

    def _peek(self) -> str:
        """The next character that is no blank; the text must go on."""
        self._skip()
        if self._at < len(self.source):
            return self.source[self._at]
        (opened, start) = self._within[-1]
        what = "Object" if opened == "{" else "Array"
        raise self.mistake(
            f"Unexpected end-of-input: expected close marker for {what}"
            f" (start marker at {self._place(start)})"
        )

    def _wrong_close(self, char: str) -> BadPattern:
        (opened, start) = self._within[-1]
        (right, what) = ("}", "Object") if opened == "{" else ("]", "Array")
        return self.mistake(
            f"Unexpected close marker '{char}': expected '{right}'"
            f" (for {what} starting at {self._place(start)})"
        )

    def _unexpected(self, expected: str) -> BadPattern:
        char = self.source[self._at]
        return self.mistake(f"Unexpected character ('{char}' (code {ord(char)})): {expected}")

    def _place(self, at: int) -> str:
        line = self.source.count("\n", 0, at) + 1
        column = at - (self.source.rfind("\n", 0, at) + 1) + 1
        return f"[Source: (String){_snippet(self.source)}; line: {line}, column: {column}]"


def _snippet(text: str) -> str:
    """The text's beginning in quotes; control characters but line ends are made visible."""
    shown = "".join(
        f"\\u{ord(char):04X}" if _is_control(char) and char not in "\r\n" else char
        for char in text[:SNIPPET_MAX]
    )
    cut = len(text) - SNIPPET_MAX
    return f'"{shown}"' + (f"[truncated {cut} chars]" if cut > 0 else "")


def _is_control(char: str) -> bool:
    return char < " " or "\x7f" <= char <= "\x9f"
