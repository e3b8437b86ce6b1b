"""Lanes: the firings of one lane are tried in their order.  Pure."""

from homeport.contracts.wanted_firings import Wanted


def lane_of(wanted: Wanted) -> str:
    """The lane of a firing: its source, and which target of it."""
    return f"{wanted.source} {wanted.target_id}".rstrip()
