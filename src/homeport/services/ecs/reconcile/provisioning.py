"""Give awsvpc tasks their address, and their node its assignment.

Sole writer of a task's interface until it is attached, and of PROVISIONING to PENDING.
"""

from typing import Final

from msgspec.structs import replace

from homeport.contracts.networks import Interface, NoFreeAddress
from homeport.runtime import Tick
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.queries import tasks as queries
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.records.tasks import Task, TaskInterface
from homeport.store import ReadTx, Tx

WATCHES: Final = ("provisioning",)


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Make the interface of the task with this ARN, if it waits for one."""
    before = queries.find_task(tx, key)
    if before is None or before.interface is None or not _waits(before):
        return
    wanted = before.interface
    try:
        made = tick.peers.networks.create_interface(
            tx,
            before.account,
            before.region,
            wanted.subnet_id,
            security_groups=wanted.security_groups,
            description=_attachment_arn(before, wanted),
            now=tick.now,
            ids=tick.ids,
        )
    except NoFreeAddress:
        record(tx, lifecycle.change(before, _refused(before, wanted, tick.now)), now=tick.now)
        return
    after = replace(before, last_status="PENDING", interface=_attaching(wanted, made))
    after = lifecycle.counted(before, after)
    record(tx, lifecycle.change(before, after, assigned=True), now=tick.now)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every task that waits for its interface."""
    return tuple(queries.arns_in_provisioning(tx))


def _waits(task: Task) -> bool:
    return task.last_status == "PROVISIONING" and task.desired_status == "RUNNING"


def _attachment_arn(task: Task, interface: TaskInterface) -> str:
    home = f"arn:aws:ecs:{task.region}:{task.account}"
    return f"{home}:attachment/{interface.attachment_id}"


def _attaching(wanted: TaskInterface, made: Interface) -> TaskInterface:
    return replace(
        wanted,
        status="ATTACHING",
        interface_id=made.interface_id,
        vpc_id=made.subnet.vpc_id,
        vpc_cidr=made.subnet.vpc_cidr,
        subnet_cidr=made.subnet.cidr,
        mac_address=made.mac_address,
        private_dns_name=made.private_dns_name,
        private_ipv4=made.private_ipv4,
    )


def _refused(task: Task, wanted: TaskInterface, now: float) -> Task:
    reason = (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet "
        f"'{wanted.subnet_id}': InsufficientFreeAddressesInSubnet"
    )
    stopped = lifecycle.stop(
        task, code="TaskFailedToStart", reason=reason, by="its subnet, which is full", now=now
    )
    return replace(lifecycle.end(stopped, now=now), released=True)
