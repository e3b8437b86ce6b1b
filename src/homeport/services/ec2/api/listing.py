"""What every Describe operation does alike: ids, filters, pages, dry runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from homeport.kernel import paging
from homeport.services.ec2.errors import (
    DryRunOperation,
    InvalidParameterCombination,
    InvalidParameterValue,
    NotFound,
)
from homeport.services.ec2.plan import filters
from homeport.services.ec2.plan.filters import Path

Item = TypeVar("Item", bound=Mapping[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one operation lists its resources."""

    key: str
    """The member that identifies a shown resource."""
    keys: str
    """The request's member with the wanted ids."""
    filters: Mapping[str, Path]
    not_found: type[NotFound]
    tags: str = "Tags"
    given: str = "Filters"
    """The request's member with the filters."""


def listed(
    items: Sequence[Item], request: Mapping[str, Any], kind: Kind
) -> tuple[list[Item], dict[str, str]]:
    """The page of `items` that the request asks for, and ``NextToken`` when there is more."""
    refuse_dry_run(request)
    wanted = request.get(kind.keys)
    if wanted:
        if "MaxResults" in request:
            member = kind.keys[0].lower() + kind.keys[1:]
            raise InvalidParameterCombination(
                f"The parameter {member} cannot be used with the parameter maxResults"
            )
        items = _with_keys(items, wanted, kind)
    chosen = filters.parse(request.get(kind.given, ()))
    found = filters.select(items, chosen, kind.filters, tags=kind.tags)
    found.sort(key=lambda item: str(item[kind.key]))
    return _page(found, request, kind)


def filtered(
    items: Sequence[Item],
    request: Mapping[str, Any],
    known: Mapping[str, Path],
    *,
    tags: str = "Tags",
) -> list[Item]:
    """Those items that fit the request's filters."""
    return filters.select(items, filters.parse(request.get("Filters", ())), known, tags=tags)


def refuse_dry_run(request: Mapping[str, Any]) -> None:
    """Raise what EC2 answers when it is only asked whether it would."""
    if request.get("DryRun", False):
        raise DryRunOperation


def _with_keys(items: Sequence[Item], wanted: Iterable[str], kind: Kind) -> list[Item]:
    by_key = {str(item[kind.key]): item for item in items}
    unique = list(dict.fromkeys(wanted))
    missing = [key for key in unique if key not in by_key]
    if missing:
        raise kind.not_found(missing)
    return [by_key[key] for key in unique]


def _page(
    found: list[Item], request: Mapping[str, Any], kind: Kind
) -> tuple[list[Item], dict[str, str]]:
    token = request.get("NextToken")
    if token:
        try:
            after = paging.key_of(token)
        except paging.BadToken as error:
            raise InvalidParameterValue("Unable to parse pagination token") from error
        found = [item for item in found if str(item[kind.key]) > after]
    limit = request.get("MaxResults", len(found))
    if "MaxResults" in request and limit < 1:  # Not every model says so.
        raise InvalidParameterValue(
            f"Value ( {limit} ) for parameter maxResults is invalid. Expecting a value greater "
            "than or equal to 1."
        )
    shown, rest = paging.page(found, lambda item: str(item[kind.key]), limit)
    return list(shown), {} if rest is None else {"NextToken": rest}
