"""What is measured, as values of CloudWatch's.  Nothing here says where it is kept: `metrics`."""

from msgspec import Struct


class Datum(Struct, frozen=True, kw_only=True):
    """What was measured of one metric within a moment: values of CloudWatch's `MetricDatum`."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: str = "None"
    at: float
    """Seconds since the epoch: the beginning of what was measured."""
    values: tuple[tuple[float, float], ...]
    """(value, how often): at least one."""
