"""Metrics as clients name them: units, dimensions, and what is wrong with them.  Pure."""

from collections.abc import Sequence
from typing import Final

from homeport.services.cloudwatch.errors import InvalidParameterValueException
from homeport.services.cloudwatch.records.metrics import Dimensions
from homeport.services.cloudwatch.records.requests import DimensionRequest

_SIZES: Final = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS: Final = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
UNITS: Final = (
    *("Seconds", "Microseconds", "Milliseconds"),
    *_SIZES,
    *_BITS,
    *("Percent", "Count"),
    *(f"{each}/Second" for each in (*_SIZES, *_BITS, "Count")),
    "None",
)
DIMENSIONS_MAX: Final = 30


def dimensions(asked: Sequence[DimensionRequest], where: str) -> Dimensions:
    """The dimensions in their order; `where` is the name of the list in the request."""
    if len(asked) > DIMENSIONS_MAX:
        raise InvalidParameterValueException(
            f"The collection {where} must not have a size greater than {DIMENSIONS_MAX}."
        )
    for index, each in enumerate(asked, 1):
        _check(each.name, f"{where}.member.{index}.Name")
        _check(each.value or "", f"{where}.member.{index}.Value")
        if each.name.startswith(":"):
            raise InvalidParameterValueException(
                f"The value {each.name} for parameter {where}.member.{index}.Name "
                "must not start with a colon."
            )
    names = {each.name for each in asked}
    if len(names) < len(asked):
        raise InvalidParameterValueException(
            f"The collection {where} must not name a dimension twice."
        )
    return tuple(sorted((each.name, each.value or "") for each in asked))


def check_unit(unit: str | None, where: str) -> None:
    """Refuse what is no unit."""
    if unit is not None and unit not in UNITS:
        raise InvalidParameterValueException(
            f"The parameter {where} must be a value in the set [ {', '.join(UNITS)} ]"
        )


def _check(text: str, where: str) -> None:
    if not text.strip():
        raise InvalidParameterValueException(f"The parameter {where} must not be blank.")
    if not text.isascii():
        raise InvalidParameterValueException(
            f"The value {text} for parameter {where} contains non-ASCII characters."
        )
    if not text.isprintable():
        raise InvalidParameterValueException(
            f"The value for parameter {where} contains control characters."
        )
