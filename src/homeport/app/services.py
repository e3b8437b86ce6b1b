"""Which services there are, and how they are joined."""

from homeport.app.settings import Settings
from homeport.contracts.certificates import IssuedCertificate
from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.runtime import Service
from homeport.services.acm import wiring as acm
from homeport.services.acm.facade import AcmCertificates
from homeport.services.ec2 import wiring as ec2
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.ecs import wiring as ecs
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.facade import EcsFleet
from homeport.services.elbv2 import wiring as elbv2
from homeport.services.elbv2.facade import ElbRouting, ElbTargets
from homeport.services.iam import wiring as iam
from homeport.services.iam.facade import IamCertificates
from homeport.services.logs import wiring as logs
from homeport.services.logs.facade import StoredLogs
from homeport.services.sts import wiring as sts
from homeport.services.sts.facade import StsIdentities
from homeport.store import ReadTx, Tx


class EveryCertificate:
    """Certificates of either service: their ARNs tell them apart."""

    def certificate(self, tx: ReadTx, arn: str) -> IssuedCertificate | None:
        """The certificate with this ARN, if it can be used."""
        return AcmCertificates().certificate(tx, arn) or IamCertificates().certificate(tx, arn)

    def root(self, tx: Tx, account: str, *, now: float) -> str:
        """The root that issues the account's certificates, in PEM."""
        return AcmCertificates().root(tx, account, now=now)


def providers(clock: Clock) -> Peers:
    """What services provide to each other."""
    identities = StsIdentities()
    return Peers(
        identities=identities,
        networks=Ec2Networks(),
        logs=StoredLogs(),
        fleet=EcsFleet(identities=identities, clock=clock),
        events=EcsEvents(),
        certificates=EveryCertificate(),
        targets=ElbTargets(),
        routing=ElbRouting(certificates=EveryCertificate()),
    )


def all_services(settings: Settings) -> tuple[Service, ...]:
    """Every service that is served."""
    return (
        *ecs.services(
            history_s=settings.task_history_s,
            healthy_after_s=settings.healthy_after_s,
            lost_after_s=settings.node_lost_after_s,
        ),
        *logs.services(),
        *sts.services(),
        *ec2.services(),
        *elbv2.services(),
        *acm.services(),
        *iam.services(),
    )
