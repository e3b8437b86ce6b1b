"""Which job is meant by a name or an ARN.  Pure: it is told every job that there is."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from homeport.kernel import arn as arns
from homeport.services.jobs.errors import AmbiguousJobException, JobNotFoundException
from homeport.services.jobs.records.ledger import NamedJob

NEAR_MAX: Final = 3
LISTED_MAX: Final = 10
"""Jobs of the same name that an error lists."""
DEFAULT: Final = "default"


def named(arn: str) -> NamedJob | None:
    """The job that an ARN names, as one that is not there any more; None for other ARNs."""
    try:
        parts = arns.parse(arn)
    except arns.BadArn:
        return None
    if parts.service == "scheduler" and parts.kind == "schedule":
        group, slash, name = parts.rest.partition("/")
        if slash and group and name:
            return NamedJob(arn=arn, kind="schedule", group=group, name=name, is_deleted=True)
    if parts.service == "events" and parts.kind == "rule":
        # The bus of a partner has slashes in its name; a rule never has.
        bus, _, name = parts.rest.rpartition("/")
        if name:
            return NamedJob(arn=arn, kind="rule", group=bus or DEFAULT, name=name, is_deleted=True)
    return None


def wanted(jobs: Iterable[NamedJob], kind: str | None, group: str | None) -> list[NamedJob]:
    """Those of a kind and a group, if these are said, in their order."""
    chosen = (
        each
        for each in jobs
        if (kind is None or each.kind == kind) and (group is None or each.group == group)
    )
    return sorted(chosen, key=lambda each: each.place)


def pick(jobs: Sequence[NamedJob], name: str) -> NamedJob:
    """The one of this name; those that are there go before those that only have a history.

    Raises `AmbiguousJobException`, and `JobNotFoundException` with the names that are near.
    """
    same = [each for each in jobs if each.name == name]
    chosen = [each for each in same if not each.is_deleted] or same
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        listed = "; ".join(described(each) for each in chosen[:LISTED_MAX])
        more = len(chosen) - LISTED_MAX
        rest = f"; and {more} more" if more > 0 else ""
        raise AmbiguousJobException(
            f"{name} is the name of {len(chosen)} jobs: {listed}{rest}. "
            "Say which one is meant by its group or kind, or by its ARN."
        )
    raise JobNotFoundException(not_found(name, jobs))


def described(job: NamedJob) -> str:
    """``schedule nightly of group default``."""
    place = "group" if job.kind == "schedule" else "bus"
    return f"{job.kind} {job.name} of {place} {job.group}"


def not_found(name: str, jobs: Iterable[NamedJob]) -> str:
    """A sentence: there is no such job, and which names are like it."""
    told = f"There is no schedule and no rule {name}."
    near = get_close_matches(name, sorted({each.name for each in jobs}), n=NEAR_MAX, cutoff=0.6)
    return f"{told} Did you mean {' or '.join(near)}?" if near else told
