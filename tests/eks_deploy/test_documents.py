import json

import pytest

from eks_deploy.documents import SyntaxProblem, documents


# Each line was given to kubectl 1.32 (`kubectl annotate --local -o json`), and this is what it made of it.
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("y", True),
        ("N", False),
        ("yes", True),
        ("On", True),
        ("off", False),
        ("2020-01-01", "2020-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("0755", 493),
        ("0o755", 493),
        ("0x1F", 31),
        ("0b11", 3),
        ("08", 8),
        ("1_000", 1000),
        ("+12", 12),
        ("-0", 0),
        ("1e3", 1000),
        ("1.0", 1),
        (".5", 0.5),
        ("5.", 5),
        ("1234567e8", 123456700000000),
        ("0.30000000000000004", 0.30000000000000004),
        ("1_0.5", 10.5),
        ("~", None),
        ("", None),
        ("Null", None),
        ("=", "="),
        ("!!binary aGVsbG8=", "hello"),
        ("!!str 12", "12"),
        ("yesterday", "yesterday"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_are_what_kubectl_makes_of_them(written: str, read: object) -> None:
    value = documents(f"key: {written}\n")[0].value
    assert json.dumps(value) == json.dumps({"key": read})


def test_keys_are_strings() -> None:
    assert documents("1: a\non: b\n1.5: c\n")[0].value == {"1": "a", "true": "b", "1.5": "c"}


def test_documents_keep_the_line_where_they_start() -> None:
    text = "# a comment\n---\na: 1\n---\n---\n# only a comment\n---\nb: 2\n"
    assert [(d.value, d.line) for d in documents(text)] == [({"a": 1}, 3), ({"b": 2}, 8)]


def test_items_of_a_list_keep_their_lines() -> None:
    assert documents("kind: List\nitems:\n- a: 1\n- a: 2\n")[0].item_lines == (3, 4)


def test_json_may_follow_json() -> None:
    found = documents('{"a": 1}\n{"a": 2}')
    assert [(d.value, d.line) for d in found] == [({"a": 1}, 1), ({"a": 2}, 2)]


def test_flow_yaml_is_no_json() -> None:
    assert documents("{a: b}")[0].value == {"a": "b"}


def test_a_merge_key_gives_way_to_the_mappings_own_keys() -> None:
    text = "base: &base {k: 1, l: 1}\nmine: {<<: *base, k: 2}\n"
    assert documents(text)[0].value == {"base": {"k": 1, "l": 1}, "mine": {"k": 2, "l": 1}}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' appears twice"),
        ('{"a": 1, "a": 2}', 1, "'a' appears twice"),
        ("a: [1\nb: 2\n", 2, "did not find expected ',' or ']'"),
        ("a: 1\n---\nb:\n\tc: 1\n", 4, "cannot start any token"),
        ("a: *gone\n", 1, "undefined alias"),
        ("a: .inf\n", 1, "JSON has no .inf"),
        ("[a]: b\n", 1, "a key must be a string"),
        ("a: !thing b\n", 1, "could not determine a constructor"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(SyntaxProblem) as raised:
        documents(text)
    assert (raised.value.line, says in raised.value.message) == (line, True), raised.value.message


@pytest.mark.parametrize("tag", ["!!int", "!!float", "!!bool", "!!timestamp"])
def test_a_value_that_isnt_what_its_tag_says_is_told_without_the_value(tag: str) -> None:
    with pytest.raises(SyntaxProblem) as raised:
        documents(f"a: 1\n---\nkind: Secret\nstringData:\n  password: {tag} hunter2\n")
    assert (raised.value.line, raised.value.message) == (3, "a value isn't of the type that its tag says")


def test_aliases_that_multiply_are_refused_as_kubectl_does() -> None:
    """A few hundred bytes would be gigabytes as JSON."""
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    for text in (bomb, bomb.replace("[", "{<<: [").replace("]", "]}"), "a: &a [*a]\n"):
        with pytest.raises(SyntaxProblem, match="aliases"):
            documents(text)
