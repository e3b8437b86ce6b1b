"""What clocks on the wall read: local times that are skipped, and local times that come twice.

Pure but for the IANA database, which is read once a zone: the machine's, or else the one that is
installed with Homeport.  Which names there are, is always the latter's.
"""

from datetime import datetime, timedelta, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from math import floor
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@cache
def zone_names() -> frozenset[str]:
    """Every name of the IANA database, the old ones too."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo | None:
    """The zone of this name; None: there is none."""
    return ZoneInfo(name) if name in zone_names() else None


def minute_behind(after: float, zone: tzinfo) -> datetime:
    """What clocks show in the first full local minute later than `after`."""
    return _minute_behind(datetime.fromtimestamp(floor(after), zone))


def instant(local: datetime, zone: tzinfo) -> float | None:
    """When clocks first read `local`, seconds since the epoch; None: they skip it."""
    first = local.replace(tzinfo=zone).timestamp()
    again = local.replace(tzinfo=zone, fold=1).timestamp()
    return first if first <= again else None


def first_unskipped(local: datetime, zone: tzinfo) -> datetime:
    """The first full minute that clocks show when they have skipped `local`; later than that."""
    before = int(local.replace(tzinfo=zone, fold=1).timestamp())
    after = int(local.replace(tzinfo=zone).timestamp())
    offset = datetime.fromtimestamp(after, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    shown = _minute_behind(datetime.fromtimestamp(after, zone) - timedelta(seconds=1))
    return max(shown, local + MINUTE)


def _minute_behind(shown: datetime) -> datetime:
    return shown.replace(tzinfo=None, fold=0, second=0) + MINUTE
