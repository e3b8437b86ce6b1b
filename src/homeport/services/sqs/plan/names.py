"""Names and addresses of queues.  Pure."""

import re
from collections.abc import Mapping
from typing import Final

from homeport.services.sqs.errors import InvalidAddress, InvalidAttributeName, InvalidParameterValue

FIFO_SUFFIX: Final = ".fifo"
NAME_CHARS_MAX: Final = 80
NAME_RESTS_S: Final = 60
"""How long a name is not given again after its queue was deleted."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_URL: Final = re.compile(r"(?:https?://[^/\s]*)?(?:/[^\s]*)?/([0-9]{12})/([^/\s]+)/?")

_BAD_NAME: Final = (
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
)
_BAD_FIFO_NAME: Final = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length."
)


def check_new(name: str, attributes: Mapping[str, str]) -> bool:
    """Refuse what no queue can be called; answers whether it is to be a FIFO queue."""
    wanted = attributes.get("FifoQueue")
    if wanted is not None and wanted.lower() != "true":
        # So does AWS, even where the value is false.
        raise InvalidAttributeName("Unknown Attribute FifoQueue.")
    fifo = wanted is not None
    stem = name.removesuffix(FIFO_SUFFIX) if fifo else name
    if (
        len(name) > NAME_CHARS_MAX
        or not _NAME.fullmatch(stem)
        or (fifo and not name.endswith(FIFO_SUFFIX))
    ):
        raise InvalidParameterValue(_BAD_FIFO_NAME if fifo else _BAD_NAME)
    return fifo


def of_url(url: str) -> tuple[str, str]:
    """Account and name of the queue at an address: its path says it, whatever the host."""
    found = _URL.fullmatch(url)
    if found is None:
        raise InvalidAddress(f"The address {url[:300]} is not valid for this endpoint.")
    return found[1], found[2]


def is_fifo(url: str) -> bool:
    """Whether a FIFO queue is meant: its name says so."""
    return url.rstrip("/").endswith(FIFO_SUFFIX)


def url_of(endpoint: str, *, region: str, account: str, name: str) -> str:
    """The address of a queue at the endpoint that the client used."""
    return f"{endpoint or f'https://sqs.{region}.amazonaws.com'}/{account}/{name}"
