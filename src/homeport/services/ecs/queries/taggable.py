"""Whether a resource that is to be tagged exists, whatever kind it is."""

from sqlalchemy import bindparam, select

from homeport.kernel import arn as arns
from homeport.services.ecs.queries.clusters import find_cluster
from homeport.services.ecs.queries.instances import LIVE, find_instance
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.queries.task_sets import find_task_set
from homeport.services.ecs.tables import task_definitions, tasks
from homeport.store import ReadTx

_TASK = select(tasks.c.arn).where(tasks.c.arn == bindparam("arn"))
_DEFINITION = select(task_definitions.c.revision).where(
    task_definitions.c.account == bindparam("account"),
    task_definitions.c.region == bindparam("region"),
    task_definitions.c.family == bindparam("family"),
    task_definitions.c.revision == bindparam("revision"),
)


def exists(tx: ReadTx, kind: str, arn: str, *, account: str, region: str) -> bool:
    """Whether the resource of this kind can be tagged: it is there, and not deleted."""
    match kind:
        case "cluster":
            cluster = find_cluster(tx, account, region, arn)
            return cluster is not None and cluster.status == "ACTIVE"
        case "container-instance":
            instance = find_instance(tx, arn)
            return instance is not None and instance.status in LIVE
        case "service":
            service = find_service(tx, arn)
            return service is not None and service.status != "INACTIVE"
        case "task":
            return tx.row(_TASK, {"arn": arn}) is not None
        case "task-set":
            return find_task_set(tx, arn) is not None
        case "task-definition":
            return _definition_exists(tx, arn, account=account, region=region)
        case _:
            return False


def _definition_exists(tx: ReadTx, arn: str, *, account: str, region: str) -> bool:
    parsed = arns.parse(arn)
    family, _, revision = parsed.rest.rpartition(":")
    if not revision.isdecimal() or len(revision) > 9 or parsed.region != region:
        return False
    parameters = {
        "account": account,
        "region": region,
        "family": family,
        "revision": int(revision),
    }
    return tx.row(_DEFINITION, parameters) is not None
