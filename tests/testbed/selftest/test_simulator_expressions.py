"""The expression language.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from testbed.simulator import places
from testbed.simulator.document import parse
from testbed.simulator.errors import WorkflowError
from testbed.simulator.expressions.evaluate import Scope
from testbed.simulator.expressions.values import CaseSensitive, text, to_json
from testbed.simulator.template import Condition, Template

CONTEXTS: dict[str, Any] = {
    "github": {
        "ref": "refs/heads/main",
        "event": {"issues": [{"n": 1.0, "tags": [{"t": "a"}, {"t": "b"}]}, {"n": 2.0}]},
    },
    "inputs": {"Name-With-Dash": "x", "empty": "", "yes": True, "nine": 9.0},
    "env": CaseSensitive({"Path": "p"}),
    "needs": {"build": {"result": "success", "outputs": {"image": "i@sha256:1"}}},
}


def evaluate(source: str, **scope: Any) -> Any:
    value = parse(f"x: {to_json(source)}", "wf.yml").mapping("it")["x"]
    return Template.of(value, places.STEP).value(Scope(CONTEXTS, **scope))


# https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
OPERATORS: list[tuple[str, Any]] = [
    ("1 == '1'", True),
    ("null == 0", True),
    ("null == ''", True),
    ("true == 'true'", False),  # 'true' is no number
    ("true == 1", True),
    ("'ABC' == 'abc'", True),
    ("'a' < 'B'", True),
    ("'x' < 1", False),
    ("'0x10' == 16", True),
    ("'0o17' == 15", True),
    ("' 1e2 ' == 100", True),
    ("NaN == NaN", False),
    ("Infinity > 1e300", True),
    ("!''", True),
    ("!'false'", False),
    ("!NaN", True),
    ("'' || 'default'", "default"),
    ("'a' && 'b'", "b"),
    ("0 && 'b'", 0.0),
    ("false || true && false", False),
    ("!true || true", True),
    ("(false || true) && !false", True),
    ("1 < 2 == true", True),
    ("'it''s'", "it's"),
    ("-1.5e1", -15.0),
    ("+1 >= 1", True),
]
# #functions on the same page; `case` came with the 2026-01 changelog
FUNCTIONS: list[tuple[str, Any]] = [
    ("contains('Hello', 'ELL')", True),
    ("contains(fromJSON('[\"push\", \"pull\"]'), 'PUSH')", True),
    ("contains(fromJSON('[1, 2]'), '2')", True),
    ("startsWith('Hello', 'he')", True),
    ("endsWith('Hello', 'LO')", True),
    ("format('{0} {{x}} {1}{0}', 'a', true)", "a {x} truea"),
    ("join(fromJSON('[1, \"b\", null]'))", "1,b,"),
    ("join(fromJSON('[1, \"b\"]'), ' - ')", "1 - b"),
    ("join('abc')", "abc"),
    ("toJSON(fromJSON('{\"a\": [1, 1.5, true, null]}'))", to_json({"a": [1, 1.5, True, None]})),
    ("toJSON('a\"b')", '"a\\"b"'),
    ("fromJSON('true')", True),
    ('fromJSON(\'{"a": {"b": 2}}\').a.b', 2.0),
    ("fromJSON('[3, 4]')[1]", 4.0),
    ("case(false, 1, true, 2, 3)", 2.0),
]
# https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#about-contexts
LOOKUPS: list[tuple[str, Any]] = [
    ("github.REF", "refs/heads/main"),
    ("GitHub['ref']", "refs/heads/main"),
    ("inputs.name-with-dash", "x"),
    ("inputs['NAME-with-dash']", "x"),
    ("env.Path", "p"),
    ("env.PATH", None),  # the env context keeps case on Linux
    ("github.nothing.at.all", None),
    ("needs.build.outputs.image", "i@sha256:1"),
    ("join(github.event.issues.*.n, ' ')", "1 2"),
    ("join(github.event.issues[*].n, ' ')", "1 2"),
    ("join(github.event.issues.*.tags.*.t, ' ')", "a b"),
    ("github.event.issues[0].n", 1.0),
    ("github.event.issues[9]", None),
    ("contains(github.event.issues.*.n, 2)", True),
    ("contains(needs.*.result, 'failure')", False),
]


@pytest.mark.parametrize(("expression", "value"), OPERATORS + FUNCTIONS + LOOKUPS)
def test_value(expression: str, value: Any) -> None:
    assert evaluate(f"${{{{ {expression} }}}}") == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "true"),
        (3.0, "3"),
        (0.5, "0.5"),
        (-0.0, "0"),
        (1e21, "1E+21"),
        ([1], "Array"),
        ({}, "Object"),
    ],
)
def test_values_in_text(value: Any, shown: str) -> None:
    assert text(value) == shown


def test_text_around_expressions() -> None:
    assert evaluate("a-${{ inputs.yes }}-${{ inputs.nine }}-${{ '}}' }}") == "a-true-9-}}"


# A wrong expression is found when the file is loaded, with what the runner says about it:
# https://github.com/actions/runner/blob/main/src/Sdk/DTExpressions2/Expressions2/ParseException.cs
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("${{ nope.x }}", "Unrecognized named-value: 'nope'"),
        ("${{ always() }}", "Unrecognized function: 'always'"),
        ("${{ github. }}", "Unexpected end of expression"),
        ("${{ 'a' 'b' }}", "Unexpected symbol: ''b''"),
        ('${{ "a" }}', "Unexpected symbol: '\"a\"'"),
        ("${{ contains('a') }}", "Too few parameters supplied: 'contains'"),
        ("${{ toJSON(1, 2) }}", "Too many parameters supplied: 'toJSON'"),
        ("${{ }}", "An expression was expected"),
        ("${{ github.ref", "An unescaped ${{ sequence was found"),
        ("${{ 1 ? 2 }}", "Unexpected symbol: '? 2'"),
    ],
)
def test_wrong_expression(expression: str, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        evaluate(expression)
    assert message in str(caught.value)
    assert str(caught.value).startswith("wf.yml:1: ")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("${{ fromJSON('{') }}", "Error parsing fromJSON"),
        ("${{ format('{1}', 'a') }}", "references more arguments than were supplied"),
        ("${{ format('{', 'a') }}", "format string is invalid"),
    ],
)
def test_evaluation_that_fails(expression: str, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        evaluate(expression)


# https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
@pytest.mark.parametrize(
    ("condition", "status", "cancelled", "holds"),
    [
        ("", "success", False, True),
        ("", "failure", False, False),
        ("github.ref == 'refs/heads/main'", "failure", False, False),
        ("github.ref == 'refs/heads/main'", "success", False, True),
        ("always()", "failure", True, True),
        ("failure() && inputs.yes", "failure", False, True),
        ("cancelled()", "success", True, True),
        ("success()", "success", True, False),
        ("!cancelled()", "failure", False, True),
        ("${{ inputs.empty }}", "success", False, False),
        ("${{ inputs.empty }} == ''", "success", False, True),  # text, and text is true
        ("false", "success", False, False),
    ],
)
def test_condition(condition: str, status: str, cancelled: bool, holds: bool) -> None:
    value = parse(f"x: {to_json(condition)}", "wf.yml").mapping("it")["x"]
    assert Condition.of(value, places.STEP_IF).holds(Scope(CONTEXTS, status, cancelled)) is holds


# https://github.com/actions/runner/blob/main/src/Misc/expressionFunc/hashFiles/src/hashFiles.ts
@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("'*.txt'", ["a.txt"]),
        ("'**/*.txt'", ["a.txt", "sub/b.txt"]),
        ("'sub'", ["sub/b.txt", "sub/c.md"]),
        ("'**', '!**/*.md'", ["a.txt", "sub/b.txt"]),
        ("'none*'", []),
    ],
)
def test_hash_files(tmp_path: Path, patterns: str, names: list[str]) -> None:
    for name in ("a.txt", "sub/b.txt", "sub/c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    digests = b"".join(hashlib.sha256(name.encode()).digest() for name in names)
    expected = hashlib.sha256(digests).hexdigest() if names else ""
    assert evaluate(f"${{{{ hashFiles({patterns}) }}}}", workspace=tmp_path) == expected
