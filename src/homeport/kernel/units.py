"""CPU and memory as task definitions word them, in CPU units and MiB."""

import re
from typing import Final

CPU_UNITS_PER_VCPU: Final = 1024
MIB_PER_GB: Final = 1024

_NUMBER: Final = re.compile(r"^\s*(\d{1,9})\s*$")
_VCPU: Final = re.compile(r"^\s*(\d{0,6}(?:\.\d{1,6})?)\s*vcpus?\s*$", re.IGNORECASE)
_GB: Final = re.compile(r"^\s*(\d{0,6}(?:\.\d{1,6})?)\s*gb\s*$", re.IGNORECASE)


def cpu_units(text: str) -> int | None:
    """CPU units of ``"256"``, ``".25 vCPU"`` or ``"1 vcpu"``; None when it is neither."""
    return _parse(text, _VCPU, CPU_UNITS_PER_VCPU)


def memory_mib(text: str) -> int | None:
    """MiB of ``"512"``, ``"0.5GB"`` or ``"1 GB"``; None when it is neither."""
    return _parse(text, _GB, MIB_PER_GB)


def _parse(text: str, with_unit: re.Pattern[str], factor: int) -> int | None:
    plain = _NUMBER.match(text)
    if plain:
        return int(plain.group(1))
    worded = with_unit.match(text)
    if not worded or not worded.group(1) or worded.group(1) == ".":
        return None
    return int(float(worded.group(1)) * factor)
