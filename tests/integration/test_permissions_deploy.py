"""Every permission and condition by which eks-deploy gets to a cluster: without it, its error says which.

The role is a copy of github-deploy with the examples' documents, entered as a job enters it.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from integration.aws_world import Document, listed, without_one
from integration.eks_deploy_run import Deployer, Result
from testbed.bed import Bed
from tools.paths import ROOT

EXAMPLES = {path.stem: json.loads(path.read_text()) for path in (ROOT / "examples" / "aws").glob("*.json")}
GITHUB = "token.actions.githubusercontent.com"
ACCOUNTS = {"dev": "222222222222", "prod": "333333333333"}
# Whom each environment's role must not let in; test_aws_permissions has more of them.
INTRUDERS = {"dev": {"repository": "org/other"}, "prod": {"environment": "dev"}}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n"
PERMISSION = "eks:DescribeCluster"


@dataclass(frozen=True)
class Environment:
    """One account's copy of the deploying role, and jobs that enter it."""

    bed: Bed
    deployer: Deployer
    name: str
    role: str
    namespace: str

    @property
    def trust(self) -> Document:
        document: Document = EXAMPLES[f"github-deploy-{self.name}-trust"]
        return document

    def change(self, **documents: Any) -> None:
        self.bed.control.post(f"/roles/{self.role}", **documents)

    def admin(self) -> Any:
        """An EKS client that may write access entries."""
        self.bed.control.post(f"/roles/{self.role}-admin", trust=EXAMPLES["ec2-trust"], policies=ANYTHING)
        keys = self.bed.credentials(f"{self.role}-admin")
        session = boto3.Session(
            keys["access_key_id"], keys["secret_access_key"], keys["session_token"], self.bed.org.region
        )
        return session.client("eks")

    def deploy(self, audience: str = "sts.amazonaws.com", **job: str) -> Result:
        """A deployment by a job of org/app in this environment, unless `job` says otherwise."""
        claims = {"repository": "org/app", "ref": "refs/heads/main", "environment": self.name, **job}
        started = self.bed.control.post("/runner-jobs", event_name="push", **claims)
        self.deployer.keys = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": started["id_token_request_url"],
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": started["id_token_request_token"],
        }
        return self.deployer.run(
            self.deployer.write("settings.yaml", CONFIG),
            cluster=self.name,
            role_to_assume=self.role,
            role_chain="",
            audience=audience,
            namespace=self.namespace,
        )


ANYTHING = {"eks": {"Statement": [{"Effect": "Allow", "Action": "eks:*", "Resource": "*"}]}}


@pytest.fixture(params=ACCOUNTS)
def environment(bed: Bed, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Environment]:
    name = str(request.param)
    unique, api = f"test-{secrets.token_hex(4)}", bed.api(name)
    role = f"arn:aws:iam::{ACCOUNTS[name]}:role/{unique}"
    api.create("/api/v1/namespaces", {"metadata": {"name": unique}})
    made = Environment(bed, Deployer(bed, tmp_path), name, role, unique)
    made.change(trust=made.trust, policies={})
    yield made
    for arn in (role, f"{role}-admin"):
        bed.control.delete(f"/roles/{arn}")
    api.delete(f"/api/v1/namespaces/{unique}")


def error(result: Result) -> str:
    """The one error annotation of a run that failed as expected."""
    assert result.exit_code == 1, result.log
    (annotation,) = result.annotations
    return f"{annotation.title}: {annotation.message}"


def gets_in(result: Result) -> bool:
    """The role is taken: what fails is the next call, for which the copies have no permission at first."""
    return PERMISSION in error(result)


def test_without_the_permission_and_without_the_access_entry(environment: Environment) -> None:
    environment.change(policies={"eks-describe": without_one(EXAMPLES["eks-describe"], "Action", PERMISSION)})
    text = error(environment.deploy())
    assert "AWS denied access" in text
    assert f"The role needs {PERMISSION} on the cluster: examples/aws/eks-describe.json" in text
    environment.change(policies={"eks-describe": EXAMPLES["eks-describe"]})
    text = error(environment.deploy())
    assert f"create-access-entry --cluster-name {environment.name} --principal-arn {environment.role}" in text
    admin = environment.admin()
    entry = {"clusterName": environment.name, "principalArn": environment.role}
    admin.create_access_entry(**entry, kubernetesGroups=["deployers"])
    try:
        result = environment.deploy()
        assert (result.exit_code, result.annotations) == (0, []), result.log
    finally:
        admin.delete_access_entry(**entry)


@pytest.mark.parametrize(
    ("element", "value"), [("Action", "sts:AssumeRoleWithWebIdentity"), ("Federated", "oidc-provider")]
)
def test_without_this_of_the_trust_policy_nobody_gets_in(
    environment: Environment, element: str, value: str
) -> None:
    text = json.dumps(environment.trust)
    changed = {"Action": "sts:AssumeRole", "Federated": "oidc-provider/elsewhere.example"}[element]
    old = value if element == "Action" else f"oidc-provider/{GITHUB}"
    assert old in text
    environment.change(trust=json.loads(text.replace(old, changed)))
    assert "sts:AssumeRoleWithWebIdentity" in error(environment.deploy())


def test_the_condition_on_sub_keeps_out_whom_nothing_else_does(environment: Environment) -> None:
    intruder = INTRUDERS[environment.name]
    assert "The job's ID token says sub = `repo:" in error(environment.deploy(**intruder))
    environment.change(trust=unconditioned(environment.trust, f"{GITHUB}:sub"))
    assert gets_in(environment.deploy(**intruder))


def unconditioned(trust: Document, key: str) -> Document:
    """The trust policy as it would be without its condition on this key."""
    kept = [
        {
            **each,
            "Condition": {
                operator: {name: value for name, value in block.items() if name != key}
                for operator, block in each["Condition"].items()
            },
        }
        for each in trust["Statement"]
    ]
    return {**trust, "Statement": kept}


def test_the_condition_on_aud_is_narrower_than_the_providers_list(environment: Environment) -> None:
    provider = {"account": ACCOUNTS[environment.name], "url": GITHUB}
    change = environment.bed.control.post
    change("/oidc-providers", **provider, audiences=["sts.amazonaws.com", "another"])
    try:
        assert "aud = `another`" in error(environment.deploy("another"))
        environment.change(trust=unconditioned(environment.trust, f"{GITHUB}:aud"))
        assert gets_in(environment.deploy("another"))
    finally:
        change("/oidc-providers", **provider, audiences=["sts.amazonaws.com"])


def test_the_rows_are_all_that_the_examples_ask() -> None:
    """What an example gains needs a test here."""
    (statement,) = EXAMPLES["eks-describe"]["Statement"]
    assert (listed(statement["Action"]), statement.get("Condition")) == ([PERMISSION], None)
    for name, account in ACCOUNTS.items():
        (statement,) = EXAMPLES[f"github-deploy-{name}-trust"]["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Principal"] == {"Federated": f"arn:aws:iam::{account}:oidc-provider/{GITHUB}"}
        assert statement["Condition"] == {
            "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{GITHUB}:sub": [f"repo:org/app:environment:{name}"]},
        }
