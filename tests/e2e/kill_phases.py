"""Where in each action a job may be ended, and how a test holds the action there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from e2e.support import Step

REGION = "ap-northeast-2"
REGISTRY = "111111111111.dkr.ecr.ap-northeast-2.amazonaws.com"
ROLE = "arn:aws:iam::222222222222:role/github-deploy"
HELD = "60"  # seconds; whatever is held is ended long before
DOCKERFILE = "FROM busybox\nCOPY Dockerfile /\n"
WAITS = DOCKERFILE + "RUN echo the build is under way && sleep 60\n"
NEVER_READY = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: never-ready}
spec:
  selector: {matchLabels: {app: never-ready}}
  template:
    metadata: {labels: {app: never-ready}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: busybox
          command: [sleep, "3600"]
          readinessProbe: {exec: {command: ["false"]}}
"""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The action is the last of the job's steps.

    hold: a fault that keeps it in the phase, which is reached with the first call that it strikes. Without
    one, it is when the log shows `shows`.
    files: of the repository; `again`: those of the next run, if they must differ for it to succeed.
    """

    name: str
    steps: tuple[Step, ...]
    hold: tuple[str, Mapping[str, str]] | None = None
    shows: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    again: Mapping[str, str] = field(default_factory=dict)

    @property
    def action(self) -> str:
        return self.steps[-1].uses.partition("@")[0].removeprefix("org/")


def slow(operation: str) -> tuple[str, Mapping[str, str]]:
    return "aws-slow", {"operation": operation, "delay": HELD, "times": "1"}


ASSUME = Step(uses="org/assume-role@v1", inputs={"aws-region": REGION, "role-to-assume": ROLE})
INSTANCE = Step(uses="org/assume-role@v1", inputs={"aws-region": REGION})
BUILD = Step(
    uses="org/build-push@v1", inputs={"context": ".", "tags": f"{REGISTRY}/app:killed", "push": "true"}
)
DEPLOY = Step(
    uses="org/eks-deploy@v1",
    inputs={
        "cluster": "dev",
        "aws-region": REGION,
        "role-to-assume": ROLE,
        "manifests": "killed.yaml",
        "namespace": "NAMESPACE",
        "timeout": "120s",
    },
)
READY = {"killed.yaml": NEVER_READY.replace('"false"', '"true"')}


def assuming(name: str, hold: tuple[str, Mapping[str, str]], step: Step = ASSUME) -> Phase:
    return Phase(name=name, steps=(step,), hold=hold)


def building(
    name: str, hold: tuple[str, Mapping[str, str]] | None = None, dockerfile: str = "", shows: str = ""
) -> Phase:
    files = {"Dockerfile": dockerfile or DOCKERFILE}
    return Phase(
        name=name,
        steps=(INSTANCE, BUILD),
        hold=hold,
        shows=shows,
        files=files,
        again={"Dockerfile": DOCKERFILE},
    )


def deploying(
    name: str, hold: tuple[str, Mapping[str, str]] | None = None, manifests: str = "", shows: str = ""
) -> Phase:
    files = {"killed.yaml": manifests} if manifests else READY
    return Phase(name=name, steps=(DEPLOY,), hold=hold, shows=shows, files=files, again=READY)


PHASES = (
    assuming("asking GitHub for the ID token", ("oidc-slow", {"delay": HELD, "times": "1"})),
    assuming("asking STS", slow("sts:AssumeRoleWithWebIdentity")),
    assuming("asking who it is", slow("sts:GetCallerIdentity"), INSTANCE),
    building("asking for the registry's password", slow("ecr:GetAuthorizationToken")),
    building("building", dockerfile=WAITS, shows="the build is under way"),
    # The manifest: its layers may be there already.
    building(
        "pushing", ("registry-slow", {"request": "manifest", "method": "PUT", "delay": HELD, "times": "1"})
    ),
    building("reading the digest back", slow("ecr:BatchGetImage")),
    deploying("assuming the role", slow("sts:AssumeRoleWithWebIdentity")),
    deploying("looking up the cluster", slow("eks:DescribeCluster")),
    deploying("waiting for the pods", manifests=NEVER_READY, shows="never-ready InProgress"),
)
