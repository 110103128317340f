from typing import Any

from eks_deploy.discovery import Resource, Served, defined, parse


def group(name: str, version: str, *resources: tuple[str, str, str], stale: bool = False) -> dict[str, Any]:
    """As an API server lists it: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery"""
    entries = [
        {"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind}, "scope": scope}
        for plural, kind, scope in resources
    ]
    freshness = "Stale" if stale else "Current"
    metadata = {"name": name} if name else {"creationTimestamp": None}
    return {
        "metadata": metadata,
        "versions": [{"version": version, "resources": entries, "freshness": freshness}],
    }


CORE = {"items": [group("", "v1", ("configmaps", "ConfigMap", "Namespaced"), ("nodes", "Node", "Cluster"))]}
OTHERS = {
    "items": [
        group("apps", "v1", ("deployments", "Deployment", "Namespaced")),
        group("metrics.k8s.io", "v1beta1", stale=True),
    ]
}
SERVED = parse([CORE, OTHERS])


def found(api_version: str, kind: str) -> Resource:
    resource = SERVED.find(api_version, kind)
    assert resource is not None
    return resource


def test_paths_of_core_and_named_groups() -> None:
    assert found("v1", "ConfigMap").path("web", "a") == "/api/v1/namespaces/web/configmaps/a"
    assert found("apps/v1", "Deployment").path("web") == "/apis/apps/v1/namespaces/web/deployments"
    assert found("v1", "Node").path("", "n1") == "/api/v1/nodes/n1"


def test_a_version_that_is_not_served_is_not_found_and_the_others_are_named() -> None:
    assert SERVED.find("apps/v1beta1", "Deployment") is None
    assert SERVED.versions("Deployment") == ["apps/v1"]


def test_a_misspelt_kind_has_neighbours() -> None:
    assert SERVED.nearest("Deploymnt") == ["Deployment (apps/v1)"]
    assert SERVED.nearest("configmap") == ["ConfigMap (v1)"]
    assert SERVED.nearest("Zork") == []


def test_a_group_whose_server_does_not_answer_is_known() -> None:
    assert SERVED.stale == {"metrics.k8s.io"}


def test_a_definition_says_what_it_will_serve() -> None:
    names = {"kind": "Thing", "plural": "things"}
    versions = [{"name": "v1", "served": True}, {"name": "v0", "served": False}]
    spec = {"group": "x.io", "scope": "Cluster", "names": names, "versions": versions}
    assert defined({"spec": spec}) == [
        Resource(group="x.io", version="v1", kind="Thing", plural="things", namespaced=False)
    ]


def test_a_definition_that_is_broken_serves_nothing() -> None:
    assert defined({"spec": None}) == []


def test_nothing_is_served_by_an_empty_cluster() -> None:
    assert Served([]).nearest("Pod") == []
