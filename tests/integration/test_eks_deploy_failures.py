"""What fails, fails before anything is written where it can be known, soon where it can't, and says why."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.eks_deploy_run import Deployer
from testbed.bed import Bed

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - {name: web, image: busybox, command: [sleep, "3600"]}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n"
CRASHING = DEPLOYMENT.replace('[sleep, "3600"]', "[sh, -c, 'echo no DATABASE_URL >&2; exit 7']")
# Doomed within seconds of the kubelet's word, long before `timeout` (10 m).
SOON = 45.0


@pytest.fixture
def deployer(bed: Bed, tmp_path: Path) -> Deployer:
    return Deployer(bed, tmp_path)


@pytest.fixture
def stranger(bed: Bed, deployer: Deployer) -> Iterator[str]:
    """A role of the account dev that AWS lets describe the cluster and that the cluster doesn't know.

    The deployer is made to come from where it can be reached: the runners' own role stays as it is.
    """
    name = f"stranger-{secrets.token_hex(3)}"
    arn, host = f"arn:aws:iam::222222222222:role/{name}", f"arn:aws:iam::111111111111:role/{name}"
    instances = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    reach = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    trusted = {"Effect": "Allow", "Principal": {"AWS": host}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": ["eks:DescribeCluster", "eks:ListClusters"], "Resource": "*"}
    bed.control.post(f"/roles/{host}", trust=document(instances), policies={"assume": document(reach)})
    bed.control.post(f"/roles/{arn}", trust=document(trusted), policies={"eks": document(allowed)})
    deployer.come_from(bed, host)
    yield arn
    bed.control.delete(f"/roles/{host}")
    bed.control.delete(f"/roles/{arn}")


def document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def nothing_in(bed: Bed, namespace: str) -> bool:
    found = bed.api("dev").get(f"/api/v1/namespaces/{namespace}/configmaps")["items"]
    return {item["metadata"]["name"] for item in found} <= {"kube-root-ca.crt"}


def test_faulty_yaml_is_told_at_its_line_before_aws_is_asked(deployer: Deployer) -> None:
    deployer.write("k8s/a.yaml", CONFIG)
    deployer.write("k8s/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b\ndata: {}\n")
    result = deployer.run("k8s")
    (annotation,) = result.annotations
    assert (annotation.file, annotation.line) == ("k8s/b.yaml", "4")
    assert "Assuming" not in result.log
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("text", "title", "says"),
    [
        (DEPLOYMENT.replace("Deployment", "Deploymnt"), "Unknown kind", "Perhaps you meant Deployment"),
        (DEPLOYMENT.replace("apps/v1", "apps/v1beta1"), "Unknown kind", "serves Deployment as apps/v1"),
        (DEPLOYMENT.replace("replicas:", "replica:"), "Unknown field", "no field .spec.replica."),
        (DEPLOYMENT.replace("replicas: 2", "replicas: many"), "Doesn't fit its schema", "expected numeric"),
        (
            DEPLOYMENT.replace("{app: web}}\n  temp", "{app: other}}\n  temp"),
            "The object isn't valid",
            "selector",
        ),
        (
            DEPLOYMENT.replace("{app: web}}\n  temp", "{app: no}}\n  temp"),
            "Doesn't fit its schema",
            "expected string, got false\nPut it in quotes",
        ),
        (DEPLOYMENT.replace("name: web}", "name: web, namespace: gone}", 1), "No such namespace", "gone"),
        (
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: x}\nprovisioner: x\n",
            "Not allowed in the cluster",
            'apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["patch"]',
        ),
    ],
)
def test_what_can_be_known_before_is_refused_before_anything_is_written(
    bed: Bed, deployer: Deployer, namespace: str, *, text: str, title: str, says: str
) -> None:
    good = deployer.write("settings.yaml", CONFIG)
    own = "" if "namespace: gone" in text else namespace
    result = deployer.run(deployer.write("bad.yaml", text), good, namespace=own)
    assert result.exit_code == 1
    (annotation,) = result.annotations
    assert (annotation.title, annotation.file) == (title, "bad.yaml"), result.log
    assert says in annotation.message
    assert nothing_in(bed, namespace)


def test_an_image_that_does_not_exist(deployer: Deployer, namespace: str) -> None:
    file = deployer.write("web.yaml", DEPLOYMENT.replace("image: busybox", "image: busybox:gone"))
    result = deployer.run(file, namespace=namespace)
    assert (result.exit_code, result.outputs["result"]) == (1, "Failed")
    (annotation,) = result.annotations
    assert "ErrImagePull" in annotation.message or "ImagePullBackOff" in annotation.message
    assert "busybox:gone" in annotation.message
    assert result.seconds < SOON
    assert f"Deployment {namespace}/web" in result.outputs["failed-objects"]


def test_a_crash_loop_shows_the_last_words(deployer: Deployer, namespace: str) -> None:
    result = deployer.run(deployer.write("web.yaml", CRASHING), namespace=namespace)
    (annotation,) = result.annotations
    assert "CrashLoopBackOff" in annotation.message
    assert "exit code 7" in annotation.message
    assert "no DATABASE_URL" in result.log
    assert "no DATABASE_URL" in result.summary
    assert "BackOff" in result.summary.split("Events:")[1]
    assert result.seconds < SOON


def test_a_secret_that_is_missing_is_named(deployer: Deployer, namespace: str) -> None:
    text = DEPLOYMENT.replace("image: busybox,", "image: busybox, envFrom: [{secretRef: {name: lost}}],")
    result = deployer.run(deployer.write("web.yaml", text), namespace=namespace)
    (annotation,) = result.annotations
    assert 'secret "lost" not found' in annotation.message
    assert result.seconds < SOON


def test_pods_that_a_quota_forbids(deployer: Deployer, namespace: str) -> None:
    quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '0'}}\n---\n"
    result = deployer.run(deployer.write("web.yaml", quota + DEPLOYMENT), namespace=namespace)
    (annotation,) = result.annotations
    assert "exceeded quota" in annotation.message
    assert result.seconds < SOON


def test_a_job_that_fails_shows_its_log(deployer: Deployer, namespace: str) -> None:
    text = """
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: [sh, -c, "echo table is locked; exit 3"]}]
"""
    result = deployer.run(deployer.write("job.yaml", text), namespace=namespace)
    (annotation,) = result.annotations
    assert "BackoffLimitExceeded" in annotation.message
    assert "table is locked" in result.summary
    assert result.seconds < SOON


def test_a_bad_update_does_not_hide_behind_the_pods_that_still_run(
    deployer: Deployer, namespace: str
) -> None:
    assert deployer.run(deployer.write("web.yaml", DEPLOYMENT), namespace=namespace).exit_code == 0
    result = deployer.run(deployer.write("web.yaml", CRASHING), namespace=namespace)
    assert "CrashLoopBackOff" in result.annotations[0].message
    good = deployer.run(deployer.write("web.yaml", DEPLOYMENT), namespace=namespace)
    assert good.exit_code == 0, "the crashing pods of the old revision are no reason to fail"


def test_a_field_of_somebody_else_is_not_overwritten(bed: Bed, deployer: Deployer, namespace: str) -> None:
    file = deployer.write("settings.yaml", CONFIG)
    assert deployer.run(file, namespace=namespace).exit_code == 0
    path = f"/api/v1/namespaces/{namespace}/configmaps/settings"
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings"},
        "data": {"level": "debug"},
    }
    bed.api("dev").apply(path, theirs)
    result = deployer.run(file, namespace=namespace)
    (annotation,) = result.annotations
    assert annotation.title == "Fields that somebody else manages"
    assert "testbed: .data.level" in annotation.message
    assert bed.api("dev").get(path)["data"] == {"level": "debug"}


def test_an_immutable_field_says_what_to_do(deployer: Deployer, namespace: str) -> None:
    assert deployer.run(deployer.write("web.yaml", DEPLOYMENT), namespace=namespace).exit_code == 0
    result = deployer.run(
        deployer.write("web.yaml", DEPLOYMENT.replace("app: web", "app: x")), namespace=namespace
    )
    (annotation,) = result.annotations
    assert annotation.title == "A field that can't be changed"
    assert "spec.selector" in annotation.message


def test_a_cluster_that_does_not_know_the_role(deployer: Deployer, stranger: str) -> None:
    result = deployer.run(deployer.write("a.yaml", CONFIG), role_chain=stranger)
    (annotation,) = result.annotations
    assert annotation.title == "The cluster doesn't know the role"
    assert "401" in annotation.message
    assert stranger.rpartition("/")[2] in annotation.message
    assert f"create-access-entry --cluster-name dev --principal-arn {stranger}" in annotation.message


def test_a_cluster_that_does_not_exist_names_those_that_do(deployer: Deployer, stranger: str) -> None:
    result = deployer.run(deployer.write("a.yaml", CONFIG), role_chain=stranger, cluster="deb")
    (annotation,) = result.annotations
    assert annotation.title == "No such cluster"
    assert "Clusters there: dev." in annotation.message


def test_a_role_that_may_not_describe_the_cluster(bed: Bed, deployer: Deployer, stranger: str) -> None:
    bed.control.post(f"/roles/{stranger}", policies={})
    result = deployer.run(deployer.write("a.yaml", CONFIG), role_chain=stranger)
    (annotation,) = result.annotations
    assert annotation.title == "AWS denied access"
    assert "eks:DescribeCluster" in annotation.message


def test_a_cluster_without_a_route_to_it(bed: Bed, tmp_path: Path) -> None:
    """From dev's network: it has a peering with shared, and none with prod."""
    deployer = Deployer(bed, tmp_path, netns="ea-dev")
    prod = "arn:aws:iam::333333333333:role/deploy-chained"
    result = deployer.run(deployer.write("a.yaml", CONFIG), role_chain=prod, cluster="prod")
    (annotation,) = result.annotations
    assert annotation.title == "The cluster can't be reached"
    assert "10.30.0.10 (private)" in annotation.message
    assert "peering" in annotation.message
    assert result.seconds < 10
