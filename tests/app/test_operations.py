"""One service asks for an operation of another: in one transaction, all of it or nothing."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from homeport.contracts.operations import Asker
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.runtime import Tick
from homeport.services.sts.facade import StsIdentities
from homeport.store import Change, Store, Tx

ACCOUNT, REGION = "000000000000", "us-east-1"


@pytest.fixture
def asker(tick: Callable[[], Tick]) -> Asker:
    now = tick()
    return Asker(
        account=ACCOUNT,
        region=REGION,
        principal=f"arn:aws:iam::{ACCOUNT}:root",
        now=now.now,
        ids=now.ids,
    )


def test_an_operation_answers_as_the_api_does(store: Store, peers: Peers, asker: Asker) -> None:
    def both(tx: Tx) -> str:
        peers.operations.ask(tx, asker, "ecs", "CreateCluster", {"clusterName": "one"})
        found = peers.operations.ask(tx, asker, "ecs", "DescribeClusters", {"clusters": ["one"]})
        return str(found["clusters"][0]["status"])

    assert store.write(both) == "ACTIVE"


def test_an_operation_that_is_refused_leaves_the_transaction_as_it_was(
    store: Store, peers: Peers, asker: Asker
) -> None:
    heard: list[Change] = []
    store.feed.listen(heard.extend)

    def story(tx: Tx) -> None:
        identities = StsIdentities()
        identities.install_root_key(tx, "AKIABEFORE", "secret", ACCOUNT)
        with pytest.raises(AwsError):
            peers.operations.ask(tx, asker, "ecs", "DeleteCluster", {"cluster": "nowhere"})
        with suppress(ZeroDivisionError), tx.apart():
            identities.install_root_key(tx, "AKIAUNDONE", "secret", ACCOUNT)
            tx.changed("kind", "undone")
            raise ZeroDivisionError
        tx.changed("kind", "kept")

    store.write(story)
    identities = StsIdentities()
    assert store.read(lambda tx: identities.find_key(tx, "AKIABEFORE")) is not None
    assert store.read(lambda tx: identities.find_key(tx, "AKIAUNDONE")) is None
    assert Change("kind", "kept") in heard
    assert Change("kind", "undone") not in heard
