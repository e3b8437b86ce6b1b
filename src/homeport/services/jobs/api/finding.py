"""Finds the jobs of a call: those that there are, and those of which there is only a history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homeport.contracts.job_sources import Job
from homeport.kernel import arn as arns
from homeport.kernel.paging import BadToken, key_of
from homeport.runtime import Call
from homeport.services.jobs.errors import InvalidParameterException, JobNotFoundException
from homeport.services.jobs.plan import naming
from homeport.services.jobs.queries import lists
from homeport.services.jobs.records.ledger import NamedJob
from homeport.store import ReadTx

KINDS: Final = ("schedule", "rule")


@dataclass(frozen=True, slots=True)
class Known:
    """Every job of a region by its ARN; of the deleted ones only the name is left."""

    names: tuple[NamedJob, ...]
    sources: Mapping[str, Job]


@dataclass(frozen=True, slots=True)
class Found:
    """The job that a request means."""

    name: NamedJob
    source: Job | None
    """None: it was deleted, and has a history."""


def known(tx: ReadTx, call: Call) -> Known:
    """All that there are, and all that the ledger tells of."""
    place = (call.account, call.region)
    both = (*call.peers.schedules.jobs(tx, *place), *call.peers.rules.jobs(tx, *place))
    there = {each.arn: each for each in both}
    gone = (naming.named(arn) for arn in lists.sources(tx, *place) if arn not in there)
    names = (*map(name_of, there.values()), *(each for each in gone if each is not None))
    return Known(names, there)


def name_of(job: Job) -> NamedJob:
    """What a job is called."""
    return NamedJob(arn=job.arn, kind=job.kind, group=job.group, name=job.name)


def find(tx: ReadTx, call: Call, job: str, kind: str | None, group: str | None) -> Found:
    """The job with this ARN, or the one of this name.

    Raises `JobNotFoundException` and `AmbiguousJobException`.
    """
    check_kind(kind)
    if arns.is_arn(job):
        return _by_arn(tx, call, job)
    every = known(tx, call)
    name = naming.pick(naming.wanted(every.names, kind, group), job)
    return Found(name, every.sources.get(name.arn))


def check_kind(kind: str | None) -> None:
    """Refuses what is no kind of job."""
    if kind is not None and kind not in KINDS:
        raise InvalidParameterException(f"kind is one of {', '.join(KINDS)}, not {kind!r}.")


def page_key(token: str | None) -> str | None:
    """After what the page begins; None for the first."""
    try:
        return None if token is None else key_of(token)
    except BadToken:
        raise bad_token() from None


def bad_token() -> InvalidParameterException:
    """The refusal of a token that no answer held."""
    return InvalidParameterException("nextToken is not one that this operation answered.")


def _by_arn(tx: ReadTx, call: Call, arn: str) -> Found:
    gone = naming.named(arn)
    if gone is None:
        raise InvalidParameterException(f"{arn} is the ARN of neither a schedule nor a rule.")
    place = arns.parse(arn)
    if (place.account, place.region) == (call.account, call.region):
        peers = call.peers
        source = (peers.schedules if gone.kind == "schedule" else peers.rules).job(tx, arn)
        if source is not None:
            return Found(name_of(source), source)
        if lists.has_history(tx, call.account, call.region, arn):
            return Found(gone, None)
    raise JobNotFoundException(f"There is no {gone.kind} with the ARN {arn}.")
