"""Certificates that listeners have, as ACM and IAM show and keep them, with stock boto3."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import select

from homeport.services.acm import wiring as acm_wiring
from homeport.services.ec2 import wiring as ec2_wiring
from homeport.services.elbv2 import wiring as elbv2_wiring
from homeport.services.elbv2.tables import certificate_uses
from homeport.services.iam import wiring as iam_wiring
from homeport.store import Store
from pem_making import Pair
from root_asking import ACCOUNT, served

Client = Callable[[str], Any]


@pytest.fixture
def client(store: Store) -> Iterator[Client]:
    rooms = (acm_wiring, ec2_wiring, elbv2_wiring, iam_wiring)
    with served(store, [each for room in rooms for each in room.services()]) as clients:
        yield clients


@pytest.fixture
def elb(client: Client) -> Any:
    return client("elbv2")


@pytest.fixture
def balancer(client: Client) -> Callable[[str], str]:
    """`balancer("web")` makes a load balancer and answers its ARN."""
    subnets = [each["SubnetId"] for each in client("ec2").describe_subnets()["Subnets"]]

    def make(name: str) -> str:
        made = client("elbv2").create_load_balancer(Name=name, Subnets=subnets)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    return make


@pytest.fixture
def listen(elb: Any) -> Callable[..., str]:
    """`listen(load_balancer, 443, certificate)` makes a listener and answers its ARN."""

    def make(load_balancer: str, port: int, certificate: str) -> str:
        made = elb.create_listener(
            LoadBalancerArn=load_balancer,
            Port=port,
            Protocol="HTTPS",
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
            ],
        )
        return str(made["Listeners"][0]["ListenerArn"])

    return make


def issued(client: Client, name: str) -> str:
    return str(
        client("acm").request_certificate(DomainName=f"{name}.example.com")["CertificateArn"]
    )


def in_use_by(client: Client, arn: str) -> list[str]:
    """What DescribeCertificate says; ListCertificates must say the same."""
    acm = client("acm")
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]
    listed = acm.list_certificates()["CertificateSummaryList"]
    assert {each["CertificateArn"]: each["InUse"] for each in listed}[arn] is bool(shown)
    return list(shown)


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_certificate_shows_every_load_balancer_that_uses_it_and_cannot_be_deleted(
    client: Client, balancer: Callable[[str], str], listen: Callable[..., str]
) -> None:
    used, spare = issued(client, "used"), issued(client, "spare")
    assert in_use_by(client, used) == []
    web, api = balancer("web"), balancer("api")
    listen(web, 443, used)
    listen(web, 8443, used)
    listen(api, 443, used)
    assert in_use_by(client, used) == sorted((web, api))
    assert in_use_by(client, spare) == []
    acm = client("acm")
    assert refusal(acm.delete_certificate, CertificateArn=used) == (
        "ResourceInUseException",
        f"Certificate {used} in account {ACCOUNT} is in use.",
    )
    acm.delete_certificate(CertificateArn=spare)
    assert len(acm.list_certificates()["CertificateSummaryList"]) == 1


def test_it_is_free_once_no_listener_has_it(
    client: Client, elb: Any, balancer: Callable[[str], str], listen: Callable[..., str]
) -> None:
    arns = {name: issued(client, name) for name in ("replaced", "dropped", "listed", "last")}
    web = balancer("web")
    listener = listen(web, 443, arns["replaced"])
    doomed = listen(web, 8443, arns["dropped"])
    listed = {"ListenerArn": listener, "Certificates": [{"CertificateArn": arns["listed"]}]}
    elb.add_listener_certificates(**listed)
    assert all(in_use_by(client, arns[each]) == [web] for each in ("replaced", "dropped", "listed"))
    elb.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": arns["last"]}])
    assert in_use_by(client, arns["replaced"]) == []
    elb.remove_listener_certificates(**listed)
    assert in_use_by(client, arns["listed"]) == []
    elb.delete_listener(ListenerArn=doomed)
    assert in_use_by(client, arns["dropped"]) == []
    assert in_use_by(client, arns["last"]) == [web]
    elb.delete_load_balancer(LoadBalancerArn=web)
    for each in arns.values():
        assert in_use_by(client, each) == []
        client("acm").delete_certificate(CertificateArn=each)


def test_one_that_is_the_default_and_in_the_list_is_in_use_until_it_is_neither(
    client: Client, elb: Any, balancer: Callable[[str], str], listen: Callable[..., str]
) -> None:
    twice, other = issued(client, "twice"), issued(client, "other")
    web = balancer("web")
    listener = listen(web, 443, twice)
    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": twice}])
    assert in_use_by(client, twice) == [web]
    elb.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": other}])
    assert in_use_by(client, twice) == [web]
    elb.modify_listener(ListenerArn=listener, Port=80, Protocol="HTTP")
    assert in_use_by(client, twice) == in_use_by(client, other) == []


def test_a_server_certificate_that_a_listener_has_cannot_be_deleted(
    client: Client, elb: Any, balancer: Callable[[str], str], listen: Callable[..., str]
) -> None:
    iam, pair = client("iam"), Pair("www.example.com")
    facts = iam.upload_server_certificate(
        ServerCertificateName="www", CertificateBody=pair.certificate, PrivateKey=pair.key
    )["ServerCertificateMetadata"]
    web = balancer("web")
    listener = listen(web, 443, facts["Arn"])
    code, text = refusal(iam.delete_server_certificate, ServerCertificateName="www")
    assert code == "DeleteConflict"
    assert text == (
        f"Certificate: {facts['ServerCertificateId']} is currently in use by {web}. "
        "Please remove it first before deleting it from IAM."
    )
    elb.delete_listener(ListenerArn=listener)
    iam.delete_server_certificate(ServerCertificateName="www")


def test_users_are_found_by_key_however_many_listeners_there_are(store: Store) -> None:
    def explain(tx: Any) -> list[str]:
        if tx._connection.dialect.name != "sqlite":
            return []
        rows = tx._connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT DISTINCT certificate_arn, load_balancer_arn "
            "FROM elbv2_certificate_uses WHERE certificate_arn IN ('a', 'b') "
            "ORDER BY certificate_arn, load_balancer_arn"
        )
        return [str(row[3]) for row in rows]

    steps = store.read(explain)
    assert not [step for step in steps if step.startswith("SCAN")], steps


def test_nothing_is_left_of_uses_that_ended(
    client: Client,
    elb: Any,
    balancer: Callable[[str], str],
    listen: Callable[..., str],
    store: Store,
) -> None:
    web, api = balancer("web"), balancer("api")
    elb.delete_listener(ListenerArn=listen(web, 443, issued(client, "a")))
    listen(api, 443, issued(client, "b"))
    elb.delete_load_balancer(LoadBalancerArn=api)
    assert store.read(lambda tx: tx.rows(select(certificate_uses))) == []
