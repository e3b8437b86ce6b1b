"""Remove deleted task definitions once nothing uses them any more.

Sole remover of task definitions.  Their revision numbers stay taken.
"""

from typing import Final

from homeport.kernel import arn as arns
from homeport.runtime import Again, Tick
from homeport.services.ecs.queries import tags
from homeport.services.ecs.queries import task_definitions as queries
from homeport.store import ReadTx, Tx

WATCHES: Final = ("definition",)
LOOK_AGAIN_S: Final = 15.0
"""Definitions are rarely deleted in use: looking again costs less than a pass for each task."""


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove the definition with this ARN if it was deleted and no task has anything of it."""
    arn = arns.parse(key)
    definition = queries.find(tx, arn.account, arn.region, key)
    if definition is None or definition.status != "DELETE_IN_PROGRESS":
        return None
    if queries.is_used(tx, key):
        return Again(after_s=LOOK_AGAIN_S)
    queries.delete_definition(tx, arn.account, arn.region, definition)
    tags.remove_all_tags(tx, key)
    return None


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every definition that waits for its removal."""
    return queries.arns_to_delete(tx)
