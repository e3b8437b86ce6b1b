"""What the Engine says of a container's consumption, made comparable with what it said before.

Pure.  The Engine is asked for single samples, which lack the sample before (``precpu_stats``) that
clients compute percentages with, and have no rates; both are put in from the sample that we saw
last.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

Sample = Mapping[str, Any]
"""One body of ``GET /containers/ID/stats``."""

SAMPLES_KEPT_MAX: Final = 4096
SAMPLE_AGE_MIN_S: Final = 0.5
"""A younger sample says too little; the one before it stays the one that is compared with."""

_INSTANT: Final = re.compile(r"^(.*?)(\.\d+)?Z$")


class Samples:
    """The sample of each container that the next one is compared with."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, Sample] = OrderedDict()

    def compared(self, docker_id: str, sample: Sample, *, rates: bool) -> dict[str, Any]:
        """`sample` with the one before in it; with `rates` its network rates too (v4)."""
        before = self._last.get(docker_id)
        if before is None or _cpu(sample) < _cpu(before):  # Its counters began anew: restarted.
            self._keep(docker_id, sample)
            return dict(sample)
        elapsed_s = seconds_of(sample.get("read", "")) - seconds_of(before.get("read", ""))
        if elapsed_s >= SAMPLE_AGE_MIN_S:
            self._keep(docker_id, sample)
        return compare(sample, before, rates=rates)

    def _keep(self, docker_id: str, sample: Sample) -> None:
        self._last[docker_id] = sample
        self._last.move_to_end(docker_id)
        while len(self._last) > SAMPLES_KEPT_MAX:
            self._last.popitem(last=False)


def compare(sample: Sample, before: Sample, *, rates: bool) -> dict[str, Any]:
    """`sample` with `before` as its ``precpu_stats`` and, if asked, rates between the two."""
    compared = dict(sample)
    compared["preread"] = before.get("read")
    compared["precpu_stats"] = before.get("cpu_stats", {})
    elapsed_s = seconds_of(sample.get("read", "")) - seconds_of(before.get("read", ""))
    if rates and elapsed_s > 0 and sample.get("networks") and before.get("networks"):
        compared["network_rate_stats"] = {
            f"{way}_bytes_per_sec": max(0.0, (_bytes(sample, way) - _bytes(before, way)))
            / elapsed_s
            for way in ("rx", "tx")
        }
    return compared


def seconds_of(instant: str) -> float:
    """Seconds since the epoch of the Engine's ``2026-01-31T12:00:00.123456789Z``; 0 if none."""
    match = _INSTANT.match(instant)
    if match is None:
        return 0.0
    try:
        whole = datetime.fromisoformat(match.group(1) + "+00:00").timestamp()
    except ValueError:
        return 0.0
    return whole + float(match.group(2) or 0.0)


def _bytes(sample: Sample, way: str) -> int:
    networks: Mapping[str, Mapping[str, int]] = sample["networks"]
    return sum(each.get(f"{way}_bytes", 0) for each in networks.values())


def _cpu(sample: Sample) -> int:
    usage: Mapping[str, int] = sample.get("cpu_stats", {}).get("cpu_usage", {})
    return usage.get("total_usage", 0)
