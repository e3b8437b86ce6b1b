"""What buses and rules may be called, and what their ARNs are.  Pure."""

import re
from typing import Final

from msgspec import Struct

from homeport.kernel import arn as arns
from homeport.services.events.errors import ResourceNotFoundException, ValidationException
from homeport.services.events.records.buses import Place

DEFAULT: Final = "default"
"""The bus that is there without being made."""

_BUS_ARN: Final = re.compile(r"arn:aws[\w-]*:events:([^:]+):([0-9]{12}):event-bus/(.+)")


def bus_arn(place: Place) -> str:
    """The ARN of a bus."""
    return f"arn:aws:events:{place.region}:{place.account}:event-bus/{place.bus}"


def rule_arn(place: Place, name: str) -> str:
    """The ARN of a rule: that of the default bus leaves the bus out."""
    path = name if place.bus == DEFAULT else f"{place.bus}/{name}"
    return f"arn:aws:events:{place.region}:{place.account}:rule/{path}"


def bus_of_arn(arn: str) -> Place | None:
    """Which bus an ARN names; None when it names none."""
    found = _BUS_ARN.fullmatch(arn)
    return None if found is None else Place(found[2], found[1], found[3])


def place_of(name_or_arn: str | None, account: str, region: str) -> Place:
    """The bus that a request names; the default one when it names none.

    A bus of another account or region is not within reach.
    """
    said = name_or_arn or DEFAULT
    named = bus_of_arn(said)
    if named is None:
        return Place(account, region, said)
    if (named.account, named.region) != (account, region):
        raise no_such_bus(named.bus)
    return named


def custom_name(name: str) -> str:
    """The name, if a custom bus may have it."""
    if "/" in name:
        raise ValidationException(
            f"Parameter Name is not valid. Reason: '/' is not supported for custom event buses: "
            f"{name}"
        )
    return name


def no_such_bus(name: str) -> ResourceNotFoundException:
    """There is no bus of this name."""
    return ResourceNotFoundException(f"Event bus {name} does not exist.")


def no_such_rule(name: str, bus: str) -> ResourceNotFoundException:
    """The bus has no rule of this name."""
    return ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus}.")


class Tagged(Struct, frozen=True):
    """What an ARN names that has tags."""

    place: Place
    rule: str
    """Empty when it is the bus itself."""


def tagged(text: str) -> Tagged:
    """The bus or the rule that an ARN names."""
    try:
        arn = arns.parse(text)
    except arns.BadArn:
        raise bad_arn(text) from None
    kind, _, rest = arn.resource.partition("/")
    if arn.service != "events" or kind not in {"event-bus", "rule"} or not rest:
        raise bad_arn(text)
    if kind == "event-bus":
        return Tagged(Place(arn.account, arn.region, rest), "")
    bus, _, name = rest.rpartition("/")
    return Tagged(Place(arn.account, arn.region, bus or DEFAULT), name)


def bad_arn(text: str) -> ValidationException:
    """The text is no ARN, or not that of such a thing."""
    return ValidationException(
        f"Parameter {text} is not valid. Reason: Provided Arn is not in correct format."
    )
