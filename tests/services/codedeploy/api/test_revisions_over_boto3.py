"""Revisions as stock boto3 sees them."""

import json
from hashlib import sha256
from typing import Any

from codedeploy_asking import deployed, deployment, refusal, revision, shown


def test_a_revision_is_known_once_it_is_registered_or_deployed(shop: Any) -> None:
    deploy, of = shop.deploy, {"applicationName": "shop"}
    specs = [shop.app_spec(), shop.app_spec(port="'80'")]
    digests = [sha256(spec.encode()).hexdigest() for spec in specs]
    deploy.register_application_revision(
        **of, description="first", revision=revision(specs[0], sha256=digests[0].upper())
    )
    deployed(shop, revision=revision(specs[1]))
    of_first, of_second = (
        {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest}}
        for digest in digests
    )
    found = deploy.get_application_revision(**of, revision=of_first)
    assert found["revision"]["appSpecContent"] == {"content": specs[0], "sha256": digests[0]}
    information = found["revisionInfo"]
    assert (information["description"], information["deploymentGroups"]) == ("first", [])
    assert "firstUsedTime" not in information
    used = deploy.get_application_revision(**of, revision=of_second)["revisionInfo"]
    assert used["deploymentGroups"] == ["web"]
    assert used["firstUsedTime"] == used["lastUsedTime"] == used["registerTime"]

    def listed(**request: Any) -> list[dict[str, Any]]:
        return list(deploy.list_application_revisions(**of, **request)["revisions"])

    assert listed(sortBy="registerTime") == [of_first, of_second]
    assert listed(sortBy="lastUsedTime", sortOrder="descending") == [of_second, of_first]
    assert (listed(deployed="include"), listed(deployed="exclude")) == ([of_second], [of_first])
    assert listed(s3Bucket="any") == []
    unknown = revision(specs[0].replace("web", "api"))
    batch = deploy.batch_get_application_revisions(**of, revisions=[of_second, unknown, of_first])
    shas = [each["revisionLocation"]["appSpecContent"]["sha256"] for each in batch["revisions"]]
    assert shas == [digests[1], digests[0]]
    assert "does not exist" in batch["errorMessage"]
    create_again = deployment(shop, revision=of_first)
    assert refusal(deploy.create_deployment, **create_again)[0] == (
        "DeploymentLimitExceededException"
    )


def test_a_known_revision_is_deployed_by_its_hash_and_text_is_one_too(
    shop: Any, change: Any
) -> None:
    content = json.dumps(
        {
            "version": 0.0,
            "Resources": [
                {
                    "web": {
                        "Type": "AWS::ECS::Service",
                        "Properties": {
                            "TaskDefinition": shop.definition,
                            "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 80},
                        },
                    }
                }
            ],
        }
    )
    text = {"revisionType": "String", "string": {"content": content}}
    first = deployed(shop, revision=text)
    digest = sha256(content.encode()).hexdigest()
    by_hash = {"revisionType": "String", "string": {"sha256": digest}}
    assert shown(shop, first)["revision"] == by_hash
    assert change(first, status="Stopped").app_spec.container_port == 80
    assert shown(shop, deployed(shop, revision=by_hash))["revision"] == by_hash


def test_bad_requests_for_revisions_are_refused(shop: Any) -> None:
    deploy, of = shop.deploy, {"applicationName": "shop"}
    broken = refusal(deploy.register_application_revision, **of, revision=revision("version: 1"))
    assert (broken[0], "Line 1: " in broken[1]) == ("InvalidRevisionException", True)
    refused = (
        (deploy.list_application_revisions, {"sortBy": "age"}, "InvalidSortBy"),
        (deploy.list_application_revisions, {"sortOrder": "up"}, "InvalidSortOrder"),
        (deploy.list_application_revisions, {"deployed": "yes"}, "InvalidDeployedStateFilter"),
        (deploy.list_application_revisions, {"s3KeyPrefix": "a"}, "BucketNameFilterRequired"),
        (deploy.batch_get_application_revisions, {"revisions": []}, "RevisionRequired"),
        (
            deploy.batch_get_application_revisions,
            {"revisions": [revision("a")] * 26},
            "BatchLimitExceeded",
        ),
        (
            deploy.get_application_revision,
            {"revision": revision("a")},
            "RevisionDoesNotExist",
        ),
    )
    for operation, request, code in refused:
        assert refusal(operation, **of, **request)[0] == f"{code}Exception"
