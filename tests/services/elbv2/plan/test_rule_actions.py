"""Actions of rules and listeners: which are allowed, with ELB's words for those that are not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.errors import AwsError
from homeport.services.elbv2.plan import actions
from homeport.services.elbv2.records.listeners import (
    FixedResponse,
    Forward,
    Redirect,
    WeightedGroup,
)

A, B = "arn:aws:…:targetgroup/a/1", "arn:aws:…:targetgroup/b/2"


def forward(*groups: tuple[str, int], **sticky: Any) -> dict[str, Any]:
    config: dict[str, Any] = {
        "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    }
    if sticky:
        config["TargetGroupStickinessConfig"] = sticky
    return {"Type": "forward", "ForwardConfig": config}


def redirect(**config: str) -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"} | config}


def fixed(**config: str) -> dict[str, Any]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"} | config}


def refused(*asked: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        actions.parse(asked)
    return error.value.code, error.value.message


def test_a_forward_to_one_group_has_two_forms_and_both_at_once() -> None:
    wanted = (Forward(groups=(WeightedGroup(arn=A),)),)
    short: dict[str, Any] = {"Type": "forward", "TargetGroupArn": A}
    without_weight = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": A}]}}
    assert actions.parse([short]) == wanted
    assert actions.parse([without_weight]) == wanted
    assert actions.parse([short | without_weight]) == wanted


def test_weights_stickiness_and_order_are_kept() -> None:
    asked = forward((A, 0), (B, 999), Enabled=True, DurationSeconds=1) | {"Order": 7}
    assert actions.parse([asked]) == (
        Forward(
            groups=(WeightedGroup(arn=A, weight=0), WeightedGroup(arn=B, weight=999)),
            is_sticky=True,
            sticky_s=1,
            order=7,
        ),
    )


def test_a_redirect_keeps_what_it_does_not_change() -> None:
    assert actions.parse([redirect(Protocol="HTTPS", Port="443")]) == (
        Redirect(
            protocol="HTTPS",
            host="#{host}",
            port="443",
            path="/#{path}",
            query="#{query}",
            status_code="HTTP_301",
        ),
    )


def test_a_fixed_response_may_have_a_body() -> None:
    assert actions.parse([fixed(ContentType="text/plain", MessageBody="away")]) == (
        FixedResponse(status_code="503", content_type="text/plain", body="away"),
    )


TYPES = "forward, authenticate-oidc, authenticate-cognito, redirect, fixed-response, jwt-validation"
REFUSALS = {
    "nothing": ([], "ValidationError", "An action must be specified"),
    "an unknown type": (
        [{"Type": "rewrite"}],
        "ValidationError",
        (
            "1 validation error detected: Value 'rewrite' at 'actions.1.member.type' failed to "
            f"satisfy constraint: Member must satisfy enum value set: [{TYPES}]"
        ),
    ),
    "authentication": (
        [{"Type": "authenticate-oidc"}, {"Type": "forward", "TargetGroupArn": A}],
        "UnsupportedOperation",
        (
            "Homeport's load balancers do not perform actions of type 'authenticate-oidc': use "
            "forward, redirect or fixed-response."
        ),
    ),
    "two": (
        [fixed(), fixed()],
        "TooManyActions",
        "An action of type 'forward', 'redirect' or 'fixed-response' must be the only one",
    ),
    "no group": ([{"Type": "forward"}], "ValidationError", "A target group ARN must be specified"),
    "another group": (
        [forward((A, 1)) | {"TargetGroupArn": B}],
        "InvalidLoadBalancerAction",
        (
            "If both a target group ARN and 'ForwardConfig' are specified, 'ForwardConfig' must "
            "have only this target group"
        ),
    ),
    "a group twice": (
        [forward((A, 1), (A, 2))],
        "InvalidLoadBalancerAction",
        "A target group cannot be specified more than once",
    ),
    "too much weight": (
        [forward((A, 1000))],
        "ValidationError",
        "Target group weight '1000' must be between '0-999' inclusive",
    ),
    "negative weight": (
        [forward((A, -1))],
        "ValidationError",
        "Target group weight '-1' must be between '0-999' inclusive",
    ),
    "stickiness without end": (
        [forward((A, 1), Enabled=True)],
        "ValidationError",
        "Target group stickiness requires 'DurationSeconds'",
    ),
    "too long stickiness": (
        [forward((A, 1), Enabled=False, DurationSeconds=604_801)],
        "ValidationError",
        "Target group stickiness duration '604801' must be between '1-604800' inclusive",
    ),
    "a redirect loop": (
        [redirect(Query="a=1")],
        "InvalidLoadBalancerAction",
        (
            "You must modify at least one of the following components to avoid a redirect loop: "
            "protocol, port, hostname, or path"
        ),
    ),
    "a redirect without code": (
        [redirect(StatusCode="HTTP_307", Port="1")],
        "ValidationError",
        (
            "1 validation error detected: Value 'HTTP_307' at 'redirectConfig.statusCode' failed "
            "to satisfy constraint: Member must satisfy enum value set: [HTTP_301, HTTP_302]"
        ),
    ),
    "a port that is none": (
        [redirect(Port="65536")],
        "ValidationError",
        "Redirect port '65536' must be between '1-65535' or be '#{port}'",
    ),
    "a relative path": (
        [redirect(Path="a")],
        "ValidationError",
        "Redirect path 'a' must begin with '/'",
    ),
    "an unknown keyword": (
        [redirect(Path="/#{user}")],
        "ValidationError",
        (
            "Redirect contains the unknown keyword '#{user}'; the keywords are #{host}, #{path}, "
            "#{port}, #{protocol}, #{query}"
        ),
    ),
    "another's configuration": (
        [fixed() | {"RedirectConfig": {"StatusCode": "HTTP_301"}}],
        "InvalidLoadBalancerAction",
        "'RedirectConfig' cannot be specified for an action of type 'fixed-response'",
    ),
    "a group for a response": (
        [fixed() | {"TargetGroupArn": A}],
        "InvalidLoadBalancerAction",
        "'TargetGroupArn' cannot be specified for an action of type 'fixed-response'",
    ),
    "no configuration": (
        [{"Type": "redirect"}],
        "InvalidLoadBalancerAction",
        "'RedirectConfig' must be specified for an action of type 'redirect'",
    ),
    "an unknown content type": (
        [fixed(ContentType="image/png")],
        "InvalidLoadBalancerAction",
        (
            "The ContentType must be one of:'text/html', 'application/json', "
            "'application/javascript', 'text/css', 'text/plain'"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_elb_refuses_of_actions(case: str) -> None:
    asked, code, text = REFUSALS[case]
    assert refused(*asked) == (code, text)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(-2, 1001)), max_size=5))
def test_a_forward_is_allowed_exactly_with_distinct_groups_and_weights_in_bounds(
    groups: list[tuple[str, int]],
) -> None:
    are_distinct = len({arn for arn, _ in groups}) == len(groups)
    if groups and are_distinct and all(0 <= weight <= 999 for _, weight in groups):
        (read,) = actions.parse([forward(*groups)])
        assert isinstance(read, Forward)
        assert [(each.arn, each.weight) for each in read.groups] == groups
        assert actions.groups_of([read]) == tuple(arn for arn, _ in groups)
    else:
        refused(forward(*groups))
