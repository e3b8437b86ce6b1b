"""Roles, policies and instance profiles with stock boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.iam import wiring
from homeport.store import Store
from root_asking import served

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
READS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)
AWS_OWN = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


@pytest.fixture
def iam(store: Store) -> Iterator[Any]:
    with served(store, wiring.services()) as clients:
        yield clients("iam")


def refused(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_role_is_created_read_back_changed_and_deleted(iam: Any) -> None:
    made = iam.create_role(
        RoleName="task",
        Path="/app/",
        AssumeRolePolicyDocument=TRUST,
        Description="of tasks",
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "a"}],
    )["Role"]
    assert made["Arn"] == "arn:aws:iam::000000000000:role/app/task"
    assert made["RoleId"].startswith("AROA")
    read = iam.get_role(RoleName="TASK")["Role"]
    assert read == made
    assert read["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert read["Tags"] == [{"Key": "team", "Value": "a"}]
    iam.update_role(RoleName="task", Description="other", MaxSessionDuration=3600)
    iam.tag_role(RoleName="task", Tags=[{"Key": "tier", "Value": "1"}])
    iam.untag_role(RoleName="task", TagKeys=["team"])
    after = iam.get_role(RoleName="task")["Role"]
    assert (after["Description"], after["MaxSessionDuration"]) == ("other", 3600)
    assert iam.list_role_tags(RoleName="task")["Tags"] == [{"Key": "tier", "Value": "1"}]
    iam.delete_role(RoleName="task")
    assert refused(iam.get_role, RoleName="task") == (
        "NoSuchEntity",
        "The role with name task cannot be found.",
    )


def test_a_name_is_taken_whatever_its_letter_case(iam: Any) -> None:
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=TRUST)
    code, message = refused(iam.create_role, RoleName="Task", AssumeRolePolicyDocument=TRUST)
    assert (code, message) == ("EntityAlreadyExists", "Role with name Task already exists.")


def test_policies_of_a_role_are_put_attached_listed_and_keep_it_from_being_deleted(
    iam: Any,
) -> None:
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="task", PolicyName="reads", PolicyDocument=READS)
    iam.attach_role_policy(RoleName="task", PolicyArn=AWS_OWN)
    iam.attach_role_policy(RoleName="task", PolicyArn=AWS_OWN)
    assert iam.list_role_policies(RoleName="task")["PolicyNames"] == ["reads"]
    own = iam.get_role_policy(RoleName="task", PolicyName="reads")
    assert own["PolicyDocument"] == json.loads(READS)
    attached = iam.list_attached_role_policies(RoleName="task")["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": AWS_OWN}]
    assert refused(iam.delete_role, RoleName="task") == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    iam.detach_role_policy(RoleName="task", PolicyArn=AWS_OWN)
    assert refused(iam.delete_role, RoleName="task")[1] == (
        "Cannot delete entity, must delete policies first."
    )
    iam.delete_role_policy(RoleName="task", PolicyName="reads")
    iam.delete_role(RoleName="task")


def test_a_managed_policy_has_versions_and_knows_its_roles(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="reads", PolicyDocument=READS)["Policy"]["Arn"]
    assert arn == "arn:aws:iam::000000000000:policy/reads"
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="task", PolicyArn=arn)
    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=READS, SetAsDefault=True)
    assert second["PolicyVersion"]["VersionId"] == "v2"
    shown = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (shown["DefaultVersionId"], shown["AttachmentCount"]) == ("v2", 1)
    read = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    assert read["Document"] == json.loads(READS)
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == [
        "v2",
        "v1",
    ]
    roles = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    assert [each["RoleName"] for each in roles] == ["task"]
    assert refused(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="task", PolicyArn=arn)
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v2")[0] == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.get_policy, PolicyArn=arn)[0] == "NoSuchEntity"


def test_lists_are_paged_and_filtered_by_path(iam: Any) -> None:
    for number in range(5):
        iam.create_role(
            RoleName=f"r{number}", Path=f"/p{number % 2}/", AssumeRolePolicyDocument=TRUST
        )
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2})
    assert [each["RoleName"] for page in pages for each in page["Roles"]] == [
        f"r{number}" for number in range(5)
    ]
    some = iam.list_roles(PathPrefix="/p1/")["Roles"]
    assert [each["RoleName"] for each in some] == ["r1", "r3"]


def test_an_instance_profile_holds_one_role(iam: Any) -> None:
    iam.create_role(RoleName="host", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="hosts")
    iam.add_role_to_instance_profile(InstanceProfileName="hosts", RoleName="host")
    assert refused(iam.add_role_to_instance_profile, InstanceProfileName="hosts", RoleName="host")[
        0
    ] == ("LimitExceeded")
    shown = iam.get_instance_profile(InstanceProfileName="hosts")["InstanceProfile"]
    assert [each["RoleName"] for each in shown["Roles"]] == ["host"]
    of_role = iam.list_instance_profiles_for_role(RoleName="host")["InstanceProfiles"]
    assert [each["InstanceProfileName"] for each in of_role] == ["hosts"]
    assert refused(iam.delete_role, RoleName="host")[0] == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName="hosts", RoleName="host")
    iam.delete_instance_profile(InstanceProfileName="hosts")
    iam.delete_role(RoleName="host")


def test_a_service_linked_role_is_its_services_own(iam: Any) -> None:
    made = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    assert made["Arn"].endswith(":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")
    assert refused(iam.delete_role, RoleName=made["RoleName"])[0] == "UnmodifiableEntity"
    task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "document",
    [
        "no json",
        "[]",
        "{}",
        '{"Statement": []}',
        '{"Version": "2020-01-01", "Statement": [{"Effect": "Allow"}]}',
        '{"Statement": {"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": "read", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": "s3:*"}}',
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": [], "Resource": "*"}}',
    ],
)
def test_what_is_no_policy_is_refused_and_nothing_is_kept(iam: Any, document: str) -> None:
    code, _ = refused(iam.create_policy, PolicyName="bad", PolicyDocument=document)
    assert code == "MalformedPolicyDocument"
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_what_trusts_nobody_is_refused(iam: Any) -> None:
    code, message = refused(iam.create_role, RoleName="bad", AssumeRolePolicyDocument=READS)
    assert code == "MalformedPolicyDocument"
    assert message == "AssumeRole policy must contain principals"


def test_a_policy_that_is_not_there_cannot_be_attached(iam: Any) -> None:
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=TRUST)
    arn = "arn:aws:iam::000000000000:policy/none"
    assert refused(iam.attach_role_policy, RoleName="task", PolicyArn=arn) == (
        "NoSuchEntity",
        f"Policy {arn} does not exist or is not attachable.",
    )
