"""configure-aws-credentials' decision, each row of it, and what ours adds."""

import itertools

import pytest

from actionkit.aws import source
from actionkit.aws.source import Given, decide

NOTHING = {"source": "auto", "role": False, "keys": False, "token_file": False, "role_chaining": False}


def decided(**given: object) -> str:
    return decide(Given(**{**NOTHING, **given}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"role": True}, "oidc"),
        ({"keys": True}, "keys"),
        ({"keys": True, "role": True}, "keys"),
        ({"keys": True, "role": True, "role_chaining": True}, "keys"),
        ({"role": True, "token_file": True}, "token-file"),
        ({"role": True, "token_file": True, "keys": True}, "token-file"),
        ({"role_chaining": True, "role": True}, "ambient"),
        ({"role_chaining": True}, "ambient"),
        ({}, "ambient"),
    ],
)
def test_each_row(given: dict[str, bool], expected: str) -> None:
    assert decided(**given) == expected


@pytest.mark.parametrize("chosen", [choice for choice in source.CHOICES if choice != source.AUTO])
def test_a_chosen_source_wins_over_all_that_is_given(chosen: str) -> None:
    assert decided(source=chosen, role=True, keys=True, token_file=True, role_chaining=True) == chosen


def test_a_role_is_never_taken_with_what_is_there_unless_that_was_asked_for() -> None:
    names = ("keys", "token_file", "role_chaining")
    for values in itertools.product([False, True], repeat=3):
        given = dict(zip(names, values, strict=True))
        assert (decided(role=True, **given) == "ambient") <= given["role_chaining"]
