import json

import pytest

from actionkit import inputs
from actionkit.errors import ActionError, InvalidInputs
from actionkit.inputs import Reader

KNOWN = frozenset({"name", "tags", "wait", "mode"})


def reader(**values: str) -> Reader:
    return Reader(values, KNOWN)


def problems(read: Reader) -> list[str]:
    try:
        read.finish()
    except InvalidInputs as error:
        return [problem.text for problem in error.problems]
    return []


def test_a_composites_inputs_are_one_json_value() -> None:
    environ = {"ACTION_INPUTS": json.dumps({"Aws-Region": "x", "empty": None}), "INPUT_OTHER": "y"}
    assert inputs.raw(environ) == {"aws-region": "x", "empty": ""}


def test_a_containers_inputs_are_variables_that_a_jobs_environment_cannot_replace() -> None:
    environ = {"ACTION_INPUTS": '{"cluster": "evil"}', "INPUT_AWS-REGION": "x", "INPUT_CLUSTER": "dev"}
    assert inputs.raw(environ, container=True) == {"aws-region": "x", "cluster": "dev"}


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_unreadable_inputs_are_an_error(text: str) -> None:
    with pytest.raises(ActionError, match="ACTION_INPUTS"):
        inputs.raw({"ACTION_INPUTS": text})


def test_large_inputs_are_refused_by_name_with_a_way_out() -> None:
    environ = {"ACTION_INPUTS": json.dumps({"small": "x", "build-args": "y" * 70_000})}
    with pytest.raises(InvalidInputs) as caught:
        inputs.raw(environ)
    assert "`build-args` is 68 KiB" in caught.value.problems[0].text
    assert "file" in caught.value.problems[0].hint


def test_all_problems_come_at_once() -> None:
    read = Reader({"name": "", "tags": "x", "wait": "soon", "mod": "y"}, KNOWN)
    read.required("name")
    read.boolean("tags")
    read.duration("wait")
    assert len(problems(read)) == 4


@pytest.mark.parametrize(
    ("name", "guess"), [("tag", "Perhaps you meant `tags`"), ("nmae", "`name`"), ("zzz", "README")]
)
def test_an_unknown_input_is_an_error_with_a_guess(name: str, guess: str) -> None:
    (problem,) = problems(Reader({name: "x"}, KNOWN))
    assert f"`{name}` is not an input of this action" in problem
    assert guess in problem


def test_an_incumbents_input_is_a_warning() -> None:
    read = Reader({"old": "x"}, KNOWN, {"old": "Use new."})
    assert read.warnings == ["The input `old` has no effect here. Use new."]
    assert problems(read) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("True", True), ("FALSE", False), ("yes", None), ("", None), ("1", None)],
)
def test_boolean(value: str, expected: bool | None) -> None:
    read = reader(name=value)
    found = read.boolean("name")
    assert (None if problems(read) else found) is expected


def test_an_input_that_is_empty_has_the_default_that_the_code_gives_it() -> None:
    read = reader(name="")
    assert read.boolean("name", default=True) is True
    assert read.integer("name", 900, 3600, default=1200) == 1200
    assert read.choice("name", ("a", "b"), default="b") == "b"
    assert problems(read) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("900", 900), ("3600", 3600), ("899", None), ("3601", None), ("1e3", None), ("", None), ("٣", None)],
)
def test_integer(value: str, expected: int | None) -> None:
    read = reader(name=value)
    found = read.integer("name", 900, 3600)
    assert (None if problems(read) else found) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("45", 45), ("soon", None), ("", None), ("1d", None)],
)
def test_duration(value: str, expected: int | None) -> None:
    read = reader(wait=value)
    found = read.duration("wait")
    assert (None if problems(read) else found) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a,b\nc", ("a", "b", "c")),
        ('"type=x,dest=y",z', ("type=x,dest=y", "z")),
        (" a , \n\n b,", ("a", "b")),
        ("", ()),
    ],
)
def test_csv_lines_are_read_as_dockers_actions_read_them(value: str, expected: tuple[str, ...]) -> None:
    assert reader(tags=value).csv_lines("tags") == expected


def test_lines_leave_blank_ones_out() -> None:
    assert reader(tags=" a,b \n\n c\n").lines("tags") == ("a,b", "c")


def test_pairs_keep_order_and_equals_signs() -> None:
    read = reader(tags="b=1=2\na=\n")
    assert list(read.pairs("tags").items()) == [("b", "1=2"), ("a", "")]
    assert problems(read) == []


def test_pairs_refuse_lines_without_a_key_and_repeated_keys() -> None:
    read = reader(tags="novalue\na=1\na=2")
    read.pairs("tags")
    assert len(problems(read)) == 2


def test_choice_guesses() -> None:
    read = reader(mode="Biuld")
    read.choice("mode", ["build", "login"])
    assert "Perhaps you meant `build`" in problems(read)[0]


def test_matching_says_what_it_takes() -> None:
    read = reader(name="no spaces")
    assert read.matching("name", r"[a-z]+", "lower-case letters") == ""
    assert "It takes lower-case letters." in problems(read)[0]


def test_a_path_is_one_line() -> None:
    read = reader(name="a\nb")
    assert read.path("name") is None
    assert len(problems(read)) == 1
    assert str(reader(name="k8s/x").path("name")) == "k8s/x"


def test_a_name_that_action_yml_lacks_is_a_bug() -> None:
    with pytest.raises(KeyError):
        reader().text("typo")


def test_long_values_are_cut_in_messages() -> None:
    read = reader(name="x" * 500)
    read.boolean("name")
    assert len(problems(read)[0]) < 200
