"""Server certificates with stock boto3, and as load balancers find them."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.iam import wiring
from homeport.services.iam.facade import IamCertificates
from homeport.store import Store
from pem_making import Pair
from root_asking import served


@pytest.fixture
def iam(store: Store) -> Iterator[Any]:
    with served(store, wiring.services()) as clients:
        yield clients("iam")


def test_one_is_uploaded_read_renamed_found_and_deleted(iam: Any, store: Store) -> None:
    root = Pair("root")
    pair = Pair("www.example.com", "example.com", issuer=root)
    facts = iam.upload_server_certificate(
        ServerCertificateName="www",
        CertificateBody=pair.certificate,
        PrivateKey=pair.key,
        CertificateChain=root.certificate,
        Tags=[{"Key": "a", "Value": "b"}],
    )["ServerCertificateMetadata"]
    assert facts["Arn"] == "arn:aws:iam::000000000000:server-certificate/www"
    read = iam.get_server_certificate(ServerCertificateName="www")["ServerCertificate"]
    assert read["CertificateBody"].strip() == pair.certificate.strip()
    assert "PrivateKey" not in read
    found = store.read(lambda tx: IamCertificates().certificate(tx, facts["Arn"]))
    assert found is not None
    assert found.names == ("www.example.com", "example.com")
    assert found.chain.count("BEGIN CERTIFICATE") == 2
    iam.update_server_certificate(ServerCertificateName="www", NewServerCertificateName="web")
    assert store.read(lambda tx: IamCertificates().certificate(tx, facts["Arn"])) is None
    iam.delete_server_certificate(ServerCertificateName="web")
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []


def test_what_does_not_fit_together_is_refused(iam: Any) -> None:
    one, other = Pair("one.example.com"), Pair("other.example.com")
    cases = [
        ({"PrivateKey": other.key}, "KeyPairMismatch"),
        ({"PrivateKey": "nonsense"}, "MalformedCertificate"),
        ({"CertificateBody": "nonsense"}, "MalformedCertificate"),
        ({"CertificateChain": other.certificate}, "MalformedCertificate"),
    ]
    for changed, code in cases:
        request = {"CertificateBody": one.certificate, "PrivateKey": one.key, **changed}
        with pytest.raises(ClientError) as caught:
            iam.upload_server_certificate(ServerCertificateName="bad", **request)
        assert caught.value.response["Error"]["Code"] == code
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []
