"""Which services there are, and how they are joined."""

from dataclasses import replace
from pathlib import Path

from homeport.app.operations import ServedOperations
from homeport.app.settings import Settings
from homeport.contracts.certificates import IssuedCertificate
from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.runtime import Service
from homeport.services.acm import wiring as acm
from homeport.services.acm.facade import AcmCertificates
from homeport.services.cloudwatch import wiring as cloudwatch
from homeport.services.cloudwatch.facade import CloudWatchAlarms, CloudWatchMetrics
from homeport.services.codedeploy import wiring as codedeploy
from homeport.services.ec2 import wiring as ec2
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.ecs import wiring as ecs
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.facade.fleet import EcsFleet
from homeport.services.elbv2 import wiring as elbv2
from homeport.services.elbv2.facade.certificates import ElbCertificateUses
from homeport.services.elbv2.facade.routing import ElbRouting
from homeport.services.elbv2.facade.targets import ElbTargets
from homeport.services.elbv2.facade.traffic import ElbTraffic
from homeport.services.events import wiring as events
from homeport.services.events.facade import RuleJobs, StoredBus
from homeport.services.hooks import wiring as hooks
from homeport.services.hooks.facade import MappedHooks
from homeport.services.iam import wiring as iam
from homeport.services.iam.facade import IamCertificates
from homeport.services.jobs import wiring as jobs
from homeport.services.jobs.facade import LedgerFirings
from homeport.services.logs import wiring as logs
from homeport.services.logs.facade import StoredLogs
from homeport.services.scheduler import wiring as scheduler
from homeport.services.scheduler.facade import ScheduleJobs
from homeport.services.sqs import wiring as sqs
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
    operations = ServedOperations(clock, _every_service)
    firings = LedgerFirings(operations)
    mapped = MappedHooks(operations)
    peers = Peers(
        identities=identities,
        networks=Ec2Networks(),
        logs=StoredLogs(),
        fleet=EcsFleet(identities=identities, clock=clock),
        events=EcsEvents(),
        certificates=EveryCertificate(),
        certificate_uses=ElbCertificateUses(),
        targets=ElbTargets(),
        routing=ElbRouting(certificates=EveryCertificate(), metrics=CloudWatchMetrics()),
        traffic=ElbTraffic(),
        metrics=CloudWatchMetrics(),
        alarms=CloudWatchAlarms(),
        hooks=mapped,
        hook_work=mapped,
        operations=operations,
        bus=StoredBus(),
        firings=firings,
        schedules=ScheduleJobs(firings),
        rules=RuleJobs(firings),
    )
    operations.join(peers)
    return peers


def all_services(settings: Settings) -> tuple[Service, ...]:
    """Every service that is served."""
    ours = (
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
        *cloudwatch.services(),
        *codedeploy.services(),
        *hooks.services(),
        *sqs.services(),
        *events.services(),
        *scheduler.services(),
        *jobs.services(history_s=settings.task_history_s),
    )
    together: dict[str, Service] = {}
    for each in ours:
        known = together.get(each.name)
        together[each.name] = each if known is None else _joined(known, each)
    return tuple(together.values())


def _joined(one: Service, other: Service) -> Service:
    """Two parts of one API, of different packages: that of Homeport itself has several."""
    return replace(
        one,
        operations={**one.operations, **other.operations},
        reconcilers=(*one.reconcilers, *other.reconcilers),
        unsupported={**one.unsupported, **other.unsupported},
    )


def _every_service() -> tuple[Service, ...]:
    """Every service, to be asked for operations: no setting matters to those."""
    return all_services(Settings(state_dir=Path()))
