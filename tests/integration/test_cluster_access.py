"""Who may do what in a cluster: AWS identities through aws-iam-authenticator, rights through RBAC."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from integration.cluster_visitor import session_of, token
from testbed.bed import Bed

RUNNER = "arn:aws:iam::111111111111:role/runner"
DEPLOY = "arn:aws:iam::222222222222:role/deploy-chained"
REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def runner_session(bed: Bed) -> boto3.Session:
    """The runner's instance profile."""
    return session_of(bed, RUNNER)


def deploy_session(bed: Bed) -> boto3.Session:
    """From the runner's role into dev's account."""
    sts = runner_session(bed).client("sts")
    given = sts.assume_role(RoleArn=DEPLOY, RoleSessionName="test")["Credentials"]
    return boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], bed.org.region
    )


def who(bed: Bed, bearer: str, cluster: str = "dev") -> tuple[int, Any]:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    status, answer = bed.api(cluster).request("POST", REVIEW, body, token=bearer)
    return status, answer


def test_a_role_with_an_access_entry_has_its_groups(bed: Bed) -> None:
    status, answer = who(bed, token(deploy_session(bed), "dev"))
    assert status == 201
    assert b'"deployers"' in answer
    assert b"assumed-role/deploy-chained/test" in answer


@pytest.mark.parametrize(
    ("session", "named", "asked"),
    [
        (runner_session, "dev", "dev"),  # no access entry
        (deploy_session, "prod", "dev"),  # a token for another cluster
        (deploy_session, "prod", "prod"),  # dev's role has no entry in prod
    ],
)
def test_other_identities_are_unknown(
    bed: Bed, session: Callable[[Bed], boto3.Session], named: str, asked: str
) -> None:
    assert who(bed, token(session(bed), named), asked)[0] == 401


@pytest.mark.parametrize("bearer", ["nonsense", "k8s-aws-v1.aHR0cHM6Ly9ldmlsLmV4YW1wbGUv"])
def test_an_unknown_token_is_refused(bed: Bed, bearer: str) -> None:
    assert who(bed, bearer)[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/apis/apps/v1/namespaces/default/deployments", None, 200),
        ("GET", "/api/v1/namespaces/default/events", None, 200),
        ("GET", "/api/v1/nodes", None, 403),
        ("DELETE", "/api/v1/namespaces/default", None, 403),
        ("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", None, 200),
        ("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles", None, 403),
    ],
)
def test_deployers_deploy_and_do_nothing_else(
    bed: Bed, method: str, path: str, body: object, status: int
) -> None:
    assert bed.api("dev").request(method, path, body, token=token(deploy_session(bed), "dev"))[0] == status
