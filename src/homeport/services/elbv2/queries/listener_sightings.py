"""Statements over what the data plane says of listeners."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from homeport.services.elbv2.records.target_groups import ListenerProblems
from homeport.services.elbv2.tables import listener_sightings as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(ListenerProblems)

_EVERY = select(table.c.body)
_OF_SOME = select(table.c.body).where(table.c.listener_arn.in_(bindparam("arns", expanding=True)))
_INSERT = insert(table)
_DELETE = delete(table).where(table.c.listener_arn.in_(bindparam("arns", expanding=True)))


def every_sighting(tx: ReadTx) -> Mapping[str, ListenerProblems]:
    """What was seen last of each listener, by its ARN."""
    found = (_DECODER.decode(row.body) for row in tx.rows(_EVERY))
    return {each.listener_arn: each for each in found}


def sightings_of(tx: ReadTx, listener_arns: Sequence[str]) -> Mapping[str, ListenerProblems]:
    """What was seen last of those of these listeners that were seen, by ARN."""
    if not listener_arns:
        return {}
    rows = tx.rows(_OF_SOME, {"arns": list(listener_arns)})
    found = (_DECODER.decode(row.body) for row in rows)
    return {each.listener_arn: each for each in found}


def replace_sightings(tx: Tx, seen: Sequence[ListenerProblems]) -> None:
    """Record what was seen of these listeners, instead of what was seen before."""
    if seen:
        forget(tx, [each.listener_arn for each in seen])
        rows = [{"listener_arn": each.listener_arn, "body": _ENCODER.encode(each)} for each in seen]
        tx.execute(_INSERT, rows)


def forget(tx: Tx, listener_arns: Iterable[str]) -> None:
    """Forget listeners that are gone."""
    arns = list(listener_arns)
    if arns:
        tx.execute(_DELETE, {"arns": arns})
