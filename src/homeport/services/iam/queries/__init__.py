"""Every statement of IAM; records in and out."""

from typing import Final, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update

from homeport.services.iam import tables
from homeport.services.iam.records import InstanceProfile, Policy, Role, ServerCertificate
from homeport.store import ReadTx, Tx


class Named(Protocol):
    """A record that an account keeps by name."""

    @property
    def account(self) -> str: ...

    @property
    def name(self) -> str: ...


Record = TypeVar("Record", bound=Named)


class Kept(Generic[Record]):
    """The records of one kind."""

    def __init__(self, table: Table, kind: type[Record]) -> None:
        self._decoder: Final = msgspec.json.Decoder(kind)
        one = (table.c.account == bindparam("of"), table.c.key == bindparam("name"))
        self._find = select(table.c.body).where(*one)
        self._all = (
            select(table.c.body).where(table.c.account == bindparam("of")).order_by(table.c.key)
        )
        self._insert = insert(table)
        self._save = update(table).where(*one).values(body=bindparam("content"))
        self._delete = delete(table).where(*one)

    def find(self, tx: ReadTx, account: str, name: str) -> Record | None:
        """The record of this name, whatever its letter case."""
        row = tx.row(self._find, {"of": account, "name": name.lower()})
        return None if row is None else self._decoder.decode(row.body)

    def all_of(self, tx: ReadTx, account: str) -> tuple[Record, ...]:
        """Every record of an account, by name."""
        return tuple(self._decoder.decode(row.body) for row in tx.rows(self._all, {"of": account}))

    def insert(self, tx: Tx, record: Record) -> None:
        """Record a new one."""
        body = msgspec.json.encode(record)
        tx.execute(
            self._insert, {"account": record.account, "key": record.name.lower(), "body": body}
        )

    def save(self, tx: Tx, record: Record) -> None:
        """Record what has changed of one."""
        where = {"of": record.account, "name": record.name.lower()}
        tx.execute(self._save, {**where, "content": msgspec.json.encode(record)})

    def delete(self, tx: Tx, record: Record) -> None:
        """Remove one."""
        tx.execute(self._delete, {"of": record.account, "name": record.name.lower()})


ROLES: Final = Kept(tables.roles, Role)
POLICIES: Final = Kept(tables.policies, Policy)
PROFILES: Final = Kept(tables.instance_profiles, InstanceProfile)
CERTIFICATES: Final = Kept(tables.server_certificates, ServerCertificate)


def roles_with(tx: ReadTx, account: str, policy_arn: str) -> tuple[Role, ...]:
    """The roles to which a managed policy is attached."""
    return tuple(each for each in ROLES.all_of(tx, account) if policy_arn in each.attached)


def roles_bounded_by(tx: ReadTx, account: str, policy_arn: str) -> tuple[Role, ...]:
    """The roles whose boundary is a policy."""
    return tuple(each for each in ROLES.all_of(tx, account) if each.boundary == policy_arn)
