"""Attributes of load balancers and listeners: who has which, and what they may be."""

from typing import Any

import botocore.session
import pytest

from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan import attributes as plan
from homeport.services.elbv2.records.attributes import LISTENER, LOAD_BALANCER, effective


def changed(kind: str, key: str, value: str, **before: str) -> dict[str, str]:
    asked = [{"Key": key, "Value": value}]
    return plan.changed(LOAD_BALANCER, kind, before, asked, noun="Load balancer")


def refused(kind: str, key: str, value: str) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        changed(kind, key, value)
    return error.value.code, error.value.message


def model_text(shape: str) -> str:
    model = botocore.session.get_session().get_service_model("elbv2")
    return str(model.shape_for(shape).members["Key"].documentation)


@pytest.mark.parametrize(
    ("shape", "known"),
    [("LoadBalancerAttribute", LOAD_BALANCER), ("ListenerAttribute", LISTENER)],
)
def test_every_attribute_of_the_model_is_known(shape: str, known: Any) -> None:
    text = model_text(shape)
    found = {each.split("</code>")[0] for each in text.split("<li> <p> <code>")[1:]}
    assert found == {each.key for each in known}


@pytest.mark.parametrize(("kind", "count"), [("application", 23), ("network", 9)])
def test_each_kind_has_its_own(kind: str, count: int) -> None:
    shown = effective(LOAD_BALANCER, kind, {})
    assert len(shown) == count
    assert shown["deletion_protection.enabled"] == "false"
    cross = shown["load_balancing.cross_zone.enabled"]
    assert cross == ("true" if kind == "application" else "false")


def test_listeners_have_those_of_their_protocol() -> None:
    assert effective(LISTENER, "TCP", {}) == {"tcp.idle_timeout.seconds": "350"}
    assert effective(LISTENER, "UDP", {}) == {}
    shown = effective(LISTENER, "HTTP", {})
    assert shown.pop("routing.http.response.server.enabled") == "true"
    assert set(shown.values()) == {""}
    assert len(effective(LISTENER, "HTTPS", {})) == len(shown) + 9


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("idle_timeout.timeout_seconds", 1, 4000), ("client_keep_alive.seconds", 60, 604_800)],
)
def test_numbers_have_bounds(key: str, low: int, high: int) -> None:
    assert changed("application", key, str(low)) == {key: str(low)}
    assert changed("application", key, str(high), other="x") == {"other": "x", key: str(high)}
    for value in (str(low - 1), str(high + 1), "", "1.5", "-1", "9" * 30):
        assert refused("application", key, value) == (
            "ValidationError",
            f"'{key}' value '{value}' must be between '{low}-{high}' inclusive",
        )


@pytest.mark.parametrize(
    ("kind", "key", "value", "code", "text"),
    [
        (
            "application",
            "shoe.size",
            "43",
            "ValidationError",
            "Load balancer attribute key 'shoe.size' is not recognized",
        ),
        (
            "network",
            "idle_timeout.timeout_seconds",
            "60",
            "InvalidConfigurationRequest",
            (
                "Load balancer attribute key 'idle_timeout.timeout_seconds' is not supported on "
                "load balancers with type 'network'"
            ),
        ),
        (
            "application",
            "routing.http2.enabled",
            "yes",
            "ValidationError",
            "'routing.http2.enabled' value 'yes' must be one of [true, false]",
        ),
        (
            "application",
            "load_balancing.cross_zone.enabled",
            "false",
            "InvalidConfigurationRequest",
            (
                "'load_balancing.cross_zone.enabled' must be 'true' on load balancers with type "
                "'application'"
            ),
        ),
        (
            "application",
            "connection_logs.s3.enabled",
            "true",
            "UnsupportedOperation",
            "Homeport's load balancers have 'connection_logs.s3.enabled' only as 'false'.",
        ),
        (
            "network",
            "dns_record.client_routing_policy",
            "availability_zone_affinity",
            "UnsupportedOperation",
            (
                "Homeport's load balancers have 'dns_record.client_routing_policy' only as "
                "'any_availability_zone'."
            ),
        ),
    ],
)
def test_what_elb_refuses_of_attributes(
    kind: str, key: str, value: str, code: str, text: str
) -> None:
    assert refused(kind, key, value) == (code, text)


def test_the_refusals_are_those_that_terraform_knows() -> None:
    """Its provider leaves out an attribute when it reads this."""
    for kind, key in (("application", "shoe.size"), ("network", "routing.http2.enabled")):
        _, text = refused(kind, key, "true")
        assert f"attribute key '{key}' is not " in text
        assert text.split("is not ")[1].startswith(("recognized", "supported"))


def test_a_key_is_told_once() -> None:
    asked = [{"Key": "routing.http2.enabled", "Value": value} for value in ("true", "false")]
    with pytest.raises(AwsError) as error:
        plan.changed(LOAD_BALANCER, "application", {}, asked, noun="Load balancer")
    assert error.value.message == (
        "Load balancer attribute key 'routing.http2.enabled' was specified more than once"
    )


def test_access_logs_go_somewhere() -> None:
    plan.check_logs({"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "b"})
    plan.check_logs({"access_logs.s3.enabled": "false"})
    with pytest.raises(AwsError) as error:
        plan.check_logs({"access_logs.s3.enabled": "true"})
    assert error.value.code == "InvalidConfigurationRequest"
    assert error.value.message == "The value of 'access_logs.s3.bucket' cannot be empty"
