"""Bad input: one annotation that names what is wrong and the next step; exit 1 and no traceback."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from e2e.support import RUNNERS_OWN, App, Step, errors, workflow
from testbed import paths
from testbed.aws.control_client import ControlClient
from testbed.cluster.api import Api
from tools.demo import application

REGION = "ap-northeast-2"
REGISTRY = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
DEPLOY = "arn:aws:iam::222222222222:role/github-deploy"
NAMESPACE = "NAMESPACE"  # a test's own
NOTHING = "sha256:" + "0" * 64
CLUSTER_ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: x}
rules: []
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: broken}
spec:
  restartPolicy: Never
  containers: [{name: main, image: app}]
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: broken}
spec:
  selector: {matchLabels: {app: broken}}
  template:
    metadata: {labels: {app: broken}}
    spec:
      containers:
        - {name: main, image: busybox, command: [COMMAND], readinessProbe: {exec: {command: ["true"]}}}
"""


def assume(**inputs: str) -> Step:
    return Step(uses="org/assume-role@v1", inputs={"aws-region": REGION, **dashed(inputs)})


def build(**inputs: str) -> Step:
    given = {"context": ".", "tags": f"{REGISTRY}/app:bad-input", "push": "true", **dashed(inputs)}
    return Step(uses="org/build-push@v1", inputs=given)


def deploy(**inputs: str) -> Step:
    given = {"cluster": "dev", "aws-region": REGION, "manifests": "bad.yaml", "role-to-assume": DEPLOY}
    given["namespace"] = NAMESPACE
    return Step(uses="org/eks-deploy@v1", inputs={**given, "timeout": "60s", **dashed(inputs)})


def dashed(inputs: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in inputs.items()}


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    steps: tuple[Step, ...]
    says: str  # a regular expression over the one annotation: what is wrong, and the next step
    files: Mapping[str, str] = field(default_factory=dict)
    environment: str = "dev"
    id_token: bool = True
    applied: bool = False  # the failure is one of what was applied, and stays to be looked at


CASES = [
    Case(
        name="unknown input", steps=(assume(role_to_asume=DEPLOY),), says="`role-to-asume`.*`role-to-assume`"
    ),
    Case(name="wrong boolean", steps=(assume(), build(push="yes")), says="`push`.*`yes`.*true.*false"),
    Case(
        name="wrong number",
        steps=(assume(role_to_assume=DEPLOY, role_duration_seconds="1h"),),
        says="`role-duration-seconds`.*`1h`",
    ),
    Case(
        name="bad ARN",
        steps=(assume(role_to_assume="github-deploy"),),
        says="`role-to-assume`.*`github-deploy`.*arn:aws",
    ),
    Case(
        name="region not of the partition",
        steps=(assume(role_to_assume=DEPLOY.replace("arn:aws:", "arn:aws-cn:")),),
        says="ap-northeast-2.*aws-cn",
    ),
    Case(
        name="account not allowed",
        steps=(assume(role_to_assume=DEPLOY, allowed_account_ids="333333333333"),),
        says="222222222222.*allowed-account-ids",
    ),
    Case(
        name="missing repository",
        steps=(assume(), build(tags=f"{REGISTRY}/team/servce:1")),
        says="team/servce.*create-repository",
    ),
    Case(
        name="invalid tag",
        steps=(assume(), build(tags=f"{REGISTRY}/app:feature/x")),
        says="`tags`.*feature/x",
    ),
    Case(
        name="Dockerfile missing", steps=(assume(), build(file="docker/Dockerfile")), says="docker/Dockerfile"
    ),
    Case(
        name="build failing",
        steps=(assume(), build()),
        files={"Dockerfile": "FROM python:3.13-slim\nRUN echo about to fail && exit 7\n"},
        says=r"exit code: 7",
    ),
    Case(
        name="manifest with a syntax error",
        steps=(deploy(),),
        files={"bad.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\ndata: {}\n"},
        says=r"bad\.yaml",
    ),
    Case(
        name="unknown kind",
        steps=(deploy(),),
        files={"bad.yaml": "apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: x}\n"},
        says="Deploymnet.*Deployment",
    ),
    Case(
        name="missing namespace",
        steps=(deploy(namespace="nowhere"),),
        files={"bad.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"},
        says="nowhere",
    ),
    Case(
        name="cluster not found",
        steps=(deploy(cluster="development"),),
        files={"bad.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"},
        says="development.*222222222222|222222222222.*development",
    ),
    Case(
        name="role denied",
        steps=(assume(role_to_assume=DEPLOY),),
        environment="",
        says="github-deploy.*repo:org/app",
    ),
    Case(
        name="no id-token permission",
        steps=(assume(role_to_assume=DEPLOY),),
        id_token=False,
        says="id-token: write",
    ),
    Case(
        name="403 from the cluster",
        steps=(deploy(),),
        files={"bad.yaml": CLUSTER_ROLE},
        says="403|forbidden|may not",
    ),
    Case(
        name="an image that can't be pulled",
        applied=True,
        steps=(deploy(images=f"app={REGISTRY}/app@{NOTHING}"),),
        files={"bad.yaml": POD},
        says="broken.*(ErrImagePull|ImagePullBackOff)",
    ),
    Case(
        name="a container that crashes",
        applied=True,
        steps=(deploy(),),
        files={"bad.yaml": DEPLOYMENT.replace("COMMAND", '"false"')},
        says="broken.*(CrashLoopBackOff|exit code 1)",
    ),
    Case(
        name="deadline reached",
        applied=True,
        steps=(deploy(timeout="8s"),),
        files={
            "bad.yaml": DEPLOYMENT.replace("COMMAND", '"sleep", "600"').replace('["true"]', '["false"]'),
        },
        says="8 s.*broken.*(raise|longer)",
    ),
]


@pytest.fixture
def api() -> Api:
    return Api(paths.state() / "clusters" / "dev", "ea-tester")


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    made = api.create("/api/v1/namespaces", {"metadata": {"generateName": "bad-input-"}})["metadata"]["name"]
    yield made
    api.delete(f"/api/v1/namespaces/{made}")


def changed(api: Api, namespace: str) -> bool:
    """Whether an image was pushed, or anything is in the namespace that Kubernetes didn't put there."""
    pushed = [c for c in ControlClient(paths.state()).get("/calls") if c["action"] == "ecr:PutImage"]
    kinds = (
        "api/v1/namespaces/{}/pods",
        "api/v1/namespaces/{}/configmaps",
        "apis/apps/v1/namespaces/{}/deployments",
    )
    found = [item for kind in kinds for item in api.get("/" + kind.format(namespace))["items"]]
    return bool(pushed) or [f for f in found if f["metadata"]["name"] != "kube-root-ca.crt"] != []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(app: App, api: Api, namespace: str, case: Case) -> None:
    ControlClient(paths.state()).post("/reset-calls")
    for file, text in case.files.items():
        app.write(file, text)
    text = workflow(*case.steps, environment=case.environment, id_token=case.id_token)
    app.write(application.WORKFLOW, text.replace(NAMESPACE, namespace))
    result = app.push(case.name)
    found = errors(result)
    assert result.conclusion == "failure"
    assert len(found) == 1, "\n".join(found) or result.jobs["job"].log
    assert re.search(case.says, found[0], re.DOTALL), found[0]
    assert changed(api, namespace) == case.applied
    assert "Traceback" not in result.jobs["job"].log
    if not case.steps[-1].uses.startswith("org/eks-deploy"):  # a container's exit code is shown to nobody
        assert RUNNERS_OWN in result.jobs["job"].log
