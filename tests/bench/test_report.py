"""What becomes of figures on their way into docs/benchmarks.md."""

import pytest

from bench.eks_deploy import manifests
from bench.measure import Case, Command, Result, Side, Usage, medians
from bench.report import document, ratio


def nothing() -> Command:
    return Command(argv=["true"], env={})


CASE = Case(
    name="A role", ours=Side(name="`ours`", prepare=nothing), peer=Side(name="`theirs`", prepare=nothing)
)


def test_each_figure_has_its_own_median() -> None:
    usages = [Usage(3.0, 0.1, 50.0), Usage(1.0, 0.3, 90.0), Usage(2.0, 0.2, 70.0)]
    assert medians(usages) == Usage(wall=2.0, cpu=0.2, rss=70.0)


def test_one_slow_run_does_not_move_the_median() -> None:
    assert medians([Usage(1, 1, 1), Usage(1, 1, 1), Usage(60, 1, 1)]).wall == 1


@pytest.mark.parametrize(
    ("ours", "peer", "shown"), [(1.0, 2.0, "**0.50**"), (3.0, 2.0, "**1.50**"), (1.0, 0.0, "")]
)
def test_a_ratio_is_ours_by_the_peers(ours: float, peer: float, shown: str) -> None:
    assert ratio(ours, peer) == shown


def test_the_page_says_how_it_was_measured_and_compares_side_by_side() -> None:
    result = Result(case=CASE, ours=Usage(0.5, 0.4, 48.2), peer=Usage(1.0, 0.8, 60.4))
    page = document("# Benchmarks\n", "2 cores", [result], 7)
    assert page.splitlines()[2] == "Medians of 7 runs on 2 cores."
    assert page.splitlines()[-3:] == [
        "| A role | `ours` | 0.50 | 0.40 | 48 |",
        "|  | `theirs` | 1.00 | 0.80 | 60 |",
        "|  | ratio | **0.50** | **0.50** | **0.80** |",
    ]


def test_both_tools_get_as_many_objects_as_the_table_says() -> None:
    lines = manifests(100).splitlines()
    assert len(lines) == len(set(lines)) == 200
