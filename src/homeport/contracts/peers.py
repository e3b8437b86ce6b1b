"""Everything that services provide to each other, handed to each call and each reconcile pass."""

from dataclasses import dataclass

from homeport.contracts.certificates import Certificates
from homeport.contracts.events import Events
from homeport.contracts.fleet import Fleet
from homeport.contracts.identity import Identities
from homeport.contracts.logs import Logs
from homeport.contracts.networks import Networks
from homeport.contracts.routing import Routing
from homeport.contracts.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The providers that `app` joined.  Cross-service work happens in the caller's transaction."""

    identities: Identities
    networks: Networks
    logs: Logs
    fleet: Fleet
    events: Events
    certificates: Certificates
    targets: Targets
    routing: Routing
