"""How long events are kept.  Pure."""

from typing import Final

from homeport.services.logs.errors import InvalidParameterException

# fmt: off
ALLOWED_DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
    1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
DAY_S: Final = 86_400.0


def check_days(days: int) -> None:
    """Raise unless AWS offers this retention."""
    if days not in ALLOWED_DAYS:
        allowed = ", ".join(str(each) for each in ALLOWED_DAYS)
        raise InvalidParameterException(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{allowed}]"
        )


def expires_before_ms(now: float, span_s: float) -> int:
    """Events before this are gone, when they are kept for `span_s` seconds."""
    return max(0, int((now - span_s) * 1000))
