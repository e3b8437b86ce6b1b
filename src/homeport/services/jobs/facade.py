"""Firings, for schedules and rules: homeport.contracts.firings.  Nothing is invoked here."""

from homeport.contracts.firings import Target, Wanted
from homeport.contracts.operations import Operations
from homeport.kernel.errors import AwsError
from homeport.kernel.ids import Ids
from homeport.services.jobs.plan.asks import BadTarget
from homeport.services.jobs.plan.lanes import lane_of
from homeport.services.jobs.plan.refusals import needs_role, not_served, wrong_region
from homeport.services.jobs.plan.targets import first_ask
from homeport.services.jobs.queries import firings
from homeport.services.jobs.records.firings import Firing
from homeport.store import ReadTx, Tx


class LedgerFirings:
    """Fulfils `Firings` of homeport.contracts."""

    def __init__(self, operations: Operations) -> None:
        """`operations`: what targets are asked for."""
        self._operations = operations

    def refusal(
        self,
        tx: ReadTx,  # noqa: ARG002
        target: Target,
        payload: str,
        *,
        region: str,
    ) -> str | None:
        try:
            ask = first_ask(target, payload, region=region)
        except BadTarget as bad:
            return str(bad)
        if not self._operations.offers(ask.service, ask.operation):
            return not_served(ask)
        elsewhere = wrong_region(target, ask, region) or needs_role(target, ask)
        if elsewhere is not None or ask.forwarded:
            return elsewhere
        try:
            self._operations.request_for(ask.service, ask.operation, ask.members, strict=ask.strict)
        except AwsError as error:
            return f"Invalid RequestJson provided. Reason {error.message}"
        return None

    def fire(self, tx: Tx, wanted: Wanted, *, now: float, ids: Ids) -> str:
        known = firings.known_id(tx, wanted.source, wanted.target_id, wanted.token)
        if known is not None:
            return known
        firing = Firing(
            id=ids.uuid(),
            wanted=wanted,
            lane=lane_of(wanted),
            created_at=now,
            next_attempt_at=wanted.due_at,
        )
        firings.insert_firing(tx, firing)
        return firing.id

    def missed(self, tx: Tx, wanted: Wanted, *, count: int, why: str, now: float, ids: Ids) -> None:
        if firings.known_id(tx, wanted.source, wanted.target_id, wanted.token) is not None:
            return
        firing = Firing(
            id=ids.uuid(),
            wanted=wanted,
            lane=lane_of(wanted),
            created_at=now,
            state="MISSED",
            reason=why,
            missed_count=count,
            ended_at=now,
            closed_at=now,
        )
        firings.insert_firing(tx, firing)

    def undelivered(self, tx: ReadTx, source: str) -> int:
        return firings.count_undelivered(tx, source)
