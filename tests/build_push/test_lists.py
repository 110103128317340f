import pytest

from build_push import lists


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", []),
        ("A=1", ["A=1"]),
        ("A=1\n\n  B=2  \n", ["A=1", "B=2"]),
        ("A=1,2,3", ["A=1,2,3"]),
        ('A={"x":1,"y":2}', ['A={"x":1,"y":2}']),
        ('"A=one\ntwo"\nB=2', ["A=one\ntwo", "B=2"]),
        ('"A=say ""hi"""', ['A=say "hi"']),
        ('"A" and more', ['"A" and more']),
        ('A="quoted"', ['A="quoted"']),
        ('"never closed\nB=2', ['"never closed', "B=2"]),
    ],
)
def test_entries(text: str, entries: list[str]) -> None:
    assert list(lists.lines(text)) == entries
