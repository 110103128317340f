import pytest
import yaml

from eks_deploy.images import Substitution, parse, repository, substitute
from eks_deploy.manifest import Manifest
from eks_deploy.podspecs import containers, dig, pod_spec_path

DIGEST = "sha256:" + "a" * 64
NEW = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/app@{DIGEST}"


def manifest(text: str) -> Manifest:
    return Manifest(body=yaml.safe_load(text), file="a.yaml", line=1)


def images_of(one: Manifest) -> list[str]:
    path = pod_spec_path(one.body)
    assert path is not None
    return [container["image"] for container in containers(dig(one.body, path))]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("app", "app"),
        ("app:1.2", "app"),
        ("host:5000/app", "host:5000/app"),
        ("host:5000/team/app:1@" + DIGEST, "host:5000/team/app"),
        ("app@" + DIGEST, "app"),
        ("", ""),
    ],
)
def test_the_name_of_an_image(image: str, name: str) -> None:
    assert repository(image) == name


@pytest.mark.parametrize(
    "line",
    ["app", "app=", "=x", "app:1=x", "app=http://x/y", "app=a b", f"app=x@{DIGEST[:-1]}"],
)
def test_a_line_that_is_no_substitution_says_why(line: str) -> None:
    assert isinstance(parse(line), str)


@pytest.mark.parametrize("reference", ["x", "x:1", "h:5000/x:1", NEW, f"x:1@{DIGEST}"])
def test_a_reference_is_taken_as_it_is(reference: str) -> None:
    assert parse(f"app = {reference}") == Substitution("app", reference)


POD = "{initContainers: [{image: app:1}], containers: [{image: app}, {image: other:1}]}"


TEMPLATE = f"{{template: {{spec: {POD}}}}}"
CRON_JOB = f"{{apiVersion: batch/v1, kind: CronJob, spec: {{jobTemplate: {{spec: {TEMPLATE}}}}}}}"


@pytest.mark.parametrize(
    "text",
    [
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {POD}}}",
        f"{{apiVersion: v1, kind: PodTemplate, metadata: {{name: a}}, template: {{spec: {POD}}}}}",
        *(
            f"{{apiVersion: {api}, kind: {kind}, metadata: {{name: a}}, spec: {{template: {{spec: {POD}}}}}}}"
            for api, kind in (
                ("apps/v1", "Deployment"),
                ("apps/v1", "StatefulSet"),
                ("apps/v1", "DaemonSet"),
                ("apps/v1", "ReplicaSet"),
                ("batch/v1", "Job"),
                ("v1", "ReplicationController"),
                ("argoproj.io/v1alpha1", "Rollout"),
            )
        ),
        CRON_JOB,
    ],
)
def test_every_pod_template_gets_the_image(text: str) -> None:
    before = manifest(text)
    done = substitute([before], (Substitution("app", NEW),))
    assert images_of(done.manifests[0]) == [NEW, NEW, "other:1"]
    assert images_of(before) == ["app:1", "app", "other:1"], "the manifest that was given stays as it was"


def test_a_name_that_no_container_has_is_reported_with_those_that_are() -> None:
    done = substitute([manifest(f"{{apiVersion: v1, kind: Pod, spec: {POD}}}")], (Substitution("ap", NEW),))
    assert (done.unmatched, done.found) == (["ap"], ["app", "other"])


def test_what_has_no_pods_is_left_alone() -> None:
    config = manifest("{apiVersion: v1, kind: ConfigMap, data: {image: app}}")
    assert substitute([config], (Substitution("app", NEW),)).manifests == [config]


def test_yaml_aliases_are_replaced_once_each() -> None:
    text = "apiVersion: v1\nkind: Pod\nspec: {initContainers: [&c {image: app}], containers: [*c]}\n"
    assert images_of(substitute([manifest(text)], (Substitution("app", NEW),)).manifests[0]) == [NEW, NEW]
