"""The root that issues certificates, as `homeport ca` gets it."""

from urllib.request import urlopen

from homeport.services.acm import wiring
from homeport.store import Store
from root_asking import served


def test_it_is_the_end_of_every_chain_and_stays_the_same(store: Store) -> None:
    with served(store, wiring.services()) as clients:
        acm = clients("acm")
        where = f"{acm.meta.endpoint_url}/_homeport/ca.pem"
        with urlopen(where) as answer:
            first = answer.read().decode()
            assert answer.headers["content-type"] == "application/x-pem-file"
        arn = acm.request_certificate(DomainName="a.example.com")["CertificateArn"]
        chain = acm.get_certificate(CertificateArn=arn)["CertificateChain"]
        with urlopen(where) as answer:
            assert answer.read().decode() == first
    assert chain.strip() == first.strip()
