"""Every statement of Certificate Manager; records in and out."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.acm.records import Authority, Certificate
from homeport.services.acm.tables import authorities, certificates
from homeport.store import ReadTx, Tx

_DECODER: Final = msgspec.json.Decoder(Certificate)
_ONE = certificates.c.arn == bindparam("of")
_FIND = select(certificates.c.body).where(_ONE)
_ALL = (
    select(certificates.c.body)
    .where(
        certificates.c.account == bindparam("account"),
        certificates.c.region == bindparam("region"),
    )
    .order_by(certificates.c.arn)
)
_INSERT = insert(certificates)
_SAVE = update(certificates).where(_ONE).values(body=bindparam("content"))
_DELETE = delete(certificates).where(_ONE)
_FIND_AUTHORITY = select(authorities.c.body).where(authorities.c.account == bindparam("account"))
_INSERT_AUTHORITY = insert(authorities)


def find(tx: ReadTx, arn: str) -> Certificate | None:
    """The certificate with this ARN."""
    row = tx.row(_FIND, {"of": arn})
    return None if row is None else _DECODER.decode(row.body)


def certificates_of(tx: ReadTx, account: str, region: str) -> tuple[Certificate, ...]:
    """Every certificate of a region, by ARN."""
    rows = tx.rows(_ALL, {"account": account, "region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def insert_certificate(tx: Tx, certificate: Certificate) -> None:
    """Record a new one."""
    tx.execute(
        _INSERT,
        {
            "arn": certificate.arn,
            "account": certificate.account,
            "region": certificate.region,
            "body": msgspec.json.encode(certificate),
        },
    )


def save_certificate(tx: Tx, certificate: Certificate) -> None:
    """Record what has changed of one."""
    tx.execute(_SAVE, {"of": certificate.arn, "content": msgspec.json.encode(certificate)})


def delete_certificate(tx: Tx, arn: str) -> None:
    """Remove one."""
    tx.execute(_DELETE, {"of": arn})


def find_authority(tx: ReadTx, account: str) -> Authority | None:
    """Who issues an account's certificates, once one was asked for."""
    row = tx.row(_FIND_AUTHORITY, {"account": account})
    return None if row is None else msgspec.json.decode(row.body, type=Authority)


def insert_authority(tx: Tx, authority: Authority) -> None:
    """Record who issues an account's certificates from now on."""
    values = {"account": authority.account, "body": msgspec.json.encode(authority)}
    tx.execute(_INSERT_AUTHORITY, values)
