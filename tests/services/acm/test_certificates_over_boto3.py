"""Certificates with stock boto3, and as load balancers find them."""

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509

from homeport.kernel.x509 import key_fits, leads_on
from homeport.services.acm import wiring
from homeport.services.acm.facade import AcmCertificates
from homeport.store import Store
from pem_making import Pair
from root_asking import served


@pytest.fixture
def acm(store: Store) -> Iterator[Any]:
    with served(store, wiring.services()) as clients:
        yield clients("acm")


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_requested_certificate_is_issued_at_once_for_all_its_names(
    acm: Any, store: Store
) -> None:
    arn = acm.request_certificate(
        DomainName="App.example.com",
        SubjectAlternativeNames=["*.example.com", "app.example.com"],
        ValidationMethod="DNS",
        Tags=[{"Key": "team", "Value": "a"}],
    )["CertificateArn"]
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn)
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert shown["Status"] == "ISSUED"
    assert shown["SubjectAlternativeNames"] == ["app.example.com", "*.example.com"]
    assert shown["KeyAlgorithm"] == "RSA_2048"
    records = {each["ResourceRecord"]["Name"] for each in shown["DomainValidationOptions"]}
    assert len(records) == 2
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [
        {"Key": "team", "Value": "a"}
    ]
    read = acm.get_certificate(CertificateArn=arn)
    found = store.read(lambda tx: AcmCertificates().certificate(tx, arn))
    assert found is not None
    assert key_fits(read["Certificate"], found.key)
    assert leads_on(read["Certificate"], [read["CertificateChain"]])
    context = ssl.create_default_context(cadata=read["CertificateChain"])
    assert context.cert_store_stats()["x509_ca"] == 1
    names = x509.load_pem_x509_certificate(read["Certificate"].encode()).extensions
    held = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert held.get_values_for_type(x509.DNSName) == ["app.example.com", "*.example.com"]


def test_every_certificate_has_the_same_root_and_another_key(acm: Any) -> None:
    arns = [acm.request_certificate(DomainName="a.example.com")["CertificateArn"] for _ in "ab"]
    read = [acm.get_certificate(CertificateArn=each) for each in arns]
    assert read[0]["CertificateChain"] == read[1]["CertificateChain"]
    assert read[0]["Certificate"] != read[1]["Certificate"]


def test_a_token_makes_two_requests_one(acm: Any) -> None:
    request = {"DomainName": "a.example.com", "IdempotencyToken": "once"}
    one, two = (acm.request_certificate(**request)["CertificateArn"] for _ in "ab")
    assert one == two


def test_an_imported_certificate_is_kept_and_replaced_under_its_arn(acm: Any, store: Store) -> None:
    first, second = Pair("one.example.com"), Pair("two.example.com")
    arn = acm.import_certificate(Certificate=first.certificate, PrivateKey=first.key)[
        "CertificateArn"
    ]
    acm.import_certificate(
        CertificateArn=arn, Certificate=second.certificate, PrivateKey=second.key
    )
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (shown["DomainName"], shown["Type"]) == ("two.example.com", "IMPORTED")
    listed = acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})
    assert [each["CertificateArn"] for each in listed["CertificateSummaryList"]] == [arn]
    assert acm.list_certificates()["CertificateSummaryList"] == []
    acm.delete_certificate(CertificateArn=arn)
    assert error_of(acm.describe_certificate, CertificateArn=arn)[0] == "ResourceNotFoundException"
    assert store.read(lambda tx: AcmCertificates().certificate(tx, arn)) is None


def test_what_does_not_fit_together_is_refused(acm: Any) -> None:
    one, other = Pair("one.example.com"), Pair("other.example.com")
    request = {"Certificate": one.certificate, "PrivateKey": one.key}
    for changed in (
        {"PrivateKey": other.key},
        {"PrivateKey": "nonsense"},
        {"Certificate": "nonsense"},
        {"Certificate": one.certificate + other.certificate},
        {"CertificateChain": other.certificate},
    ):
        code, _ = error_of(acm.import_certificate, **(request | changed))
        assert code == "ValidationException", changed


@pytest.mark.parametrize("name", ["localhost", "-a.example.com", "a..example.com", "a b.com"])
def test_what_is_no_domain_name_is_refused(acm: Any, name: str) -> None:
    code, _ = error_of(acm.request_certificate, DomainName=name)
    assert code in ("InvalidParameterException", "ValidationException")


def test_lists_are_paged(acm: Any) -> None:
    for number in range(3):
        acm.request_certificate(DomainName=f"n{number}.example.com")
    pages = acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 2})
    sizes = [len(page["CertificateSummaryList"]) for page in pages]
    assert sizes == [2, 1]
