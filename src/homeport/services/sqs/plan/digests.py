"""MD5 digests by which clients check what SQS understood.  Pure."""

import hashlib
from collections.abc import Iterable

from homeport.services.sqs.records.messages import Attribute


def of_text(text: str) -> str:
    """The digest of a body."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def of_attributes(attributes: Iterable[Attribute]) -> str | None:
    """The digest of message attributes, by name; None where there are none.

    Lengths are four bytes, the most significant first; a byte says whether the value is text.
    """
    digest = hashlib.md5(usedforsecurity=False)
    ordered = sorted(attributes, key=lambda each: each.name)
    for each in ordered:
        for part in (each.name.encode(), each.data_type.encode()):
            digest.update(len(part).to_bytes(4))
            digest.update(part)
        value = each.data if each.data is not None else (each.text or "").encode()
        digest.update(b"\x02" if each.data is not None else b"\x01")
        digest.update(len(value).to_bytes(4))
        digest.update(value)
    return digest.hexdigest() if ordered else None


def of_content(text: str) -> str:
    """What content-based deduplication goes by: SHA-256 of the body."""
    return hashlib.sha256(text.encode()).hexdigest()
