"""Finding what a request names, or refusing it as EventBridge does."""

from homeport.runtime import Call
from homeport.services.events.plan import names
from homeport.services.events.plan.names import DEFAULT
from homeport.services.events.queries import buses, rules
from homeport.services.events.records.buses import Bus, Place
from homeport.services.events.records.rules import Rule
from homeport.store import ReadTx


def the_bus(tx: ReadTx, call: Call, name_or_arn: str | None) -> Bus:
    """The bus of this name or ARN; the default one when there is none."""
    return bus_at(tx, names.place_of(name_or_arn, call.account, call.region))


def bus_at(tx: ReadTx, place: Place) -> Bus:
    """The bus of this place; that of the name ``default`` is always there."""
    found = buses.find_bus(tx, place)
    if found is not None:
        return found
    if place.bus != DEFAULT:
        raise names.no_such_bus(place.bus)
    return default_bus(place)


def default_bus(place: Place) -> Bus:
    """The default bus of a region in which nothing was set on it."""
    return Bus(place=place, arn=names.bus_arn(place))


def the_rule(tx: ReadTx, call: Call, name: str, bus_name_or_arn: str | None) -> Rule:
    """The rule of this name on this bus."""
    return rule_at(tx, the_bus(tx, call, bus_name_or_arn).place, name)


def rule_at(tx: ReadTx, place: Place, name: str) -> Rule:
    """The rule of this name on a bus that exists."""
    found = rules.find_rule(tx, names.rule_arn(place, name))
    if found is None:
        raise names.no_such_rule(name, place.bus)
    return found
