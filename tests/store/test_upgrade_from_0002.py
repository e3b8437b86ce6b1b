"""A database of revision 0002 becomes what a new one is, and everything goes on in it."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import create_engine, select, text

from conftest import ACCOUNT, CallFactory, CountedIds, create_tables, fresh_database
from homeport.link.vpc import Allow, GroupRules
from homeport.runtime import Seed
from homeport.services.ec2 import records
from homeport.services.ec2 import tables as ec2_tables
from homeport.services.ec2 import wiring as ec2_wiring
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.ecs import wiring as ecs_wiring
from homeport.store import Store
from homeport.store.postgres import PostgresStore
from homeport.store.sqlite import SqliteStore
from old_state import HOME, LEFT_RUNNING, OTHER, SERVICE, make_old_state, old_rows

POSTGRES = os.environ.get("HOMEPORT_TEST_POSTGRES")
RECORDS = {
    "ec2_vpcs": records.Vpc,
    "ec2_subnets": records.Subnet,
    "ec2_security_groups": records.SecurityGroup,
    "ec2_internet_gateways": records.InternetGateway,
    "ec2_route_tables": records.RouteTable,
    "ec2_network_acls": records.NetworkAcl,
    "ec2_dhcp_options": records.DhcpOptions,
    "ec2_network_interfaces": records.Interface,
}
DESCRIBING = (
    "DescribeVpcs",
    "DescribeSubnets",
    "DescribeRouteTables",
    "DescribeNetworkAcls",
    "DescribeDhcpOptions",
    "DescribeInternetGateways",
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "DescribeNetworkInterfaces",
)
EC2_ID = re.compile(r"\b([a-z]+(?:-[a-z]+)*)-0[0-9a-f]{16}\b")

Ask = Callable[..., Any]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """The address of a database of revision 0002, and the store that it is opened as."""
    if request.param == "sqlite":
        path = tmp_path / "state.db"
        make_old_state(f"sqlite:///{path}")
        with closing(SqliteStore(path)) as opened:
            yield f"sqlite:///{path}", opened
        return
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    with fresh_database(POSTGRES) as url:
        make_old_state(url)
        with closing(PostgresStore(url)) as opened:
            yield url.replace("postgresql://", "postgresql+psycopg://", 1), opened


@pytest.fixture
def upgraded(place: tuple[str, Store]) -> Store:
    """The database, brought up to date and seeded as a start does it."""
    _, store = place
    store.migrate()
    _seed(store, CountedIds(1_000_000))
    return store


@pytest.fixture
def new() -> Iterator[Store]:
    """A new database to which the same has happened."""
    with closing(SqliteStore()) as store:
        store.write(create_tables)
        ids = CountedIds()
        _seed(store, ids)
        _relive(store, ids)
        yield store


def _seed(store: Store, ids: CountedIds) -> None:
    told = Seed(account=ACCOUNT, home_region=HOME, regions=(OTHER, HOME), now=0.0, ids=ids)
    for service in ec2_wiring.services():
        seed = service.seed
        assert seed is not None
        store.write(lambda tx, seed=seed: seed(tx, told))  # type: ignore[misc]


def _relive(store: Store, ids: CountedIds) -> None:
    """Have as many addresses handed out as in the old database, and the same given back."""
    held = {row["address"]: row["body"] for row in old_rows()["ec2_network_interfaces"]}
    returned = {row["address"] for row in old_rows()["ec2_returned_addresses"]}
    zone = next(iter(held.values()))["zone"]
    for number in sorted(held.keys() | returned):
        _interface(store, ids, zone, held.get(number))


def _interface(store: Store, ids: CountedIds, zone: str, old: dict[str, Any] | None) -> str:
    """An interface in the default subnet of a zone: as `old` is, or given back at once."""
    networks = Ec2Networks()

    def run(tx: Any) -> str:
        subnets = networks.default_subnets(tx, ACCOUNT, HOME)
        subnet = next(each for each in subnets if each.availability_zone == zone)
        group = networks.default_security_group(tx, ACCOUNT, HOME, subnet.vpc_id)
        assert group is not None
        made = networks.create_interface(
            tx,
            ACCOUNT,
            HOME,
            subnet.subnet_id,
            security_groups=(group.group_id,),
            description="" if old is None else old["description"],
            now=0.0 if old is None else old["created_at"],
            ids=ids,
        )
        if old is None:
            networks.delete_interface(tx, ACCOUNT, HOME, made.interface_id)
        return made.private_ipv4

    return store.write(run)


def _lines(store: Store) -> list[str]:
    """Every row of EC2 as the code reads it; what an id is does not count, only whose it is."""
    lines = []
    for table in ec2_tables.METADATA.sorted_tables:
        rows = store.read(lambda tx, table=table: tx.rows(select(table)))  # type: ignore[misc]
        told = [json.dumps(_read(table.name, row._mapping), sort_keys=True) for row in rows]
        lines += [f"{table.name} {each}" for each in sorted(told, key=_without_ids)]
    numbers: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"{found[1]}#{len(numbers)}")

    return [EC2_ID.sub(numbered, line) for line in lines]


def _read(table: str, row: Any) -> dict[str, Any]:
    columns = dict(row)
    if "body" in columns:
        record = msgspec.json.decode(columns["body"], type=RECORDS[table])
        columns["body"] = msgspec.to_builtins(record)
    return columns


def _without_ids(line: str) -> str:
    return EC2_ID.sub(r"\1", line)


def _described(store: Store, call: CallFactory, name: str, region: str) -> list[str]:
    (service,) = ec2_wiring.services()
    handler = service.operations[name].handler
    answer = store.read(lambda tx: handler(tx, call(region=region), {}))
    (found,) = (value for value in answer.values() if isinstance(value, list))
    assert found
    return sorted(_without_ids(json.dumps(_sorted(each), sort_keys=True)) for each in found)


def _sorted(shown: Any) -> Any:
    """The same whatever order lists are in: theirs is that of the ids."""
    if isinstance(shown, dict):
        return {key: _sorted(value) for key, value in shown.items()}
    if isinstance(shown, list):
        return sorted((_sorted(each) for each in shown), key=lambda each: _without_ids(str(each)))
    return shown


def _asked(store: Store, call: CallFactory, services: Any, name: str, /, **request: Any) -> Any:
    operation = next(
        each.operations[name] for each in services.services() if name in each.operations
    )
    run = store.write if operation.writes else store.read
    return run(lambda tx: operation.handler(tx, call(), request))


def test_an_upgraded_database_holds_what_a_new_one_holds(upgraded: Store, new: Store) -> None:
    assert _lines(upgraded) == _lines(new)


def test_an_upgraded_database_is_described_as_a_new_one(
    upgraded: Store, new: Store, call: CallFactory
) -> None:
    for name in DESCRIBING:
        assert _described(upgraded, call, name, HOME) == _described(new, call, name, HOME)
    for name in DESCRIBING[:-1]:  # Only the home region has interfaces.
        assert _described(upgraded, call, name, OTHER) == _described(new, call, name, OTHER)


def test_the_ids_of_before_stay(upgraded: Store, call: CallFactory) -> None:
    for name, member, key, table in (
        ("DescribeVpcs", "Vpcs", "VpcId", "ec2_vpcs"),
        ("DescribeSubnets", "Subnets", "SubnetId", "ec2_subnets"),
        ("DescribeRouteTables", "RouteTables", "RouteTableId", "ec2_route_tables"),
    ):
        shown = _asked(upgraded, call, ec2_wiring, name)[member]
        before = {row["id"] for row in old_rows()[table] if row["region"] == HOME}
        assert {each[key] for each in shown} == before
    (vpc,) = _asked(upgraded, call, ec2_wiring, "DescribeVpcs")["Vpcs"]
    (options,) = _asked(upgraded, call, ec2_wiring, "DescribeDhcpOptions")["DhcpOptions"]
    (acl,) = _asked(upgraded, call, ec2_wiring, "DescribeNetworkAcls")["NetworkAcls"]
    assert options["DhcpOptionsId"] == vpc["DhcpOptionsId"]
    assert len({each["NetworkAclAssociationId"] for each in acl["Associations"]}) == 3


def test_running_tasks_are_in_the_policy_of_their_vpc(upgraded: Store) -> None:
    held = old_rows()["ec2_network_interfaces"]
    vpc_id, (group_id,) = held[0]["body"]["vpc_id"], held[0]["body"]["group_ids"]
    policy = upgraded.read(lambda tx: Ec2Networks().policy(tx, vpc_id))
    assert policy is not None
    addresses = sorted((row["address"], row["body"]["address"]) for row in held)
    assert len(addresses) == LEFT_RUNNING
    assert policy.addresses == tuple((address, (group_id,)) for _, address in addresses)
    assert policy.local == ()
    assert policy.groups == (
        GroupRules(
            group_id=group_id,
            ingress=(Allow(protocol="-1", group_id=group_id),),
            egress=(Allow(protocol="-1", cidr="0.0.0.0/0"),),
        ),
    )


def test_addresses_go_on_where_they_were(upgraded: Store, new: Store) -> None:
    zone = old_rows()["ec2_network_interfaces"][0]["body"]["zone"]
    old = old_rows()["ec2_network_interfaces"][0]["body"]
    ids = CountedIds(2_000_000)
    assert _interface(upgraded, ids, zone, old) == _interface(new, ids, zone, old) == "172.31.32.8"


def test_subnets_and_vpcs_are_made_beside_those_of_before(
    upgraded: Store, call: CallFactory, ids: CountedIds
) -> None:
    ids.count = 2_000_000
    (before,) = _asked(upgraded, call, ec2_wiring, "DescribeVpcs")["Vpcs"]
    subnet = _asked(
        upgraded,
        call,
        ec2_wiring,
        "CreateSubnet",
        VpcId=before["VpcId"],
        CidrBlock="172.31.96.0/20",
    )["Subnet"]
    assert subnet["AvailableIpAddressCount"] == 4091
    vpc = _asked(upgraded, call, ec2_wiring, "CreateVpc", CidrBlock="10.9.0.0/16")["Vpc"]
    assert vpc["DhcpOptionsId"] == before["DhcpOptionsId"]


def test_the_service_and_its_tasks_are_there(upgraded: Store, call: CallFactory) -> None:
    (service,) = _asked(upgraded, call, ecs_wiring, "DescribeServices", services=[SERVICE])[
        "services"
    ]
    assert (service["status"], service["desiredCount"], service["runningCount"]) == ("ACTIVE", 2, 2)
    assert service["loadBalancers"] == []
    arns = [row["arn"] for row in old_rows()["ecs_tasks"]]
    tasks = _asked(upgraded, call, ecs_wiring, "DescribeTasks", tasks=arns)["tasks"]
    assert [each["lastStatus"] for each in tasks].count("RUNNING") == LEFT_RUNNING
    assert {each["attachments"][0]["status"] for each in tasks} == {"ATTACHED", "DELETED"}


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(place: tuple[str, Store]) -> None:
    url, store = place
    engine = create_engine(url)
    one = old_rows()["ec2_network_interfaces"][-1]
    spoiled = text("UPDATE ec2_network_interfaces SET body = :body WHERE id = :id")
    with engine.begin() as connection:
        connection.execute(spoiled, {"body": b"{", "id": one["id"]})
    with pytest.raises(msgspec.DecodeError):
        store.migrate()
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0002"
        connection.execute(spoiled, {"body": json.dumps(one["body"]).encode(), "id": one["id"]})
    engine.dispose()
    store.migrate()
    assert len(store.read(lambda tx: tx.rows(select(ec2_tables.network_acls)))) == 2
