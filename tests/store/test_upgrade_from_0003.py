"""A database of revision 0003 with listeners knows afterwards which certificates they have."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, insert

from conftest import fresh_database
from homeport.contracts.certificates import CertificateUses
from homeport.services.elbv2.facade.certificates import ElbCertificateUses
from homeport.store import Store
from homeport.store.postgres import PostgresStore
from homeport.store.sqlite import SqliteStore
from old_state import migrate_to

POSTGRES = os.environ.get("HOMEPORT_TEST_POSTGRES")
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/web/1"
FIRST, SECOND, UNUSED = (
    f"arn:aws:acm:us-east-1:000000000000:certificate/{number}" for number in range(3)
)


def make_old_state(url: str) -> None:
    """Three listeners: with two certificates, with one of them twice, with none."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        migrate_to("0003", connection)
        tables = MetaData()
        tables.reflect(connection)
        for number, certificates in enumerate(([FIRST, SECOND], [FIRST, FIRST], [])):
            arn = f"{BALANCER.replace('loadbalancer', 'listener')}/{number}"
            body = {"arn": arn, "load_balancer_arn": BALANCER, "certificates": certificates}
            row = {
                "arn": arn,
                "load_balancer_arn": BALANCER,
                "port": number,
                "body": json.dumps(body).encode(),
            }
            connection.execute(insert(tables.tables["elbv2_listeners"]), row)
        connection.commit()
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        make_old_state(f"sqlite:///{tmp_path / 'state.db'}")
        with closing(SqliteStore(tmp_path / "state.db")) as opened:
            yield opened
        return
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    with fresh_database(POSTGRES) as url:
        make_old_state(url)
        with closing(PostgresStore(url)) as opened:
            yield opened


def test_certificates_of_listeners_that_were_there_before_are_in_use(old: Store) -> None:
    old.migrate()
    uses: CertificateUses = ElbCertificateUses()
    found = old.read(lambda tx: uses.users_of(tx, (FIRST, SECOND, UNUSED)))
    assert {arn: tuple(users) for arn, users in found.items() if users} == {
        FIRST: (BALANCER,),
        SECOND: (BALANCER,),
    }
