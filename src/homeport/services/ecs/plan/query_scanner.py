"""How the text of a cluster query is taken apart, from left to right.  Pure."""

import re
from typing import Final

_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[A-Za-z0-9_:./\\-]+")
_NAME_CHARACTER: Final = re.compile(r"[A-Za-z0-9_:./\\-]")
_BARE: Final = re.compile(r"(?:(?!&&|\|\|)[^\s()\[\],'\"])+")
_QUOTED: Final = re.compile(r"'([^']*)'")


class Unreadable(ValueError):
    """The text is no expression; says what was expected and where."""


class Scanner:
    """A text and how far it has been read.  Every method skips white space first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip()

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._text)

    def take(self, symbol: str) -> bool:
        """Read `symbol` if it comes next."""
        if not self._text.startswith(symbol, self._at):
            return False
        self._at += len(symbol)
        self._skip()
        return True

    def take_word(self, word: str) -> bool:
        """Read `word` if it comes next and ends there."""
        end = self._at + len(word)
        if not self._text.startswith(word, self._at) or _NAME_CHARACTER.match(self._text, end):
            return False
        return self.take(word)

    def name(self) -> str:
        """Read the subject of a condition."""
        return self._match(_NAME, "a subject such as 'attribute:ecs.os-type'").group()

    def value(self) -> str:
        """Read a value, in single quotes or without."""
        if self._text.startswith("'", self._at):
            return self._match(_QUOTED, "a closing quote").group(1)
        return self._match(_BARE, "a value").group()

    def pattern(self) -> str:
        """Read a regular expression, in single quotes or up to the next white space."""
        if self._text.startswith("'", self._at):
            return self.value()
        start, depth = self._at, 0
        while self._at < len(self._text) and not self._text[self._at].isspace():
            here = self._text[self._at]
            if (here == ")" and depth == 0) or self._text.startswith(("&&", "||"), self._at):
                break
            depth += (here == "(") - (here == ")")
            self._at += 1
        if start == self._at:
            raise self.expected("a regular expression")
        found = self._text[start : self._at]
        self._skip()
        return found

    def expected(self, what: str) -> Unreadable:
        """The error that says what should have come next."""
        if self.at_end():
            return Unreadable(f"expected {what} at the end")
        return Unreadable(f"expected {what} at '{self._text[self._at :][:30]}'")

    def _match(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise self.expected(what)
        self._at = found.end()
        self._skip()
        return found

    def _skip(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
