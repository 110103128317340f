from typing import Any

from eks_deploy.changes import same, same_owners


def live(**changes: Any) -> dict[str, Any]:
    entries = [
        {"manager": "eks-deploy", "operation": "Apply", "time": "12:00", "fieldsV1": {"f:data": {}}},
        {"manager": "kubelet", "operation": "Update", "subresource": "status", "time": "12:00"},
    ]
    metadata = {"name": "a", "resourceVersion": "1", "managedFields": changes.pop("entries", entries)}
    return {
        "kind": "ConfigMap",
        "metadata": metadata | changes.pop("metadata", {}),
        "data": {"a": "1"},
        **changes,
    }


def test_what_controllers_and_the_server_write_is_no_change() -> None:
    other = live(metadata={"resourceVersion": "2"}, status={"phase": "Active"})
    other["metadata"]["managedFields"][0]["time"] = "12:01"
    del other["metadata"]["managedFields"][1]
    assert same(live(), other)
    assert same_owners(live(), other)


def test_a_value_a_label_or_a_generation_is_a_change() -> None:
    assert not same(live(), live(data={"a": "2"}))
    assert not same(live(), live(metadata={"labels": {"x": "y"}}))
    assert not same(live(), live(metadata={"generation": 2}))


def test_a_field_that_changes_hands_leaves_the_object_the_same() -> None:
    taken = live(
        entries=[{"manager": "eks-deploy", "operation": "Apply", "fieldsV1": {"f:data": {"f:a": {}}}}]
    )
    assert same(live(), taken)
    assert not same_owners(live(), taken)
