from typing import Any

from eks_deploy import plan
from eks_deploy.discovery import Resource, Served
from eks_deploy.manifest import Manifest


def resource(group: str, kind: str, plural: str, *, namespaced: bool = True) -> Resource:
    return Resource(group=group, version="v1", kind=kind, plural=plural, namespaced=namespaced)


SERVED = Served(
    [
        resource("", "ConfigMap", "configmaps"),
        resource("", "Namespace", "namespaces", namespaced=False),
        resource("apps", "Deployment", "deployments"),
        resource("apiextensions.k8s.io", "CustomResourceDefinition", "crds", namespaced=False),
    ],
    frozenset({"metrics.k8s.io"}),
)


def manifest(api_version: str, kind: str, name: str = "a", namespace: str = "", **more: Any) -> Manifest:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}
    return Manifest(body=body, file="a.yaml", line=3)


def paths(*manifests: Manifest, namespace: str = "") -> list[str]:
    made = plan.make(list(manifests), SERVED, namespace)
    assert made.problems == []
    return [target.path for target in made.plan.targets]


def problem(one: Manifest, namespace: str = "") -> str:
    (found,) = plan.make([one], SERVED, namespace).problems
    assert (found.file, found.line) == ("a.yaml", 3)
    return f"{found.message} {found.hint}"


def test_an_object_without_a_namespace_goes_into_the_inputs_or_into_default() -> None:
    assert paths(manifest("v1", "ConfigMap"), namespace="web") == ["/api/v1/namespaces/web/configmaps/a"]
    assert paths(manifest("v1", "ConfigMap")) == ["/api/v1/namespaces/default/configmaps/a"]
    assert paths(manifest("v1", "ConfigMap", namespace="own")) == ["/api/v1/namespaces/own/configmaps/a"]


def test_what_belongs_to_no_namespace_gets_none() -> None:
    made = plan.make([manifest("v1", "Namespace", namespace="web")], SERVED, "web")
    (target,) = made.plan.targets
    assert target.path == "/api/v1/namespaces/a"
    assert "namespace" not in target.manifest.body["metadata"]


def test_another_namespace_than_the_inputs_is_refused_as_kubectl_does() -> None:
    assert "namespace own, the input `namespace` is web" in problem(
        manifest("v1", "ConfigMap", namespace="own"), "web"
    )


def test_an_unknown_kind_names_the_nearest() -> None:
    assert "Perhaps you meant Deployment (apps/v1)?" in problem(manifest("apps/v1", "Deploymnt"))


def test_a_kind_in_a_version_that_is_gone_names_the_one_that_serves_it() -> None:
    assert "serves Deployment as apps/v1" in problem(manifest("extensions/v1beta1", "Deployment"))


def test_a_kind_of_an_api_server_that_is_down_says_so() -> None:
    assert "doesn't answer" in problem(manifest("metrics.k8s.io/v1", "PodMetrics"))


def test_a_kind_that_this_run_defines_is_known_but_new() -> None:
    spec = {
        "group": "x.io",
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things"},
        "versions": [{"name": "v1", "served": True}],
    }
    definition = manifest("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.x.io", spec=spec)
    made = plan.make([manifest("x.io/v1", "Thing"), definition], SERVED, "")
    assert [(t.label, t.new_kind) for t in made.plan.targets] == [
        ("CustomResourceDefinition things.x.io", False),
        ("Thing default/a", True),
    ]
    assert [t.label for t in made.plan.definitions] == ["CustomResourceDefinition things.x.io"]


def test_namespaces_that_are_used_and_made() -> None:
    made = plan.make(
        [manifest("v1", "ConfigMap", namespace="x"), manifest("v1", "Namespace", "y")], SERVED, ""
    ).plan
    assert (set(made.namespaces_used), made.namespaces_made) == ({"x"}, {"y"})
