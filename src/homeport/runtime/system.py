"""The one real clock and the one real source of ids.  Everything else is handed these."""

import os
import time


class SystemClock:
    """Real time; waits that ECS words in seconds last `1 / time_scale` as long."""

    def __init__(self, time_scale: float = 1.0) -> None:
        if not time_scale > 0:
            raise ValueError("--time-scale must be greater than 0")
        self._time_scale = time_scale

    def now(self) -> float:
        return time.time()

    def span(self, seconds: float) -> float:
        return seconds / self._time_scale


class SystemIds:
    """Identifiers from the operating system's randomness."""

    def hex(self, digits: int) -> str:
        return os.urandom((digits + 1) // 2).hex()[:digits]

    def uuid(self) -> str:
        digits = os.urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]  # RFC 9562: version 4, the variant in two bits.
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def number(self, digits: int) -> str:
        low = 10 ** (digits - 1)
        return str(low + int.from_bytes(os.urandom(16)) % (9 * low))
