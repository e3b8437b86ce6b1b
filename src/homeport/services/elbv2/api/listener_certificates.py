"""The certificates of TLS listeners: the default one, and a list from which SNI chooses."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.listeners import check_certificate
from homeport.services.elbv2.api.listing import page
from homeport.services.elbv2.api.lookups import the_listener
from homeport.services.elbv2.errors import (
    OperationNotPermitted,
    TooManyCertificates,
    ValidationError,
)
from homeport.services.elbv2.plan.limits import CERTIFICATES
from homeport.services.elbv2.plan.listeners import named_certificate
from homeport.services.elbv2.queries import listeners
from homeport.services.elbv2.records.listeners import SECURE, Listener
from homeport.services.elbv2.render import listeners as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation("AddListenerCertificates")
def add_listener_certificates(
    tx: Tx, call: Call, request: shapes.AddListenerCertificatesInput
) -> shapes.AddListenerCertificatesOutput:
    """Add a certificate to the list of a listener; one that is there already is fine."""
    before = _secure_listener(tx, call, request["ListenerArn"])
    arn = named_certificate(request["Certificates"])
    check_certificate(tx, call, arn)
    if arn not in before.certificates[1:]:
        siblings = listeners.listeners_of(tx, before.load_balancer_arn)
        if sum(len(each.certificates[1:]) for each in siblings) >= CERTIFICATES:
            raise TooManyCertificates
        after = replace(before, certificates=(*before.certificates, arn))
        listeners.update_listener(tx, after)
    return {"Certificates": [{"CertificateArn": arn, "IsDefault": False}]}


@operation("RemoveListenerCertificates")
def remove_listener_certificates(
    tx: Tx, call: Call, request: shapes.RemoveListenerCertificatesInput
) -> shapes.RemoveListenerCertificatesOutput:
    """Remove a certificate from the list of a listener; the default one stays."""
    before = _secure_listener(tx, call, request["ListenerArn"])
    arn = named_certificate(request["Certificates"])
    default, listed = before.certificates[0], before.certificates[1:]
    if arn in listed:
        left = tuple(each for each in listed if each != arn)
        listeners.update_listener(tx, replace(before, certificates=(default, *left)))
    elif arn == default:
        raise OperationNotPermitted(
            f"Default certificate '{arn}' cannot be removed from listener '{before.arn}'"
        )
    return {}


@operation("DescribeListenerCertificates")
def describe_listener_certificates(
    tx: ReadTx, call: Call, request: shapes.DescribeListenerCertificatesInput
) -> shapes.DescribeListenerCertificatesOutput:
    """The default certificate and the list of a listener."""
    listener = the_listener(tx, call, request["ListenerArn"])
    numbered = list(enumerate(render.certificates(listener)))
    shown, marker = page(numbered, request, lambda each: f"{each[0]:04}")
    answer: shapes.DescribeListenerCertificatesOutput = {
        "Certificates": [each for _, each in shown]
    }
    if marker:
        answer["NextMarker"] = marker
    return answer


def _secure_listener(tx: ReadTx, call: Call, arn: str) -> Listener:
    listener = the_listener(tx, call, arn)
    if listener.protocol not in SECURE:
        raise ValidationError(f"Certificates cannot be specified for {listener.protocol} listeners")
    return listener
