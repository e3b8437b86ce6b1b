"""Everything that services provide to each other, handed to each call and each reconcile pass."""

from dataclasses import dataclass

from homeport.contracts.alarms import Alarms
from homeport.contracts.bus import Bus
from homeport.contracts.certificates import Certificates, CertificateUses
from homeport.contracts.events import Events
from homeport.contracts.firings import Firings
from homeport.contracts.fleet import Fleet
from homeport.contracts.hooks import Hooks, HookWork
from homeport.contracts.identity import Identities
from homeport.contracts.job_sources import JobSources
from homeport.contracts.logs import Logs
from homeport.contracts.metrics import Metrics
from homeport.contracts.networks import Networks
from homeport.contracts.operations import Operations
from homeport.contracts.routing import Routing
from homeport.contracts.targets import Targets
from homeport.contracts.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The providers that `app` joined.  Cross-service work happens in the caller's transaction."""

    identities: Identities
    networks: Networks
    logs: Logs
    fleet: Fleet
    events: Events
    certificates: Certificates
    certificate_uses: CertificateUses
    targets: Targets
    routing: Routing
    traffic: Traffic
    metrics: Metrics
    alarms: Alarms
    hooks: Hooks
    hook_work: HookWork
    operations: Operations
    bus: Bus
    firings: Firings
    schedules: JobSources
    rules: JobSources
