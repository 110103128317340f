from eks_deploy.pods import has_pods, owned_by, revision_number, selector


def test_a_selector_as_a_query() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "x", "operator": "NotIn", "values": ["c"]},
        {"key": "y", "operator": "Exists"},
        {"key": "z", "operator": "DoesNotExist"},
    ]
    labels = {"matchLabels": {"app": "web"}, "matchExpressions": expressions}
    assert selector(labels) == "app=web,tier in (a,b),x notin (c),y,!z"


def test_owners_are_told_by_uid_not_by_name() -> None:
    owner = {"metadata": {"name": "web", "uid": "1"}}
    assert owned_by({"metadata": {"ownerReferences": [{"name": "web", "uid": "1"}]}}, owner)
    assert not owned_by({"metadata": {"ownerReferences": [{"name": "web", "uid": "2"}]}}, owner)
    assert not owned_by({"metadata": {}}, owner)


def test_the_revision_of_a_replica_set() -> None:
    annotations = {"deployment.kubernetes.io/revision": "12"}
    assert revision_number({"metadata": {"annotations": annotations}}) == 12
    assert revision_number({"metadata": {}}) == 0


def test_only_kubernetes_own_workloads_have_pods_that_we_find() -> None:
    assert has_pods({"apiVersion": "apps/v1", "kind": "Deployment"})
    assert has_pods({"apiVersion": "v1", "kind": "Pod"})
    assert not has_pods({"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job"})
    assert not has_pods({"apiVersion": "batch/v1", "kind": "CronJob"})
