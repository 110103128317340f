"""Every permission by which nodes pull: without it, the kubelet can't and eks-deploy names the likely cause.

Both sides must allow a pull across accounts: the node's role (examples/aws/ecr-pull.json) and the policy of
the repository (ecr-repository-policy.json). The node's role is the organisation's and others pull meanwhile:
a row takes away what it does for a repository of its own only, in a registry that nobody else pulls from.
"""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from integration.aws_world import Document, listed, without_one
from integration.eks_deploy_run import Deployer, Result
from integration.registry_image import Registry
from testbed.bed import Bed
from tools.paths import ROOT

EXAMPLES = ROOT / "examples" / "aws"
ROLE = json.loads((EXAMPLES / "ecr-pull.json").read_text())
REPOSITORY = json.loads((EXAMPLES / "ecr-repository-policy.json").read_text())
SHARED_REPOSITORIES = "arn:aws:ecr:ap-northeast-2:111111111111:repository/*"
NODE = "arn:aws:iam::222222222222:role/eks-node"
OTHER = "333333333333"
# A kubelet keeps a registry's password for hours, so for this one it must never get one.
NEVER = "222222222222"
# What the kubelet says, and what eks-deploy makes of it.
NO_LOGIN = ("401 Unauthorized", "The node has no password", "ecr:GetAuthorizationToken", "ecr-pull.json")
DENIED = (
    "403 Forbidden",
    "The node may not pull it",
    "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer",
    "ecr-pull.json and ecr-repository-policy.json",
)
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {{name: pulls}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: "{image}", command: [/bin/true]}}]
"""


class Pull:
    """A repository of the test's own in an account's registry, and a Job of its one image."""

    def __init__(self, bed: Bed, deployer: Deployer, account: str) -> None:
        self._control = bed.control
        self._deployer = deployer
        unique = f"test-{secrets.token_hex(4)}"
        self._owner = f"arn:aws:iam::{account}:role/{unique}"
        trust = json.loads((EXAMPLES / "ec2-trust.json").read_text())
        everything = {"Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}
        self._control.post(f"/roles/{self._owner}", trust=trust, policies={"owner": everything})
        self._name = f"team/{unique}"
        self._arn = f"arn:aws:ecr:{bed.org.region}:{account}:repository/{self._name}"
        keys = bed.credentials(self._owner)
        session = boto3.Session(
            keys["access_key_id"], keys["secret_access_key"], keys["session_token"], bed.org.region
        )
        self._ecr = session.client("ecr")
        self._ecr.create_repository(repositoryName=self._name)
        host = f"{account}.dkr.ecr.{bed.org.region}.amazonaws.com"
        self.image = Registry(self._ecr, host, self._name).push()

    def allow(self, *, role: Document, repository: Document) -> None:
        """The documents as examples, with this repository for the shared account's."""
        own = json.loads(json.dumps(role).replace(SHARED_REPOSITORIES, self._arn))
        others = [each for each in ROLE["Statement"] if each["Resource"] == SHARED_REPOSITORIES]
        self._control.post(
            f"/roles/{NODE}", policies={"ecr-pull": {**role, "Statement": [*own["Statement"], *others]}}
        )
        self._ecr.set_repository_policy(repositoryName=self._name, policyText=json.dumps(repository))

    def deploy(self, namespace: str) -> Result:
        file = self._deployer.write("job.yaml", JOB.format(image=self.image))
        return self._deployer.run(file, namespace=namespace)

    def clean_up(self) -> None:
        self._control.post(f"/roles/{NODE}", policies={"ecr-pull": ROLE})
        self._ecr.delete_repository(repositoryName=self._name, force=True)
        self._control.delete(f"/roles/{self._owner}")


@pytest.fixture
def account() -> str:
    return OTHER


@pytest.fixture
def pull(bed: Bed, tmp_path: Path, account: str) -> Iterator[Pull]:
    made = Pull(bed, Deployer(bed, tmp_path), account)
    yield made
    made.clean_up()


# Whose registry, the document that loses a value, and the value; what is said then.
ROWS = [
    (NEVER, "role", "Action", "ecr:GetAuthorizationToken", NO_LOGIN),
    (OTHER, "role", "Action", "ecr:BatchGetImage", DENIED),
    (OTHER, "role", "Action", "ecr:GetDownloadUrlForLayer", DENIED),
    (OTHER, "repository", "Action", "ecr:BatchGetImage", DENIED),
    (OTHER, "repository", "Action", "ecr:GetDownloadUrlForLayer", DENIED),
    (OTHER, "repository", "AWS", "arn:aws:iam::222222222222:root", DENIED),
]


@pytest.mark.parametrize(
    ("account", "which", "element", "value", "said"), ROWS, ids=[f"{row[1]} {row[3]}" for row in ROWS]
)
def test_without_it_no_node_pulls_and_the_error_says_what_pulling_needs(
    pull: Pull, namespace: str, *, which: str, element: str, value: str, said: tuple[str, ...]
) -> None:
    documents = {"role": ROLE, "repository": REPOSITORY}
    pull.allow(**{**documents, which: without_one(documents[which], element, value)})
    result = pull.deploy(namespace)
    assert result.exit_code == 1, result.log
    (annotation,) = result.annotations
    for words in ("ErrImagePull", pull.image, *said):
        assert words in annotation.message, result.log


def test_with_all_of_it_a_node_pulls(pull: Pull, namespace: str) -> None:
    pull.allow(role=ROLE, repository=REPOSITORY)
    result = pull.deploy(namespace)
    assert (result.exit_code, result.annotations) == (0, []), result.log


def test_the_table_knows_every_value_of_the_examples() -> None:
    """What an example gains needs a row here; prod's root is to prod's nodes what dev's is to dev's."""
    for which, document in (("role", ROLE), ("repository", REPOSITORY)):
        rows = {value for _, kind, element, value, _ in ROWS if (kind, element) == (which, "Action")}
        assert {action for each in document["Statement"] for action in listed(each["Action"])} == rows
        assert not any(each.get("Condition") for each in document["Statement"])
    assert REPOSITORY["Statement"][0]["Principal"]["AWS"] == [
        "arn:aws:iam::222222222222:root",
        "arn:aws:iam::333333333333:root",
    ]
