"""Asks ECS's operations as the gateway does, without the wire, and puts nodes and tasks there."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from homeport.link.messages import Hello
from homeport.runtime import Call, operations_of
from homeport.services.ecs.api import (
    account_settings,
    attributes,
    capacity_providers,
    clusters,
    container_instances,
    nodes,
    service_lists,
    service_records,
    tags,
    task_protection,
)
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.queries import clusters as cluster_queries
from homeport.services.ecs.queries import instances
from homeport.services.ecs.queries.tasks import insert_tasks
from homeport.services.ecs.records.tasks import Task
from homeport.store import Store, Tx

ACCOUNT = "000000000000"
REGION = "us-east-1"
HOME = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
DEFAULT = f"{HOME}:cluster/default"

OPERATIONS = operations_of(
    (
        account_settings,
        attributes,
        capacity_providers,
        clusters,
        container_instances,
        nodes,
        service_lists,
        service_records,
        tags,
        task_protection,
    )
)


class Asked:
    """ECS with its cluster ``default``: call it with an operation and its request."""

    def __init__(self, store: Store, call: Callable[..., Call]) -> None:
        self.store = store
        self._call = call
        store.write(
            lambda tx: cluster_queries.insert_cluster(
                tx, new_cluster(account=ACCOUNT, region=REGION, name="default")
            )
        )

    def __call__(self, operation: str, *, by: str | None = None, **request: Any) -> Any:
        """The response to the request of the caller `by`, root unless said otherwise."""
        wanted = OPERATIONS[operation]
        call = self._call() if by is None else self._call(principal=by)
        run = self.store.write if wanted.writes else self.store.read
        return run(lambda tx: wanted.handler(tx, call, request))

    def add_node(self, number: int = 1, *, cluster: str = "default", **changes: Any) -> str:
        """A node says hello; answers the ARN of its container instance."""
        hello = Hello(
            node_id=f"{number:032x}",
            region=REGION,
            account=ACCOUNT,
            cluster=cluster,
            cpu=2048,
            memory_mib=4096,
            attributes={"ecs.os-type": "linux", "ecs.cpu-architecture": "x86_64"},
            agent_version="1.2.3",
            docker_version="20.10.24",
        )

        def register(tx: Tx) -> str:
            of = cluster_queries.active_cluster(tx, ACCOUNT, REGION, cluster)
            said = replace(hello, **changes)
            return instances.register_node(tx, of, said, now=1_700_000_000.0).arn

        return self.store.write(register)

    def add_tasks(self, *tasks: Task) -> None:
        """Put tasks there as they are."""
        self.store.write(lambda tx: insert_tasks(tx, tasks))


def task(number: int = 1, *, cluster: str = "default", **changes: Any) -> Task:
    """A task on EC2 that runs."""
    members: dict[str, Any] = {
        "arn": f"{HOME}:task/{cluster}/{number:032x}",
        "account": ACCOUNT,
        "region": REGION,
        "cluster_arn": f"{HOME}:cluster/{cluster}",
        "cluster_name": cluster,
        "definition_arn": f"{HOME}:task-definition/web:1",
        "family": "web",
        "revision": 1,
        "group": "family:web",
        "launch_type": "EC2",
        "network_mode": "bridge",
        "created_at": 1_700_000_000.0,
        "last_status": "RUNNING",
    }
    return Task(**(members | changes))


def names(settings: Sequence[Any]) -> list[str]:
    """The names of what has a name."""
    return [each["name"] for each in settings]
