"""Elastic Load Balancing as stock boto3 sees it: parsed errors, paginators and waiters."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace as changed

from homeport.contracts.identity import AccessKey
from homeport.contracts.peers import Peers
from homeport.gateway.asgi import Gateway
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.elbv2.queries import load_balancers
from homeport.services.sts.facade import StsIdentities
from homeport.store import Store
from wire.serving import client, listening

ACCOUNT = "000000000000"
ROOT = ("AKIAROOTOFBALANCERS", "root-secret")
FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


@pytest.fixture
def elb(store: Store, region: str, peers: Peers) -> Iterator[Any]:
    """A stock client of a gateway over the real service."""
    from homeport.services.elbv2 import wiring

    store.write(lambda tx: StsIdentities().install_root_key(tx, *ROOT, ACCOUNT))
    gateway = Gateway(
        {each.name: each for each in wiring.services()},
        store=store,
        peers=replace(peers, identities=StsIdentities()),
        clock=SystemClock(),
        ids=SystemIds(),
    )
    key = AccessKey(
        access_key_id=ROOT[0],
        secret_access_key=ROOT[1],
        session_token=None,
        account=ACCOUNT,
        principal=f"arn:aws:iam::{ACCOUNT}:root",
        expires_at=None,
    )
    with listening(gateway) as url:
        yield client("elbv2", url, key, region)


def activate(store: Store, arn: str) -> None:
    """What the data plane does when every listener is open."""

    def write(tx: Any) -> None:
        found = load_balancers.find(tx, arn)
        assert found is not None
        load_balancers.record_state(tx, changed(found, state="active"))

    store.write(write)


def test_a_stock_client_makes_reads_and_deletes(
    elb: Any, store: Store, subnets: tuple[str, ...]
) -> None:
    made = elb.create_load_balancer(
        Name="web", Subnets=list(subnets), Tags=[{"Key": "a", "Value": "1"}]
    )["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    assert abs(made["CreatedTime"].timestamp() - time.time()) < 600
    assert made["State"]["Code"] == "provisioning"
    elb.get_waiter("load_balancer_exists").wait(LoadBalancerArns=[arn])
    activate(store, arn)
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
    listener = elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=FIXED
    )["Listeners"][0]
    assert listener["DefaultActions"] == FIXED
    rule = elb.create_rule(
        ListenerArn=listener["ListenerArn"],
        Priority=3,
        Conditions=[
            {"Field": "path-pattern", "Values": ["/a&b/*"]},
            {
                "Field": "query-string",
                "QueryStringConfig": {"Values": [{"Key": "k", "Value": "<v>"}, {"Value": "w"}]},
            },
        ],
        Actions=[
            {
                "Type": "redirect",
                "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "/b/#{path}"},
            }
        ],
    )["Rules"][0]
    assert rule["Priority"] == "3"
    assert rule["Conditions"][0]["PathPatternConfig"] == {"Values": ["/a&b/*"]}
    assert rule["Conditions"][1]["QueryStringConfig"] == {
        "Values": [{"Key": "k", "Value": "<v>"}, {"Value": "w"}]
    }
    assert rule["Actions"][0]["RedirectConfig"] == {
        "Protocol": "#{protocol}",
        "Host": "#{host}",
        "Port": "#{port}",
        "Path": "/b/#{path}",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    }
    assert rule["IsDefault"] is False
    tags = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert tags == [{"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "1"}]}]
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.get_waiter("load_balancers_deleted").wait(LoadBalancerArns=[arn])


def test_paginators_read_every_page(elb: Any, subnets: tuple[str, ...]) -> None:
    names = [f"web-{number}" for number in range(5)]
    arns = [
        elb.create_load_balancer(Name=name, Subnets=list(subnets))["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        for name in names
    ]
    pages = list(
        elb.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2})
    )
    assert [len(page["LoadBalancers"]) for page in pages] == [2, 2, 1]
    assert [each["LoadBalancerName"] for page in pages for each in page["LoadBalancers"]] == names
    for port in range(1, 4):
        elb.create_listener(
            LoadBalancerArn=arns[0], Protocol="HTTP", Port=port, DefaultActions=FIXED
        )
    listed = elb.get_paginator("describe_listeners").paginate(
        LoadBalancerArn=arns[0], PaginationConfig={"PageSize": 1}
    )
    assert [each["Port"] for page in listed for each in page["Listeners"]] == [1, 2, 3]
    policies = elb.get_paginator("describe_ssl_policies").paginate(PaginationConfig={"PageSize": 7})
    shown = [each["Name"] for page in policies for each in page["SslPolicies"]]
    assert len(shown) == len(set(shown)) > 20
    limits = elb.get_paginator("describe_account_limits").paginate(PaginationConfig={"PageSize": 5})
    assert len([each for page in limits for each in page["Limits"]]) == 18


@pytest.mark.parametrize(
    ("call", "arguments", "error", "text"),
    [
        (
            "describe_load_balancers",
            {"Names": ["web"]},
            "LoadBalancerNotFoundException",
            "Load balancers '[web]' not found",
        ),
        (
            "describe_rules",
            {
                "RuleArns": [
                    "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/w/1/2/3"
                ]
            },
            "RuleNotFoundException",
            "One or more rules not found",
        ),
        (
            "describe_ssl_policies",
            {"Names": ["Mine"]},
            "SSLPolicyNotFoundException",
            "SSL policy 'Mine' not found",
        ),
    ],
)
def test_errors_are_the_ones_that_clients_catch(
    elb: Any, call: str, arguments: Any, error: str, text: str
) -> None:
    with pytest.raises(getattr(elb.exceptions, error)) as caught:
        getattr(elb, call)(**arguments)
    assert caught.value.response["Error"]["Message"] == text
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_is_not_built_says_so(elb: Any) -> None:
    with pytest.raises(ClientError) as caught:
        elb.modify_ip_pools(LoadBalancerArn="arn")
    assert caught.value.response["Error"]["Message"].startswith(
        "Homeport has no pools of addresses."
    )
