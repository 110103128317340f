import pytest

from eks_deploy.manifests import Read, duplicates

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def read(text: str) -> Read:
    found = Read()
    found.add("k8s/app.yaml", text)
    return found


def test_lists_are_taken_apart_and_each_object_knows_its_line() -> None:
    secret = "{apiVersion: v1, kind: Secret, metadata: {name: b}}"
    text = f"{OBJECT}---\napiVersion: v1\nkind: List\nitems:\n- {secret}\n"
    assert [(m.label, m.file, m.line) for m in read(text).manifests] == [
        ("ConfigMap a", "k8s/app.yaml", 1),
        ("Secret b", "k8s/app.yaml", 8),
    ]


def test_a_typed_list_is_a_list_too() -> None:
    item = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}"
    text = f"apiVersion: v1\nkind: ConfigMapList\nitems:\n- {item}\n"
    assert [m.label for m in read(text).manifests] == ["ConfigMap b"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("kind: ConfigMap\nmetadata: {name: a}\n", 1, "no `apiVersion`"),
        ("apiVersion: v1\nmetadata: {name: a}\n", 1, "no `kind`"),
        ("# c\napiVersion: v1\nkind: Pod\n", 2, "no `metadata`"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {}\n", 1, "no `metadata.name`"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: 12}\n", 1, "the name 12"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a/b}\n", 1, "the name 'a/b'"),
        ("apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\n", 1, "a new object on every run"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: 1}\n", 1, "must be a string"),
        ("- a\n", 1, "found a list"),
        ("just text\n", 1, "found a string"),
        (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            1,
            "instructions for kustomize",
        ),
        (f"{OBJECT}---\na: [\n", 6, "line 6"),
    ],
)
def test_a_faulty_document_is_named_with_file_and_line(text: str, line: int, says: str) -> None:
    (problem,) = read(text).problems
    assert (problem.file, problem.line) == ("k8s/app.yaml", line)
    assert says in problem.message


def test_a_template_is_recognised() -> None:
    (problem,) = read("replicas: {{ .Values.replicas }}\nb: [\n").problems
    assert "Render it first" in problem.hint


def test_a_faulty_line_of_a_secret_is_not_shown() -> None:
    (problem,) = read("kind: Secret\nstringData:\n  a: hunter2: x\n").problems
    assert "hunter2" not in problem.message


def test_faults_of_all_documents_are_found_in_one_go() -> None:
    found = read(f"kind: A\n---\n{OBJECT}---\nkind: B\n")
    assert (len(found.problems), len(found.manifests)) == (2, 1)


def test_the_same_object_twice_names_both_places() -> None:
    found = read(f"{OBJECT}---\n{OBJECT}")
    (problem,) = duplicates(found.manifests)
    assert (problem.line, problem.message) == (
        5,
        "ConfigMap a is already defined in k8s/app.yaml, line 1.",
    )


def test_one_name_in_two_namespaces_is_two_objects() -> None:
    found = read(f"{OBJECT}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: b}}\n")
    assert duplicates(found.manifests) == []
