"""How Envoy counts what it answers by itself, apart from what targets answer.  Pure.

Its own counters of a cluster do not tell the two apart.  So a log that is no file adds one to a
counter for each answer of its own with an error; its name says where, which code and for which
cluster.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from homeport.dataplane.envoy.resources import Place, Resource
from homeport.dataplane.envoy.translate_terms import extension

PREFIX: Final = "own_answers"
ERRORS_FROM: Final = 400
FLAGS: Final = (
    *("UH", "UF", "UO", "NR", "URX", "NC", "UT", "LR", "UR", "UC", "DI", "FI", "RL"),
    *("UAEX", "RLSE", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "OM", "DF", "DO"),
)
"""All reasons that Envoy has for an answer of its own; a client that went away is none."""
_NAME: Final = re.compile(
    rf"{PREFIX}\.answers\.door\.([^.]*)\.code\.(\d+)\.cluster\.(.*)", re.DOTALL
)


class OwnAnswers(Struct, frozen=True, kw_only=True):
    """How many answers of its own Envoy gave of one kind."""

    door: str
    """The connection manager that the requests came by."""
    code: int
    cluster: str
    """Whose targets did not answer; empty if none was chosen."""
    count: int


def count_own_answers(door: str) -> Resource:
    """Count what is answered by Envoy itself to requests that come by a connection manager."""
    least = {"default_value": ERRORS_FROM, "runtime_key": "-"}
    counted = extension(
        "envoy.access_loggers.stats",
        "access_loggers.stats.v3.Config",
        stat_prefix=PREFIX,
        counters=[
            {
                "stat": {
                    "name": "answers",
                    "tags": [
                        {"name": "door", "value_format": door},
                        {"name": "code", "value_format": "%RESPONSE_CODE%"},
                        {"name": "cluster", "value_format": "%UPSTREAM_CLUSTER%"},
                    ],
                },
                "value_fixed": 1,
            }
        ],
    )
    filters = [
        {"status_code_filter": {"comparison": {"op": "GE", "value": least}}},
        {"response_flag_filter": {"flags": list(FLAGS)}},
    ]
    return counted | {"filter": {"and_filter": {"filters": filters}}}


def own_answers_in(numbers: Mapping[str, int]) -> tuple[OwnAnswers, ...]:
    """What is counted so among Envoy's numbers."""
    return tuple(
        OwnAnswers(door=found[1], code=int(found[2]), cluster=found[3], count=count)
        for name, count in numbers.items()
        if count and (found := _NAME.fullmatch(name)) is not None
    )


def door_of(place: Place) -> str:
    """What the connection manager is called that load balancers share at a place."""
    return f"door-{place.port}"
