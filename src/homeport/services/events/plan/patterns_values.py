"""What a single value of an event can be asked: the operators of event patterns.

A value is what JSON has at its leaves: text, number, true, false, null.  How patterns are written
and where in an event a value stands is not known here.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bool | None
Key: TypeAlias = str | tuple[str, str | float]
"""What equal values have in common: the text itself, or a number however it is written."""
Test: TypeAlias = Callable[[Value], bool]

_IPV4: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6: Final = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_MASK: Final = re.compile(r"[+-]?[0-9]{1,10}")
_LITERALS: Final[dict[bool | None, Key]] = {
    True: ("literal", "true"),
    False: ("literal", "false"),
    None: ("literal", "null"),
}


def key(value: Value) -> Key:
    """Equal for equal values only."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return _LITERALS[value]
    return number_key(value)


def number_key(number: float) -> Key:
    """300, 300.0 and 3.0e2 are the same; what a double cannot hold is itself only."""
    double = comparable(number)
    return ("literal", str(number)) if double is None else ("number", double)


def key_of_text(number: str) -> Key:
    """The key of a number as JSON has it."""
    double = comparable(number)
    return ("literal", number) if double is None else ("number", double)


def comparable(number: float | str) -> float | None:
    """The number as a double, if that is no other number."""
    if isinstance(number, float):
        return number if math.isfinite(number) else None
    try:
        double = float(number)
    except OverflowError:
        return None
    if not math.isfinite(double):
        return None
    if isinstance(number, int) and abs(number) <= 2**53:
        return double
    return double if Decimal(repr(double)) == Decimal(number) else None


def literal_key(word: str) -> Key:
    """The key of true, false and null."""
    return ("literal", word)


def in_range(
    bottom: float, top: float, *, above_bottom: bool = False, below_top: bool = False
) -> Test:
    """A number from `bottom` to `top`, or strictly between them."""

    def test(value: Value) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        number = comparable(value)
        if number is None or not bottom <= number <= top:
            return False
        return not (above_bottom and number == bottom) and not (below_top and number == top)

    return test


def text_test(matching: Callable[[str], bool]) -> Test:
    """A text that is so; no other value is."""
    return lambda value: isinstance(value, str) and matching(value)


def unlike(tests: Iterable[Callable[[str], bool]]) -> Test:
    """A value that is no text for which any of these is true."""
    denied = tuple(tests)
    return lambda value: not (isinstance(value, str) and any(test(value) for test in denied))


def other_than(keys: Iterable[Key]) -> Test:
    """A value that equals none of these."""
    denied = frozenset(keys)
    return lambda value: key(value) not in denied


def anything(value: Value) -> bool:
    """Any value at all."""
    return True


def beginning(text: str) -> Callable[[str], bool]:
    """Begins with the text."""
    return lambda value: value.startswith(text)


def ending(text: str) -> Callable[[str], bool]:
    """Ends with the text."""
    return lambda value: value.endswith(text)


def ignoring_case(text: str, *, before: str = "", after: str = "") -> Callable[[str], bool]:
    """Equal but for case; `before` and `after` are what else may stand there, as expressions.

    A character equals its lower and its upper case, not what has the same lower case: what Java,
    which AWS runs, makes of single units of UTF-16.
    """
    either = "".join(_either_case(char) for char in text)
    found = re.compile(f"{before}{either}{after}", re.DOTALL).fullmatch
    return lambda value: found(value) is not None


def beginning_ignoring_case(text: str) -> Callable[[str], bool]:
    """Begins with the text in any case."""
    return ignoring_case(text, after=".*")


def ending_ignoring_case(text: str) -> Callable[[str], bool]:
    """Ends with the text in any case."""
    return ignoring_case(text, before=".*")


def _either_case(char: str) -> str:
    (lower, upper) = (char.lower(), char.upper())
    if lower == upper or char > "\uffff":
        return re.escape(char)
    return f"(?:{re.escape(lower)}|{re.escape(upper)})"


def address(text: str) -> bytes | None:
    """The bytes of an IP address; None for any other text.

    An IPv6 address that only wraps one of IPv4 is that one.
    """
    if _IPV4.fullmatch(text):
        parts = [int(part) for part in text.split(".")] if len(text) < 64 else [256]
        return bytes(parts) if max(parts) <= 255 else None
    if not _IPV6.fullmatch(text):
        return None
    try:
        found = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found).packed


def is_address(wanted: bytes) -> Test:
    """The same address, however it is written."""
    return text_test(lambda value: address(value) == wanted)


def in_network(cidr: str) -> Test:
    """An address of the network; raises ValueError with AWS's text if there is no such one."""
    (packed, bits) = _network(cidr)
    shift = len(packed) * 8 - bits
    prefix = int.from_bytes(packed) >> shift
    size = len(packed)

    def inside(value: str) -> bool:
        found = address(value)
        return found is not None and len(found) == size and int.from_bytes(found) >> shift == prefix

    return text_test(inside)


def _network(cidr: str) -> tuple[bytes, int]:
    parts = cidr.rstrip("/").split("/") if cidr.count("/") > 1 else cidr.split("/")
    if len(parts) != 2 or not parts[1]:
        raise ValueError("Malformed CIDR, one '/' required")
    (ip, mask) = parts
    if not _MASK.fullmatch(mask):
        raise ValueError("Malformed CIDR, mask bits must be an integer")
    bits = int(mask)
    if bits < 0:
        raise ValueError("Malformed CIDR, mask bits must not be negative")
    packed = address(ip)
    if packed is None:
        known = _IPV4.fullmatch(ip) or _IPV6.fullmatch(ip)
        raise ValueError(f"{'Invalid' if known else 'Nonstandard'} IP address: {ip}")
    (family, limit) = ("IPv4", 32) if len(packed) == 4 else ("IPv6", 128)
    if bits >= limit:
        raise ValueError(f"{family} mask bits must be < {limit}")
    return packed, bits
