"""eks-deploy against the real cluster `dev`: what is applied, what is waited for, what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.eks_deploy_run import Deployer, running_images
from testbed.bed import Bed

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: busybox, command: [sleep, "3600"]}]
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n"


@pytest.fixture
def deployer(bed: Bed, tmp_path: Path) -> Deployer:
    return Deployer(bed, tmp_path)


def test_a_deployment_runs_when_the_step_ends(bed: Bed, deployer: Deployer, namespace: str) -> None:
    deployer.write("k8s/web.yaml", DEPLOYMENT)
    deployer.write("k8s/deep/settings.yaml", CONFIG)
    result = deployer.run("k8s", namespace=namespace)
    assert result.exit_code == 0, result.log
    live = bed.api("dev").get(f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    assert live["status"]["readyReplicas"] == 1
    assert result.changes == {"ConfigMap settings": "created", "Deployment web": "created"}
    assert (result.outputs["result"], result.outputs["changed"]) == ("Current", "true")
    assert result.outputs["cluster-arn"] == "arn:aws:eks:ap-northeast-2:222222222222:cluster/dev"
    assert result.outputs["server-version"].startswith("v1.")
    assert f"Deployment {namespace}/web" in result.summary


def test_the_digest_that_runs_is_what_the_kubelet_pulled(
    bed: Bed, deployer: Deployer, namespace: str
) -> None:
    result = deployer.run(deployer.write("web.yaml", DEPLOYMENT), namespace=namespace)
    (pod,) = bed.api("dev").get(f"/api/v1/namespaces/{namespace}/pods")["items"]
    (image,) = running_images(result)
    assert pod["status"]["containerStatuses"][0]["imageID"].endswith(image["digest"])
    assert (image["container"], image["image"]) == ("web", "busybox")
    assert image["digest"] in result.summary


def test_a_second_run_changes_nothing(deployer: Deployer, namespace: str) -> None:
    files = (deployer.write("web.yaml", DEPLOYMENT), deployer.write("settings.yaml", CONFIG))
    assert deployer.run(*files, namespace=namespace).exit_code == 0
    again = deployer.run(*files, namespace=namespace)
    assert again.outputs["changed"] == "false"
    assert set(again.changes.values()) == {"unchanged"}
    assert "2 unchanged" in again.summary


def test_only_what_differs_is_configured(bed: Bed, deployer: Deployer, namespace: str) -> None:
    web = deployer.write("web.yaml", DEPLOYMENT)
    deployer.run(web, deployer.write("settings.yaml", CONFIG), namespace=namespace)
    debug = deployer.write("settings.yaml", CONFIG.replace("info", "debug"))
    result = deployer.run(web, debug, namespace=namespace)
    assert result.changes == {"ConfigMap settings": "configured", "Deployment web": "unchanged"}
    live = bed.api("dev").get(f"/api/v1/namespaces/{namespace}/configmaps/settings")
    assert live["data"] == {"level": "debug"}


def test_a_field_that_the_manifest_drops_is_gone(bed: Bed, deployer: Deployer, namespace: str) -> None:
    deployer.run(
        deployer.write("a.yaml", CONFIG.replace("{level: info}", "{level: info, b: c}")), namespace=namespace
    )
    assert deployer.run(deployer.write("a.yaml", CONFIG), namespace=namespace).exit_code == 0
    live = bed.api("dev").get(f"/api/v1/namespaces/{namespace}/configmaps/settings")
    assert live["data"] == {"level": "info"}


def test_images_are_put_in(deployer: Deployer, namespace: str) -> None:
    file = deployer.write("web.yaml", DEPLOYMENT.replace("image: busybox", "image: app:dev"))
    result = deployer.run(file, namespace=namespace, images="app=docker.io/library/busybox:latest")
    assert result.exit_code == 0, result.log
    assert running_images(result)[0]["image"] == "docker.io/library/busybox:latest"


def test_a_namespace_and_what_goes_into_it_in_one_run(bed: Bed, deployer: Deployer, namespace: str) -> None:
    name = f"{namespace}-new"
    text = f"{CONFIG}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"
    try:
        result = deployer.run(deployer.write("all.yaml", text), namespace=name)
        assert result.exit_code == 0, result.log
        assert result.changes == {f"Namespace {name}": "created", "ConfigMap settings": "created"}
        again = deployer.run("all.yaml", namespace=name)
        assert set(again.changes.values()) == {"unchanged"}
    finally:
        bed.api("dev").delete(f"/api/v1/namespaces/{name}")


def test_without_waiting_the_step_ends_at_once(deployer: Deployer, namespace: str) -> None:
    file = deployer.write("web.yaml", DEPLOYMENT.replace("image: busybox", "image: busybox:no-such-tag"))
    result = deployer.run(file, namespace=namespace, wait="false")
    assert (result.exit_code, result.outputs["result"]) == (0, "InProgress")


def test_what_a_secret_holds_is_nowhere(deployer: Deployer, namespace: str) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: c0rrect-horse}\n"
    for value in ("c0rrect-horse", "battery-staple"):
        result = deployer.run(
            deployer.write("s.yaml", text.replace("c0rrect-horse", value)), namespace=namespace
        )
        assert result.exit_code == 0
        assert value not in result.log + result.summary + str(result.outputs)


def test_replicas_that_somebody_scales_are_left_alone(bed: Bed, deployer: Deployer, namespace: str) -> None:
    file = deployer.write(
        "web.yaml", DEPLOYMENT.replace("spec:\n  selector", "spec:\n  replicas: 1\n  selector")
    )
    deployer.run(file, namespace=namespace)
    api = bed.api("dev")
    scale = f"/apis/apps/v1/namespaces/{namespace}/deployments/web/scale"
    api.request("PATCH", scale, {"spec": {"replicas": 2}}, content_type="application/merge-patch+json")
    result = deployer.run(file, namespace=namespace)
    assert result.exit_code == 0, result.log
    assert api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/web")["spec"]["replicas"] == 2
    assert "its replicas are left alone" in result.summary


def test_a_cancelled_run_says_what_it_has_done(deployer: Deployer, namespace: str) -> None:
    file = deployer.write("web.yaml", DEPLOYMENT.replace("image: busybox", "image: busybox:no-such-tag"))
    result = deployer.run_and_cancel(file, when="web created", namespace=namespace)
    assert result.exit_code == 130
    assert result.outputs["result"] == "Unknown"
    assert "cancelled after 1 created" in result.summary
