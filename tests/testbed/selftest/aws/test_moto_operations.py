"""What the front leaves to moto and IAM's one operation: answered only to who may, in the right account."""

import pytest
from botocore.exceptions import ClientError

from testbed.selftest.aws.in_process import BUILD, CHAINED_DEV, DEV, SHARED, Aws, refusal
from testbed.selftest.aws.test_ecr_api import manifest, put

ALL = {"all": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}


def test_operations_of_moto_work_on_the_same_images(aws: Aws) -> None:
    aws.backend.world.change_role(BUILD, trust=None, policies=ALL, max_session_duration=None)
    ecr = aws.client("ecr", aws.session(BUILD))
    digest = put(ecr, "app", manifest("one"), "v1")["imageId"]["imageDigest"]
    assert ecr.list_images(repositoryName="app")["imageIds"] == [{"imageDigest": digest, "imageTag": "v1"}]
    ecr.batch_delete_image(repositoryName="app", imageIds=[{"imageTag": "v1"}])
    assert ecr.describe_images(repositoryName="app")["imageDetails"] == []


def test_a_new_repository_is_the_callers_accounts(aws: Aws) -> None:
    aws.backend.world.change_role(CHAINED_DEV, trust=None, policies=ALL, max_session_duration=None)
    ecr = aws.client("ecr", aws.session(CHAINED_DEV))
    made = ecr.create_repository(repositoryName="own")["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:ap-northeast-2:{DEV}:repository/own"
    assert aws.backend.ecr.repository(SHARED, "own") is None
    again = Aws(aws.state, aws.issuer)
    assert again.backend.ecr.repository(DEV, "own") is not None


def test_moto_is_not_asked_for_who_may_not(aws: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        aws.client("ecr", aws.session(BUILD)).create_repository(repositoryName="own")
    assert refusal(caught.value)[0] == "AccessDeniedException"
    assert aws.backend.ecr.repository(SHARED, "own") is None


def test_get_role(aws: Aws) -> None:
    aws.backend.world.change_role(BUILD, trust=None, policies=ALL, max_session_duration=7200)
    iam = aws.client("iam", aws.session(BUILD), region="us-east-1")
    role = iam.get_role(RoleName="github-build")["Role"]
    assert (role["Arn"], role["MaxSessionDuration"]) == (BUILD, 7200)
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Sid"] == "BuildFromMainAndTags"
    with pytest.raises(ClientError, match="The role with name none cannot be found"):
        iam.get_role(RoleName="none")


def test_an_operation_that_the_testbed_does_not_have(aws: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        aws.client("sts", aws.session(BUILD)).get_session_token()
    assert refusal(caught.value)[0] == "InvalidAction"


def test_what_breaks_the_testbed_is_an_internal_failure(aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    broken = {"all": {"Statement": {"Effect": "Maybe", "Action": "*", "Condition": {"Wrong": {"a": "b"}}}}}
    aws.backend.world.change_role(BUILD, trust=None, policies=broken, max_session_duration=None)
    with pytest.raises(ClientError) as caught:
        aws.client("ecr", aws.session(BUILD)).get_authorization_token()
    assert refusal(caught.value)[::2] == ("InternalFailure", 500)
    assert "unknown condition operator Wrong" in capfd.readouterr().err
